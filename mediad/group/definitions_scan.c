/* All group files at once: read at the start, compared with the disk in the pool later. */
#include <stdlib.h>
#include <string.h>

#include "common/group_files.h"
#include "mediad/group/definitions_internal.h"

static int load_one(const char *name, void *arg)
{
    struct definitions *d = arg;
    struct group_file *f = name_index_find(&d->by_name, name);
    char *path = group_file_path(d->dir, name);
    struct group_desc *desc = NULL;
    struct error e = {0};
    int r;

    if (!path || (!f && (f = definitions_file_new(d, name)) == NULL)) {
        free(path);
        return ERR_NO_MEMORY;
    }
    r = definitions_read(&desc, &f->stamp, path, &e);
    if (r == 0)
        definitions_file_good(d, f, desc);
    else
        definitions_file_bad(f, &e);
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
    struct group_file *next;

    /* Each is looked at again, since it may have appeared after the walk. */
    for (struct group_file *f = d->first; f; f = next) {
        struct group_file *found = NULL;

        next = f->next;
        if (!f->is_loading && definitions_look(d, f->name, &found) == 1)
            definitions_load_soon(d, found);
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
