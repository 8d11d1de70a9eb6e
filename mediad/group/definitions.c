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
    struct group_file *first;
    bool is_scanning, must_rescan;
};

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

static const struct log_ctx log_group = {.room = "group"};

static struct group_file *file_new(struct definitions *d, const char *name)
{
    struct group_file *f = calloc(1, sizeof *f);

    if (f == NULL || (f->name = strdup(name)) == NULL) {
        free(f);
        return NULL;
    }
    f->by_name.name = f->name;
    if (name_index_add(&d->by_name, &f->by_name) < 0) {
        free(f->name);
        free(f);
        return NULL;
    }
    f->next = d->first;
    f->link = &d->first;
    if (f->next != NULL)
        f->next->link = &f->next;
    d->first = f;
    return f;
}

static void file_free(struct definitions *d, struct group_file *f)
{
    name_index_remove(&d->by_name, &f->by_name);
    *f->link = f->next;
    if (f->next != NULL)
        f->next->link = f->link;
    group_desc_unref(f->desc);
    free(f->name);
    free(f);
}

int definitions_new(struct definitions **out, const char *groups_dir, struct pool *pool,
                    void (*changed)(void *arg, const char *file_group), void *arg)
{
    struct definitions *d = calloc(1, sizeof *d);

    if (d == NULL || (d->dir = strdup(groups_dir)) == NULL) {
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
    if (d == NULL)
        return;
    while (d->first != NULL)
        file_free(d, d->first);
    free(d->dir);
    free(d);
}

struct group_file *definitions_first(struct definitions *d)
{
    return d->first;
}

char *definitions_path(const struct definitions *d, const char *name)
{
    return group_file_path(d->dir, name);
}

static void tell(struct definitions *d, const char *name)
{
    if (d->changed != NULL)
        d->changed(d->arg, name);
}

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

static void file_bad(struct group_file *f, const struct error *e)
{
    char text[sizeof e->place + sizeof e->text + 4];

    f->is_bad = true;
    f->problem = *e;
    log_error(&log_group, "groups/%s.json: %s%s", f->name, error_describe(e, text, sizeof text),
              f->desc != NULL ? "; the last good version stays in force" : "");
}

/* The file is not there any more. Frees f unless somebody still waits for a load of it. */
static void file_gone(struct definitions *d, struct group_file *f)
{
    bool was_good = f->desc != NULL;
    char *name = strdup(f->name);

    group_desc_unref(f->desc);
    f->desc = NULL;
    f->is_bad = false;
    f->stamp = (struct file_stamp){0};
    if (!f->is_loading && f->waiting == NULL)
        file_free(d, f);
    if (was_good && name != NULL)
        tell(d, name);
    free(name);
}

static int load(struct group_desc **desc, struct file_stamp *stamp, const char *path,
                struct error *e)
{
    struct file_stamp before;
    int r = file_stamp_read(&before, path);

    if (r < 0)
        return error_set(e, r, NULL, r == ERR_NOT_FOUND ? "no such file" : "cannot be looked at");
    *stamp = before;
    return group_desc_load(desc, path, stamp, e);
}

static void load_run(struct pool_job *job)
{
    struct load_job *load_job = (struct load_job *)job;

    load_job->result = load(&load_job->desc, &load_job->stamp, load_job->path, &load_job->e);
    load_job->has_run = true;
}

static void resume(struct definition_lookup *lookup);
static void start_load(struct definitions *d, struct group_file *f);

static void install(struct definitions *d, struct group_file *f, struct load_job *job)
{
    if (job->result == ERR_NOT_FOUND) {
        file_gone(d, f);
        return;
    }
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
    struct definition_lookup *waiting = f->waiting, *lookup;

    /* Those who wait move to a list of their own, since a handler may ask again. */
    f->waiting = NULL;
    if (waiting != NULL)
        waiting->link = &waiting;
    f->is_loading = false;
    bool again = f->must_reload;

    f->must_reload = false;
    if (again && job->has_run)
        start_load(d, f);
    if (job->has_run)
        install(d, f, job); /* may free f */
    while ((lookup = waiting) != NULL) {
        waiting = lookup->next;
        if (waiting != NULL)
            waiting->link = &waiting;
        lookup->link = NULL;
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
static int try_load(struct definitions *d, struct group_file *f)
{
    struct load_job *job = calloc(1, sizeof *job);
    int r;

    if (job == NULL || (job->path = group_file_path(d->dir, f->name)) == NULL) {
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

static void start_load(struct definitions *d, struct group_file *f)
{
    if (f->is_loading)
        f->must_reload = true;
    else if (try_load(d, f) < 0)
        log_warn(&log_group, "groups/%s.json changed; reading it must wait for the next look",
                 f->name);
}

/* What is known of one candidate file compared with the disk.
 * @return 0: f is current; 1: it must be loaded (f made if needed); ERR_NOT_FOUND; ... */
static int look(struct definitions *d, const char *name, struct group_file **out)
{
    struct group_file *f = name_index_find(&d->by_name, name);
    char *path = group_file_path(d->dir, name);
    struct file_stamp stamp;
    int r = path != NULL ? file_stamp_read(&stamp, path) : ERR_NO_MEMORY;

    free(path);
    if (r == ERR_NOT_FOUND) {
        if (f != NULL)
            file_gone(d, f);
        return r;
    }
    if (r < 0) {
        if (f == NULL || f->desc == NULL)
            return r;
        *out = f;
        return 0;
    }
    if (f == NULL && (f = file_new(d, name)) == NULL)
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
    if (f->desc == NULL)
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

        if (r == 1 && !(is_last_try && f->desc != NULL)) {
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

static void resume(struct definition_lookup *lookup)
{
    struct definitions *d = lookup->definitions;
    struct group_file *f = NULL;
    bool is_last_try = ++lookup->tries >= TRIES_MAX;
    int r = resolve(d, lookup->name, is_last_try, &lookup->found, &f);

    if (r == 1 && is_last_try)
        r = ERR_BUSY;
    if (r == 1 && !f->is_loading) {
        int started = try_load(d, f);

        if (started < 0)
            r = started;
    }
    if (r == 1) {
        lookup->next = f->waiting;
        lookup->link = &f->waiting;
        if (lookup->next != NULL)
            lookup->next->link = &lookup->next;
        f->waiting = lookup;
        return;
    }
    lookup->done(lookup, r);
}

void definitions_lookup(struct definitions *d, struct definition_lookup *lookup, const char *name)
{
    lookup->definitions = d;
    lookup->next = NULL;
    lookup->link = NULL;
    lookup->tries = 0;
    lookup->found = (struct definition){0};
    snprintf(lookup->name, sizeof lookup->name, "%s", name);
    resume(lookup);
}

void definition_lookup_cancel(struct definition_lookup *lookup)
{
    if (lookup->link == NULL)
        return;
    *lookup->link = lookup->next;
    if (lookup->next != NULL)
        lookup->next->link = lookup->link;
    lookup->link = NULL;
}

int definitions_peek(struct definitions *d, const char *name, struct definition *out)
{
    char candidate[GROUP_NAME_MAX + 1];
    bool is_inherited = false;

    snprintf(candidate, sizeof candidate, "%s", name);
    do {
        struct group_file *f = name_index_find(&d->by_name, candidate);

        if (f != NULL && (f->desc != NULL || f->is_bad))
            return judge(f, is_inherited, out);
        is_inherited = true;
    } while (cut_to_parent(candidate));
    return ERR_NOT_FOUND;
}

void definitions_refresh(struct definitions *d, const char *name)
{
    struct group_file *f = NULL;

    if (look(d, name, &f) == 1)
        start_load(d, f);
}

/* ---- all files ---- */

static int load_one(const char *name, void *arg)
{
    struct definitions *d = arg;
    struct group_file *f = name_index_find(&d->by_name, name);
    char *path = group_file_path(d->dir, name);
    struct group_desc *desc = NULL;
    struct error e = {0};
    int r;

    if (path == NULL || (f == NULL && (f = file_new(d, name)) == NULL)) {
        free(path);
        return ERR_NO_MEMORY;
    }
    r = load(&desc, &f->stamp, path, &e);
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

    if (path == NULL)
        return ERR_NO_MEMORY;
    if (scan->n == scan->size) {
        size_t size = scan->size > 0 ? 2 * scan->size : 64;
        struct scan_entry *more = reallocarray(scan->entries, size, sizeof *more);

        if (more == NULL) {
            free(path);
            return ERR_NO_MEMORY;
        }
        scan->entries = more;
        scan->size = size;
    }
    entry = &scan->entries[scan->n];
    entry->name = strdup(name);
    if (entry->name != NULL && file_stamp_read(&entry->stamp, path) == 0)
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
    struct group_file *next;

    /* Each is looked at again, since it may have appeared after the walk. */
    for (struct group_file *f = d->first; f != NULL; f = next) {
        struct group_file *found = NULL;

        next = f->next;
        if (!f->is_loading && look(d, f->name, &found) == 1)
            start_load(d, found);
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

        if (f == NULL || !file_stamp_eq(&f->stamp, &entry->stamp))
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
    if (scan == NULL || (scan->dir = strdup(d->dir)) == NULL) {
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
