/*
 * What was changed among the settings (store_setting.h): before, after, when and by whom.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_SETTING_PAST_H
#define NEREID_ADMIN_CGI_STORE_STORE_SETTING_PAST_H

#include "admin-cgi/store/store_setting.h"

/** One change of one setting. */
struct setting_past {
    int64_t id;
    int64_t batch; /* the same for all that was saved at once */
    int64_t at_us;
    const char *key;
    const char *before, *after; /* NULL: not set, so that the default held */
    const char *by;
    bool is_silent; /* another change of the batch says it: the bytes of the logo beside its name */
    const char *newest; /* what the last change of this setting that is not silent left it at */
};

/** Note a change, in the running write transaction. @param batch 0: the first one of a save; then
 * the number that the others go with */
int store_setting_past_add(struct db *db, const struct setting_change *change, int64_t *batch,
                           const struct actor *actor, struct error *e) MUST_USE;

/** Those that are not silent, newest first, in the arena. @param key NULL: of all settings
 * @param before_id older than this one; 0: from the newest */
int store_setting_past_list(struct db *db, struct arena *a, const char *key, int64_t before_id,
                            size_t limit, struct setting_past **out, size_t *n_out,
                            struct error *e) MUST_USE;

/** All that was saved at once, in the arena. @return 0 (also when there is no such batch),
 * ERR_BUSY, ERR_IO */
int store_setting_past_batch(struct db *db, struct arena *a, int64_t batch,
                             struct setting_past **out, size_t *n_out, struct error *e) MUST_USE;

/** @return 0, ERR_NOT_FOUND, ERR_BUSY, ERR_IO */
int store_setting_past_get(struct db *db, struct arena *a, int64_t id, struct setting_past *out,
                           struct error *e) MUST_USE;

/** Forget what is older, but for the newest 200. In the running write transaction. */
int store_setting_past_purge(struct db *db, int64_t before_us, struct error *e) MUST_USE;

#endif
