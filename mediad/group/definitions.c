#include "mediad/group/definitions.h"

#include <stdlib.h>
#include <string.h>

#include "common/group_files.h"
#include "common/log.h"

/* A file that changes at every look is taken as it was read last. */
#define TRIES_MAX 4

struct definitions {
    char *dir;
    struct pool *pool;
    void (*changed)(void *arg, const char *file_group);
    void *arg;
    struct name_index by_name;
    struct list files; /* struct group_file */
    bool is_scanning, must_rescan;
};

static const struct log_ctx log_group = {.room = "group"};

/* ---- the table of files ---- */

static struct group_file *file_new(struct definitions *d, const char *name)
{
    struct group_file *f = calloc(1, sizeof *f);

    if (!f || (f->name = strdup(name)) == NULL) {
        free(f);
        return NULL;
    }
    f->by_name.name = f->name;
    if (name_index_add(&d->by_name, &f->by_name) < 0) {
        free(f->name);
        free(f);
        return NULL;
    }
    list_prepend(&d->files, &f->in_definitions);
    return f;
}

static void file_free(struct definitions *d, struct group_file *f)
{
    name_index_remove(&d->by_name, &f->by_name);
    list_remove(&f->in_definitions);
    group_desc_unref(f->desc);
    free(f->name);
    free(f);
}

static void tell(struct definitions *d, const char *name)
{
    if (d->changed)
        d->changed(d->arg, name);
}

/* A file was read: its description holds from here on. */
static void file_good(struct definitions *d, struct group_file *f, struct group_desc *desc)
{
    for (size_t i = 0; i < desc->n_warnings; i++)
        log_warn(&log_group, "groups/%s.json line %u column %u: %s", f->name,
                 desc->warnings[i].line, desc->warnings[i].column, desc->warnings[i].text);
    group_desc_unref(f->desc);
    f->desc = group_desc_ref(desc);
    f->is_bad = false;
    tell(d, f->name);
}

/* A file does not load: its last good description stays in force. */
static void file_bad(struct group_file *f, const struct error *e)
{
    char text[sizeof e->place + sizeof e->text + 4];

    f->is_bad = true;
    f->problem = *e;
    log_error(&log_group, "groups/%s.json: %s%s", f->name, error_describe(e, text, sizeof text),
              f->desc ? "; the last good version stays in force" : "");
}

/* A file is not there any more. Frees f unless somebody still waits for a load of it. */
static void file_gone(struct definitions *d, struct group_file *f)
{
    bool was_good = f->desc;
    char *name = strdup(f->name);

    group_desc_unref(f->desc);
    f->desc = NULL;
    f->is_bad = false;
    f->stamp = (struct file_stamp){0};
    if (!f->is_loading && list_is_empty(&f->waiting))
        file_free(d, f);
    if (was_good && name)
        tell(d, name);
    free(name);
}

int definitions_new(struct definitions **out, const char *groups_dir, struct pool *pool,
                    void (*changed)(void *arg, const char *file_group), void *arg)
{
    struct definitions *d = calloc(1, sizeof *d);

    if (!d || (d->dir = strdup(groups_dir)) == NULL) {
        free(d);
        return ERR_NO_MEMORY;
    }
    d->pool = pool;
    d->changed = changed;
    d->arg = arg;
    *out = d;
    return 0;
}

void definitions_free(struct definitions *d)
{
    if (!d)
        return;
    LIST_EACH_REMOVING (struct group_file, f, &d->files, in_definitions)
        file_free(d, f);
    free(d->dir);
    free(d);
}

const struct list *definitions_files(const struct definitions *d)
{
    return &d->files;
}

/* ---- reading one, in the pool ---- */

struct load_job {
    struct pool_job job;
    struct definitions *definitions;
    struct group_file *file;
    char *path;
    bool has_run;
    int result;
    struct file_stamp stamp;
    struct group_desc *desc;
    struct error e;
};

/* Here and at once. @return 0 or an error */
static int read_file(struct group_desc **desc, struct file_stamp *stamp, const char *path,
                     struct error *e)
{
    struct file_stamp before;
    int r = file_stamp_read(&before, path);

    if (r < 0)
        return error_set(e, r, NULL, r == ERR_NOT_FOUND ? "no such file" : "cannot be looked at");
    *stamp = before;
    return group_desc_load(desc, path, stamp, e);
}

static void load_soon(struct definitions *d, struct group_file *f);
static void resume(struct definition_lookup *lookup);

static void load_run(struct pool_job *job)
{
    struct load_job *work = (struct load_job *)job;

    work->result = read_file(&work->desc, &work->stamp, work->path, &work->e);
    work->has_run = true;
}

static void install(struct definitions *d, struct group_file *f, struct load_job *job)
{
    if (job->result == ERR_NOT_FOUND) {
        file_gone(d, f);
        return;
    }
    /* A file for which memory or a descriptor was lacking counts as unread, as before. */
    if (job->result != ERR_NO_MEMORY && job->result != ERR_IO)
        f->stamp = job->stamp;
    if (job->result == 0)
        file_good(d, f, job->desc);
    else
        file_bad(f, &job->e);
}

