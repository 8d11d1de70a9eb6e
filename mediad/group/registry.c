#include "mediad/group/registry.h"

#include <stdlib.h>
#include <string.h>

#include "mediad/group/moderation.h"

/* The description for a group: the file's own, or a subgroup's copy of it. Returned owned. */
static int make_desc(struct group_desc **out, const struct definition *found)
{
    if (found->is_inherited)
        return group_desc_subgroup(out, found->file_desc);
    *out = group_desc_ref(found->file_desc);
    return 0;
}

static void update_group(struct registry *r, struct live_group *g)
{
    struct definition found;
    struct group_desc *desc = NULL;

    /* Without a definition those inside go on under the old one. */
    if (definitions_peek(r->definitions, g->name, &found) < 0)
        return;
    if (found.file_desc == g->file_desc && found.is_inherited == g->is_inherited)
        return;
    if (make_desc(&desc, &found) < 0)
        return;
    g->file_len = found.file_len;
    moderation_set_desc(g, desc, found.file_desc, found.is_inherited);
    group_desc_unref(desc);
}

static void definition_changed(void *arg, const char *file_group)
{
    struct registry *r = arg;

    LIST_EACH (struct live_group, g, &r->groups, in_registry) {
        if (strcmp(g->name, file_group) == 0 ||
            group_name_is_below(span_str(g->name), span_str(file_group)))
            update_group(r, g);
    }
}

int registry_new(struct registry **out, const char *groups_dir, struct pool *pool)
{
    struct registry *r = calloc(1, sizeof *r);

    if (!r)
        return ERR_NO_MEMORY;
    if (definitions_new(&r->definitions, groups_dir, pool, definition_changed, r) < 0) {
        free(r);
        return ERR_NO_MEMORY;
    }
    *out = r;
    return 0;
}

static void forget(struct registry *r, struct live_group *g)
{
    name_index_remove(&r->by_name, &g->by_name);
    list_remove(&g->in_registry);
    live_group_free(g);
}

void registry_free(struct registry *r)
{
    if (!r)
        return;
    LIST_EACH_REMOVING (struct live_group, g, &r->groups, in_registry)
        forget(r, g);
    definitions_free(r->definitions);
    free(r);
}

struct live_group *registry_find(const struct registry *r, const char *name)
{
    return name_index_find(&r->by_name, name);
}

/* Automatic subgroups that come from the same file. */
static size_t count_siblings(const struct registry *r, const struct group_desc *file_desc)
{
    size_t n = 0;

    LIST_EACH (const struct live_group, g, &r->groups, in_registry) {
        if (g->is_inherited && g->file_desc == file_desc)
            n++;
    }
    return n;
}

int registry_open(struct registry *r, const char *name, const struct definition *found,
                  const struct registry_caps *caps, int64_t now_us, int64_t wall_us,
                  struct live_group **out)
{
    struct live_group *g = registry_find(r, name);
    struct group_desc *desc = NULL;
    int result;

    if (g) {
        update_group(r, g);
        *out = g;
        return 0;
    }
    if (r->by_name.n >= caps->groups ||
        (found->is_inherited && count_siblings(r, found->file_desc) >= caps->subgroups_per_group))
        return ERR_BUSY;
    result = make_desc(&desc, found);
    if (result < 0)
        return result;
    result = live_group_new(&g, name, desc, found->file_desc, found->is_inherited, &r->n_members,
                            now_us, wall_us);
    group_desc_unref(desc);
    if (result < 0)
        return result;
    result = name_index_add(&r->by_name, &g->by_name);
    if (result < 0) {
        live_group_free(g);
        return result;
    }
    g->file_len = found->file_len;
    list_prepend(&r->groups, &g->in_registry);
    moderation_check_operators(g);
    *out = g;
    return 0;
}

static bool may_be_forgotten(struct registry *r, const struct live_group *g, int64_t now_us)
{
    struct definition found;
    int64_t age_us = live_group_history_age_us(g);

    if (!list_is_empty(&g->members) || !list_is_empty(&g->viewers) || !bans_is_empty(&g->bans))
        return false;
    if (definitions_peek(r->definitions, g->name, &found) == ERR_NOT_FOUND)
        return true;
    return !g->desc->is_public && now_us - g->active_us > age_us;
}

void registry_sweep(struct registry *r, int64_t now_us)
{
    LIST_EACH_REMOVING (struct live_group, g, &r->groups, in_registry) {
        bans_expire(&g->bans, now_us);
        if (may_be_forgotten(r, g, now_us))
            forget(r, g);
    }
}
