/*
 * Many groups changed at once, all or none, and the way back. A batch is named by what its audit
 * rows have in common: the instant and the request.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_BATCH_H
#define NEREID_ADMIN_CGI_STORE_STORE_BATCH_H

#include "admin-cgi/store/group_change.h"
#include "admin-cgi/store/store_group.h"

/** What becomes of one group. */
struct batch_edit {
    const char *name; /* checked */
    bool remove;      /* to the trash */
    bool may_create;  /* else ERR_NOT_FOUND when there is no such group */
    const struct member_change *changes;
    size_t n_changes;
    group_edit_fn *more; /* what else is edited; NULL: nothing */
    void *more_arg;
};

struct batch_result {
    size_t failed;    /* index of the edit that was refused */
    size_t n_changed; /* groups whose text is another one, or that are gone */
};

/**
 * Carry all out, or only try: then nothing is changed.
 * @param for_good false: try
 * @return as store_file_change_many()
 */
int store_batch(struct db *db, const struct batch_edit *edits, size_t n, const struct actor *actor,
                bool for_good, struct batch_result *out, struct error *e) MUST_USE;

/** Names of the groups that a batch changed. */
int store_batch_names(struct db *db, struct arena *a, int64_t at_us, const char *request_id,
                      const char ***out, size_t *n_out, struct error *e) MUST_USE;

/** Take a batch back: all of it, or nothing when one of its groups was changed since (ERR_
 * PRECONDITION). ERR_NOT_FOUND when there is none.
 * @param n_out how many groups are as before */
int store_batch_undo(struct db *db, struct arena *a, int64_t at_us, const char *request_id,
                     const struct actor *actor, size_t *n_out, struct error *e) MUST_USE;

#endif