static void load_done(struct pool_job *pool_job)
{
    struct load_job *job = (struct load_job *)pool_job;
    struct definitions *d = job->definitions;
    struct group_file *f = job->file;
    struct definition_lookup *lookup;
    struct list waiting;
    bool again = f->must_reload;

    /* Those who wait move to a list of their own, since a handler may ask again. */
    list_move_all(&waiting, &f->waiting);
    f->is_loading = f->must_reload = false;
    if (again && job->has_run)
        load_soon(d, f);
    if (job->has_run)
        install(d, f, job); /* may free f */
    while ((lookup = LIST_FIRST(&waiting, struct definition_lookup, in_waiting)) != NULL) {
        list_remove(&lookup->in_waiting);
        if (job->has_run)
            resume(lookup);
        else
            lookup->done(lookup, ERR_UNAVAILABLE);
    }
    group_desc_unref(job->desc);
    free(job->path);
    free(job);
}

/* @return 0, ERR_BUSY, ERR_NO_MEMORY */
static int load(struct definitions *d, struct group_file *f)
{
    struct load_job *job = calloc(1, sizeof *job);
    int r;

    if (!job || (job->path = group_file_path(d->dir, f->name)) == NULL) {
        free(job);
        return ERR_NO_MEMORY;
    }
    job->job.run = load_run;
    job->job.done = load_done;
    job->definitions = d;
    job->file = f;
    r = pool_submit(d->pool, POOL_FAST, &job->job);
    if (r < 0) {
        free(job->path);
        free(job);
        return r;
    }
    f->is_loading = true;
    return 0;
}

/* Nobody waits: once more after a load that runs already. */
static void load_soon(struct definitions *d, struct group_file *f)
{
    if (f->is_loading)
        f->must_reload = true;
    else if (load(d, f) < 0)
        log_warn(&log_group, "groups/%s.json changed; reading it must wait for the next look",
                 f->name);
}

/* ---- look-ups ---- */

/* Compare what is known of one name with the disk.
 * @return 0: *out is current; 1: *out must be loaded (made if needed); ERR_NOT_FOUND; ... */
static int look(struct definitions *d, const char *name, struct group_file **out)
{
    struct group_file *f = name_index_find(&d->by_name, name);
    char *path = group_file_path(d->dir, name);
    struct file_stamp stamp;
    int r = path ? file_stamp_read(&stamp, path) : ERR_NO_MEMORY;

    free(path);
    if (r == ERR_NOT_FOUND) {
        if (f)
            file_gone(d, f);
        return r;
    }
    if (r < 0) {
        if (!f || !f->desc)
            return r;
        *out = f;
        return 0;
    }
    if (!f && (f = file_new(d, name)) == NULL)
        return ERR_NO_MEMORY;
    *out = f;
    return !f->is_loading && file_stamp_eq(&f->stamp, &stamp) ? 0 : 1;
}

static bool cut_to_parent(char *name)
{
    size_t len = group_name_parent_len(span_str(name));

    name[len] = '\0';
    return len > 0;
}

static int judge(const struct group_file *f, bool is_inherited, struct definition *out)
{
    if (!f->desc)
        return f->is_bad ? ERR_SYNTAX : ERR_NOT_FOUND;
    if (is_inherited && !f->desc->auto_subgroups)
        return ERR_NOT_FOUND;
    out->file_desc = f->desc;
    out->is_inherited = is_inherited;
    out->file_len = strlen(f->name);
    return 0;
}

/* One walk up the ancestors. @return 0, an error, or 1 with the file that must be loaded first */
static int resolve(struct definitions *d, const char *name, bool is_last_try,
                   struct definition *out, struct group_file **to_load)
{
    char candidate[GROUP_NAME_MAX + 1];
    bool is_inherited = false;

    snprintf(candidate, sizeof candidate, "%s", name);
    do {
        struct group_file *f = NULL;
        int r = look(d, candidate, &f);

        if (r == 1 && !(is_last_try && f->desc)) {
            *to_load = f;
            return 1;
        }
        if (r >= 0)
            return judge(f, is_inherited, out);
        if (r != ERR_NOT_FOUND)
            return r;
        is_inherited = true;
    } while (cut_to_parent(candidate));
    return ERR_NOT_FOUND;
}

/* Go on with a look-up, perhaps once the file that it waited for was read. */
static void resume(struct definition_lookup *lookup)
{
    struct definitions *d = lookup->definitions;
    struct group_file *f = NULL;
    bool is_last_try = ++lookup->tries >= TRIES_MAX;
    int r = resolve(d, lookup->name, is_last_try, &lookup->found, &f);

    if (r == 1 && is_last_try)
        r = ERR_BUSY;
    if (r == 1 && !f->is_loading) {
        int started = load(d, f);

        if (started < 0)
            r = started;
    }
    if (r == 1) {
        list_prepend(&f->waiting, &lookup->in_waiting);
        return;
    }
    lookup->done(lookup, r);
}

