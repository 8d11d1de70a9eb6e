/*
 * A change of the server's own address (canonicalHost, proxyURL) that could lock out whoever made
 * it: it takes effect on trial. Unless it is confirmed by a link at the new address, the keeper
 * takes it back; a kill or a restart changes nothing about that. Who edits these members by hand
 * meanwhile has the last word.
 */
#ifndef NEREID_ADMIN_CGI_ADDRESS_TRIAL_H
#define NEREID_ADMIN_CGI_ADDRESS_TRIAL_H

#include "admin-cgi/site/config_text.h"
#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"
#include "common/atomic_file.h"
#include "common/now.h"

struct app;

#define ADDRESS_TRIAL_US (120 * US_PER_S)

/** Texts are never NULL. */
struct address_trial {
    const char *host_before, *proxy_before; /* what comes back */
    const char *host_after, *proxy_after;   /* on trial */
    int64_t until_us;
    bool is_saved;                   /* the file was changed */
    const char *by;                  /* account */
    char code_hash[SHA256_HEX_SIZE]; /* of the code in the link */
};

/** The trial that runs, in the arena. @return 1, 0 when there is none, ERR_BUSY, ERR_IO */
int address_trial_find(struct db *db, struct arena *a, struct address_trial *out,
                       struct error *e) MUST_USE;

/**
 * Before the file is changed, so that a crash between leaves nothing that stays by mistake.
 * @param trial its end and its code are made here @param code appended: for the link; wipe it
 * @return 0, ERR_WRONG_STATE (another one runs), ERR_CRYPTO, ERR_NO_MEMORY, ERR_BUSY, ERR_IO
 */
int address_trial_begin(struct db *db, struct address_trial *trial, const struct actor *actor,
                        struct buf *code, struct error *e) MUST_USE;
/** The file was changed: it is on trial. */
void address_trial_saved(struct db *db, struct address_trial *trial, const struct actor *actor);
/** Somebody changed the members by hand since: these, as they are now, have the last word. */
bool address_trial_is_overruled(const struct address_trial *trial, const char *host,
                                const char *proxy);
/** The file was not changed after all. */
void address_trial_drop(struct db *db);

/**
 * The new address holds from now on.
 * @param code as it came in the link
 * @return 0; ERR_NOT_FOUND: no such trial runs, or its time is over; ERR_BUSY, ERR_IO
 */
int address_trial_confirm(struct db *db, const char *code, const struct actor *actor,
                          struct error *e) MUST_USE;

/** The keeper's turn: takes back what nobody has confirmed. */
void address_trial_run(struct app *app, int64_t now_us);

#endif
