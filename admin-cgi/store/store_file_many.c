#include "admin-cgi/store/store_file_many.h"

#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_file_internal.h"
#include "admin-cgi/store/store_file_sync.h"
#include "admin-cgi/store/store_form.h"

/* Files that are written in one transaction: others get their turn in between. */
#define PUBLISH_STEP 50

/* What people did to a file becomes a version first, or is exported, as for a change of one. */
static int look_at_disk(struct db *db, enum file_kind kind, const char *name, int64_t now_us,
                        bool *touched, struct error *e)
{
    struct arena arena = {0};
    struct file_row row;
    int r = file_row_find(db, &arena, kind, name, &row, e);

    if (r == 0)
        r = file_sync(db, &arena, &row, now_us, e);
    if (r == 0 && row.unsettled)
        r = error_set(e, ERR_BUSY, NULL, "somebody is writing the file %s right now; try again",
                      name);
    *touched |= row.touched;
    arena_release(&arena);
    return r;
}

static int sync_with_disk(struct db *db, const struct file_change *changes, size_t n,
                          size_t *failed, struct error *e)
{
    bool touched = false;
    int r = db_begin(db, e);

    for (size_t i = 0; r == 0 && i < n; i++) {
        *failed = i;
        r = look_at_disk(db, changes[i].kind, changes[i].name, changes[i].actor->now_us, &touched,
                         e);
    }
    if (r == 0 && touched)
        return db_commit(db, e);
    db_rollback(db);
    return r;
}

/* @return 1: something changes */
static int record(struct db *db, const struct file_change *change, struct error *e)
{
    struct saving s = {.db = db, .change = change, .job = {.dir_fd = -1}};
    struct group_desc *desc = NULL;
    int r = saving_look(&s, e);

    if (r == 0)
        r = saving_check(&s, e);
    if (r == 0 && change->remove) {
        r = saving_record_removal(&s, e);
        r = r == 0 ? 1 : r;
    } else if (r == 0) {
        r = saving_make(&s, &desc, e);
        if (r > 0) {
            r = saving_record_row(&s, e);
            if (r == 0)
                r = saving_record_text(&s, desc, e);
            r = r == 0 ? 1 : r;
        }
    }
    group_desc_unref(desc);
    buf_release(&s.text);
    arena_release(&s.arena);
    return r;
}

static int record_all(struct db *db, const struct file_change *changes, size_t n, bool for_good,
                      size_t *failed, size_t *n_changed, struct error *e)
{
    int r = sync_with_disk(db, changes, n, failed, e);

    *n_changed = 0;
    if (r == 0)
        r = db_begin(db, e);
    if (r < 0)
        return r;
    if (for_good)
        r = store_form_record(db, changes[0].actor, e);
    for (size_t i = 0; r == 0 && i < n; i++) {
        *failed = i;
        r = record(db, &changes[i], e);
        if (r > 0) {
            ++*n_changed;
            r = 0;
        }
    }
    if (r == 0 && for_good)
        return db_commit(db, e);
    db_rollback(db);
    return r;
}

static int publish_some(struct db *db, enum file_kind kind, const char *const *names, size_t n,
                        int64_t now_us, struct error *e)
{
    bool ignored = false;
    int r = db_lock_files(db, e);

    if (r < 0)
        return r;
    db_relax(db, true); /* a crash would find out again */
    r = db_begin(db, e);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = look_at_disk(db, kind, names[i], now_us, &ignored, e);
    r = db_finish(db, true, r, e);
    db_relax(db, false);
    db_unlock_files(db);
    return r;
}

int store_file_publish(struct db *db, enum file_kind kind, const char *const *names, size_t n,
                       int64_t now_us, struct error *e)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < n; i += PUBLISH_STEP)
        r = publish_some(db, kind, names + i, n - i < PUBLISH_STEP ? n - i : PUBLISH_STEP, now_us,
                         e);
    return r;
}

static int publish_all(struct db *db, const struct file_change *changes, size_t n, struct error *e)
{
    struct arena arena = {0};
    const char **names = arena_array(&arena, n, sizeof *names);
    int r = names ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for file names");

    for (size_t i = 0; r == 0 && i < n; i++)
        names[i] = changes[i].name;
    if (r == 0)
        r = store_file_publish(db, changes[0].kind, names, n, changes[0].actor->now_us, e);
    arena_release(&arena);
    return r;
}

static int change_many(struct db *db, const struct file_change *changes, size_t n, bool for_good,
                       size_t *failed, size_t *n_changed, struct error *e)
{
    int r = db_lock_files(db, e);

    if (r < 0)
        return r;
    if (n > FILES_AT_ONCE_MAX)
        r = error_set(e, ERR_TOO_LARGE, NULL, "that is more than %d groups at once",
                      FILES_AT_ONCE_MAX);
    if (r == 0)
        r = record_all(db, changes, n, for_good, failed, n_changed, e);
    db_unlock_files(db);
    return r;
}

int store_file_change_many(struct db *db, const struct file_change *changes, size_t n,
                           size_t *failed, size_t *n_changed, struct error *e)
{
    int r = n ? change_many(db, changes, n, true, failed, n_changed, e) : 0;

    return r == 0 && n ? publish_all(db, changes, n, e) : r;
}

int store_file_try_many(struct db *db, const struct file_change *changes, size_t n, size_t *failed,
                        size_t *n_changed, struct error *e)
{
    return n ? change_many(db, changes, n, false, failed, n_changed, e) : 0;
}