void definitions_lookup(struct definitions *d, struct definition_lookup *lookup, const char *name)
{
    lookup->definitions = d;
    lookup->tries = 0;
    lookup->found = (struct definition){0};
    snprintf(lookup->name, sizeof lookup->name, "%s", name);
    resume(lookup);
}

void definition_lookup_cancel(struct definition_lookup *lookup)
{
    list_remove(&lookup->in_waiting);
}

int definitions_peek(struct definitions *d, const char *name, struct definition *out)
{
    char candidate[GROUP_NAME_MAX + 1];
    bool is_inherited = false;

    snprintf(candidate, sizeof candidate, "%s", name);
    do {
        struct group_file *f = name_index_find(&d->by_name, candidate);

        if (f && (f->desc || f->is_bad))
            return judge(f, is_inherited, out);
        is_inherited = true;
    } while (cut_to_parent(candidate));
    return ERR_NOT_FOUND;
}

void definitions_refresh(struct definitions *d, const char *name)
{
    struct group_file *f = NULL;

    if (look(d, name, &f) == 1)
        load_soon(d, f);
}

/* ---- all files at once: read at the start, compared with the disk in the pool later ---- */

static int load_one(const char *name, void *arg)
{
    struct definitions *d = arg;
    struct group_file *f = name_index_find(&d->by_name, name);
    char *path = group_file_path(d->dir, name);
    struct group_desc *desc = NULL;
    struct error e = {0};
    int r;

    if (!path || (!f && (f = file_new(d, name)) == NULL)) {
        free(path);
        return ERR_NO_MEMORY;
    }
    r = read_file(&desc, &f->stamp, path, &e);
    if (r == 0)
        file_good(d, f, desc);
    else
        file_bad(f, &e);
    group_desc_unref(desc);
    free(path);
    return 0;
}

int definitions_load_all(struct definitions *d, struct error *e)
{
    return group_files_walk(d->dir, load_one, d, e);
}

struct scan_entry {
    char *name;
    struct file_stamp stamp;
};

struct scan_job {
    struct pool_job job;
    struct definitions *definitions;
    char *dir;
    struct scan_entry *entries;
    size_t n, size;
    bool is_complete;
};

static int scan_visit(const char *name, void *arg)
{
    struct scan_job *scan = arg;
    char *path = group_file_path(scan->dir, name);
    struct scan_entry *entry;

    if (!path)
        return ERR_NO_MEMORY;
    if (scan->n == scan->size) {
        size_t size = scan->size > 0 ? 2 * scan->size : 64;
        struct scan_entry *more = reallocarray(scan->entries, size, sizeof *more);

        if (!more) {
            free(path);
            return ERR_NO_MEMORY;
        }
        scan->entries = more;
        scan->size = size;
    }
    entry = &scan->entries[scan->n];
    entry->name = strdup(name);
    if (entry->name && file_stamp_read(&entry->stamp, path) == 0)
        scan->n++;
    else
        free(entry->name);
    free(path);
    return 0;
}

static void scan_run(struct pool_job *job)
{
    struct scan_job *scan = (struct scan_job *)job;

    scan->is_complete = group_files_walk(scan->dir, scan_visit, scan, NULL) == 0;
}

static void look_at_missing(struct definitions *d)
{
    /* Each is looked at again, since it may have appeared after the walk. */
    LIST_EACH_REMOVING (struct group_file, f, &d->files, in_definitions) {
        struct group_file *found = NULL;

        if (!f->is_loading && look(d, f->name, &found) == 1)
            load_soon(d, found);
    }
}

static void scan_done(struct pool_job *job)
{
    struct scan_job *scan = (struct scan_job *)job;
    struct definitions *d = scan->definitions;

    d->is_scanning = false;
    for (size_t i = 0; i < scan->n; i++) {
        struct scan_entry *entry = &scan->entries[i];
        struct group_file *f = name_index_find(&d->by_name, entry->name);

        if (!f || !file_stamp_eq(&f->stamp, &entry->stamp))
            definitions_refresh(d, entry->name);
        free(entry->name);
    }
    if (scan->is_complete)
        look_at_missing(d);
    free(scan->entries);
    free(scan->dir);
    free(scan);
    if (d->must_rescan) {
        d->must_rescan = false;
        definitions_rescan(d);
    }
}

void definitions_rescan(struct definitions *d)
{
    struct scan_job *scan;

    if (d->is_scanning) {
        d->must_rescan = true;
        return;
    }
    scan = calloc(1, sizeof *scan);
    if (!scan || (scan->dir = strdup(d->dir)) == NULL) {
        free(scan);
        return;
    }
    scan->job.run = scan_run;
    scan->job.done = scan_done;
    scan->definitions = d;
    if (pool_submit(d->pool, POOL_FAST, &scan->job) < 0) {
        free(scan->dir);
        free(scan);
        return;
    }
    d->is_scanning = true;
}
