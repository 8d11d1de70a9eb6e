#include "mediad/group/definitions.h"

#include <stdlib.h>
#include <string.h>

#include "common/group_files.h"
#include "mediad/group/definitions_internal.h"

/* A file that changes at every look is taken as it was read last. */
#define TRIES_MAX 4

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
    while (d->first)
        definitions_file_free(d, d->first);
    free(d->dir);
    free(d);
}

struct group_file *definitions_first(struct definitions *d)
{
    return d->first;
}

int definitions_look(struct definitions *d, const char *name, struct group_file **out)
{
    struct group_file *f = name_index_find(&d->by_name, name);
    char *path = group_file_path(d->dir, name);
    struct file_stamp stamp;
    int r = path ? file_stamp_read(&stamp, path) : ERR_NO_MEMORY;

    free(path);
    if (r == ERR_NOT_FOUND) {
        if (f)
            definitions_file_gone(d, f);
        return r;
    }
    if (r < 0) {
        if (!f || !f->desc)
            return r;
        *out = f;
        return 0;
    }
    if (!f && (f = definitions_file_new(d, name)) == NULL)
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
        int r = definitions_look(d, candidate, &f);

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

void definitions_resume(struct definition_lookup *lookup)
{
    struct definitions *d = lookup->definitions;
    struct group_file *f = NULL;
    bool is_last_try = ++lookup->tries >= TRIES_MAX;
    int r = resolve(d, lookup->name, is_last_try, &lookup->found, &f);

    if (r == 1 && is_last_try)
        r = ERR_BUSY;
    if (r == 1 && !f->is_loading) {
        int started = definitions_load(d, f);

        if (started < 0)
            r = started;
    }
    if (r == 1) {
        lookup->next = f->waiting;
        lookup->link = &f->waiting;
        if (lookup->next)
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
    definitions_resume(lookup);
}

void definition_lookup_cancel(struct definition_lookup *lookup)
{
    if (!lookup->link)
        return;
    *lookup->link = lookup->next;
    if (lookup->next)
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

        if (f && (f->desc || f->is_bad))
            return judge(f, is_inherited, out);
        is_inherited = true;
    } while (cut_to_parent(candidate));
    return ERR_NOT_FOUND;
}

void definitions_refresh(struct definitions *d, const char *name)
{
    struct group_file *f = NULL;

    if (definitions_look(d, name, &f) == 1)
        definitions_load_soon(d, f);
}
