/*
 * Console accounts: people who sign in to the console, and on the API with the same password.
 * Passwords are kept as common/password.h account_hash_make() records.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_ACCOUNT_H
#define NEREID_ADMIN_CGI_STORE_STORE_ACCOUNT_H

#include "admin-cgi/principal.h"
#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"

enum account_role { ACCOUNT_ADMINISTRATOR, ACCOUNT_AUDITOR, ACCOUNT_SCOPED };

struct account {
    int64_t id;
    const char *login;
    const char *display_name; /* "" none */
    enum account_role role;
    bool is_disabled;
    const char *pw_hash; /* "" none: cannot sign in by password */
    int64_t pw_changed_us;
    bool must_change;
    int64_t created_us;
    int64_t last_login_us; /* 0: never */
    const char *last_login_address;
    const char *locale; /* of the pages, as a catalogue's tag; "": what the browser says */
    const char *zone;   /* of times on pages, "Europe/Berlin"; "": UTC */
    bool has_totp;      /* a code is asked for at the sign-in (store_totp.h) */
    bool totp_required;
    const char *notice;        /* told at the next sign-in: sentences, one a line */
    int64_t previous_login_us; /* the sign-in before the last; 0: none */
    const char *previous_login_address;
    int64_t previous_failures; /* refused between the two, or before the first */
    struct scope *scopes;
    size_t n_scopes;
};

/** SEC-27's characters, 1..64 bytes. ERR_INVALID says what is wrong. */
int account_login_check(struct span login, struct error *e) MUST_USE;

/** New account. `login`, `role`, `pw_hash`, scopes and the optional texts are taken from `account`.
 * ERR_EXISTS when the login is taken (letter case ignored). */
int store_account_create(struct db *db, const struct account *account, const struct actor *actor,
                         int64_t *id_out, struct error *e) MUST_USE;
/** As store_account_create(), in the running write transaction. */
int store_account_insert(struct db *db, const struct account *account, const struct actor *actor,
                         int64_t *id_out, struct error *e) MUST_USE;
/** By login, letter case ignored; ERR_NOT_FOUND. Disabled ones are found too. */
int store_account_find(struct db *db, struct arena *a, struct span login, struct account *out,
                       struct error *e) MUST_USE;
int store_account_get(struct db *db, struct arena *a, int64_t id, struct account *out,
                      struct error *e) MUST_USE;
int store_account_list(struct db *db, struct arena *a, struct account **out, size_t *n_out,
                       struct error *e) MUST_USE;
/** New password; ends the account's sessions but `keep_session_id` (0: all). */
int store_account_set_password(struct db *db, int64_t id, const char *pw_hash, bool must_change,
                               int64_t keep_session_id, const struct actor *actor,
                               struct error *e) MUST_USE;
/** Longest display name, in characters; what cannot be one is said with ERR_INVALID. */
#define ACCOUNT_LOGIN_MAX 64 /* bytes */
#define ACCOUNT_DISPLAY_NAME_MAX 100
int account_display_name_check(struct span name, struct error *e) MUST_USE;
int store_account_set_display_name(struct db *db, int64_t id, const char *display_name,
                                   const struct actor *actor, struct error *e) MUST_USE;
/** Role, scopes, state. ERR_WRONG_STATE when that would leave no active administrator and
 * config.json has none (`config_has_admin`). Ends the account's sessions. */
int store_account_set_rights(struct db *db, int64_t id, enum account_role role, bool disabled,
                             const struct scope *scopes, size_t n_scopes, bool config_has_admin,
                             const struct actor *actor, struct error *e) MUST_USE;
int store_account_delete(struct db *db, int64_t id, bool config_has_admin,
                         const struct actor *actor, struct error *e) MUST_USE;
/** The account's person has signed in: what was noted to be told is told now. */
int store_account_note_login(struct db *db, int64_t id, const char *address, int64_t now_us,
                             struct error *e) MUST_USE;
/** Display name, locale and zone, which the caller has checked. */
int store_account_set_settings(struct db *db, int64_t id, const struct account *wanted,
                               const struct actor *actor, struct error *e) MUST_USE;
/** A new password is asked for before anything else. */
int store_account_ask_password(struct db *db, int64_t id, const struct actor *actor,
                               struct error *e) MUST_USE;
/** Something to tell the account's person at the next sign-in: one whole sentence. */
int store_account_tell(struct db *db, int64_t id, const char *sentence, struct error *e) MUST_USE;
/** An audit row about an account, in the running transaction. For the other stores of accounts. */
int store_account_audit(struct db *db, const struct actor *actor, const char *action, int64_t id,
                        struct error *e) MUST_USE;
/** Active accounts with ACCOUNT_ADMINISTRATOR. */
int store_account_count_administrators(struct db *db, int64_t *out, struct error *e) MUST_USE;

/** Principal of an account; strings borrowed from `account`. */
struct principal account_principal(const struct account *account);

#endif
