/* Reading one group file, in the pool, and what follows from what it says. */
#include <stdlib.h>
#include <string.h>

#include "common/group_files.h"
#include "common/log.h"
#include "mediad/group/definitions_internal.h"

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

struct group_file *definitions_file_new(struct definitions *d, const char *name)
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
    f->next = d->first;
    f->link = &d->first;
    if (f->next)
        f->next->link = &f->next;
    d->first = f;
    return f;
}

void definitions_file_free(struct definitions *d, struct group_file *f)
{
    name_index_remove(&d->by_name, &f->by_name);
    *f->link = f->next;
    if (f->next)
        f->next->link = f->link;
    group_desc_unref(f->desc);
    free(f->name);
    free(f);
}

static void tell(struct definitions *d, const char *name)
{
    if (d->changed)
        d->changed(d->arg, name);
}

void definitions_file_good(struct definitions *d, struct group_file *f, struct group_desc *desc)
{
    for (size_t i = 0; i < desc->n_warnings; i++)
        log_warn(&log_group, "groups/%s.json line %u column %u: %s", f->name,
                 desc->warnings[i].line, desc->warnings[i].column, desc->warnings[i].text);
    group_desc_unref(f->desc);
    f->desc = group_desc_ref(desc);
    f->is_bad = false;
    tell(d, f->name);
}

void definitions_file_bad(struct group_file *f, const struct error *e)
{
    char text[sizeof e->place + sizeof e->text + 4];

    f->is_bad = true;
    f->problem = *e;
    log_error(&log_group, "groups/%s.json: %s%s", f->name, error_describe(e, text, sizeof text),
              f->desc ? "; the last good version stays in force" : "");
}

void definitions_file_gone(struct definitions *d, struct group_file *f)
{
    bool was_good = f->desc;
    char *name = strdup(f->name);

    group_desc_unref(f->desc);
    f->desc = NULL;
    f->is_bad = false;
    f->stamp = (struct file_stamp){0};
    if (!f->is_loading && !f->waiting)
        definitions_file_free(d, f);
    if (was_good && name)
        tell(d, name);
    free(name);
}

int definitions_read(struct group_desc **desc, struct file_stamp *stamp, const char *path,
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

    load_job->result =
        definitions_read(&load_job->desc, &load_job->stamp, load_job->path, &load_job->e);
    load_job->has_run = true;
}

static void install(struct definitions *d, struct group_file *f, struct load_job *job)
{
    if (job->result == ERR_NOT_FOUND) {
        definitions_file_gone(d, f);
        return;
    }
    /* What lacked memory or a descriptor is as unread as before. */
    if (job->result != ERR_NO_MEMORY && job->result != ERR_IO)
        f->stamp = job->stamp;
    if (job->result == 0)
        definitions_file_good(d, f, job->desc);
    else
        definitions_file_bad(f, &job->e);
}

static void load_done(struct pool_job *pool_job)
{
    struct load_job *job = (struct load_job *)pool_job;
    struct definitions *d = job->definitions;
    struct group_file *f = job->file;
    struct definition_lookup *waiting = f->waiting, *lookup;

    /* Those who wait move to a list of their own, since a handler may ask again. */
    f->waiting = NULL;
    if (waiting)
        waiting->link = &waiting;
    f->is_loading = false;
    bool again = f->must_reload;

    f->must_reload = false;
    if (again && job->has_run)
        definitions_load_soon(d, f);
    if (job->has_run)
        install(d, f, job); /* may free f */
    while ((lookup = waiting) != NULL) {
        waiting = lookup->next;
        if (waiting)
            waiting->link = &waiting;
        lookup->link = NULL;
        if (job->has_run)
            definitions_resume(lookup);
        else
            lookup->done(lookup, ERR_UNAVAILABLE);
    }
    group_desc_unref(job->desc);
    free(job->path);
    free(job);
}

int definitions_load(struct definitions *d, struct group_file *f)
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

void definitions_load_soon(struct definitions *d, struct group_file *f)
{
    if (f->is_loading)
        f->must_reload = true;
    else if (definitions_load(d, f) < 0)
        log_warn(&log_group, "groups/%s.json changed; reading it must wait for the next look",
                 f->name);
}
