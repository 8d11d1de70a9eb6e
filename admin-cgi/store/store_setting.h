/*
 * Settings that only the console knows: one text each.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_SETTING_H
#define NEREID_ADMIN_CGI_STORE_STORE_SETTING_H

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"

/** @param out in the arena; untouched when nobody has set it @return 0, ERR_BUSY, ERR_IO */
int store_setting_get(struct db *db, struct arena *a, const char *key, const char **out,
                      struct error *e) MUST_USE;
/** With an audit row that has the values before and after, and a row of its past
 * (store_setting_past.h). @param value not empty @param batch of the past, 0: nothing was changed
 */
int store_setting_set(struct db *db, const char *key, const char *value, const struct actor *actor,
                      int64_t *batch, struct error *e) MUST_USE;

/** What the server notes beside them, in place of what it noted before: no setting of anybody's, so
 * neither an audit row nor a past. @return 0, ERR_BUSY, ERR_IO */
int store_setting_note(struct db *db, const char *key, const char *value, const struct actor *actor,
                       struct error *e) MUST_USE;

/** A note is gone; none is fine, too. @return 0, ERR_BUSY, ERR_IO */
int store_setting_forget(struct db *db, const char *key, struct error *e) MUST_USE;

/** One that somebody has set. */
struct setting {
    const char *key, *value;
    int64_t changed_us;
    const char *changed_by;
};
/** With when and by whom. @param out in the arena; zeroed when nobody has set it */
int store_setting_find(struct db *db, struct arena *a, const char *key, struct setting *out,
                       struct error *e) MUST_USE;
/** Those whose keys begin so, by key, in the arena. @param prefix ends with a dot */
int store_setting_list(struct db *db, struct arena *a, const char *prefix, struct setting **out,
                       size_t *n_out, struct error *e) MUST_USE;

/** Two values, of which either may be NULL: not set. */
bool store_setting_is_same(const char *a, const char *b);

struct setting_change {
    const char *key;
    const char *before; /* what the person who changes it saw; NULL: it was not set */
    const char *after;  /* not empty; NULL: not set any more */
    bool is_silent;     /* no audit row: another one of the same call says it */
};
/**
 * All of them or none, each with an audit row unless it is silent, and each with one of its past.
 * @param batch of the past (store_setting_past.h), by which it is taken back; 0: nothing was
 * changed
 * @return 0, ERR_PRECONDITION (one is not as it was seen; the place of `e` is its key), ERR_EXISTS
 * (the form was used), ERR_BUSY, ERR_IO
 */
int store_setting_change(struct db *db, const struct setting_change *changes, size_t n,
                         const struct actor *actor, int64_t *batch, struct error *e) MUST_USE;

#endif
