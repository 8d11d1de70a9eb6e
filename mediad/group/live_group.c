#include "mediad/group/live_group.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/now.h"
#include "mediad/group/moderation.h"

int live_group_new(struct live_group **out, const char *name, struct group_desc *desc,
                   struct group_desc *file_desc, bool is_inherited, size_t *n_server,
                   int64_t now_us, int64_t wall_us)
{
    struct live_group *g = calloc(1, sizeof *g);

    if (!g || (g->name = strdup(name)) == NULL) {
        free(g);
        return ERR_NO_MEMORY;
    }
    g->by_name.name = g->name;
    g->desc = group_desc_ref(desc);
    g->file_desc = group_desc_ref(file_desc);
    g->is_inherited = is_inherited;
    g->n_members_server = n_server;
    g->end = &g->first;
    g->created_us = g->active_us = now_us;
    g->created_wall_us = wall_us;
    *out = g;
    return 0;
}

void live_group_free(struct live_group *g)
{
    if (!g)
        return;
    moderation_forget_bans(g, INT64_MAX);
    history_release(&g->history);
    json_object_put(g->data);
    group_desc_unref(g->desc);
    group_desc_unref(g->file_desc);
    free(g->lock);
    free(g->name);
    free(g);
}

struct member *live_group_find(const struct live_group *g, const char *id)
{
    return name_index_find(&g->by_id, id);
}

int live_group_add(struct live_group *g, struct member *m, int64_t now_us)
{
    int r;

    m->by_id.name = m->id;
    r = name_index_add(&g->by_id, &m->by_id);
    if (r < 0)
        return r;
    m->group = g;
    m->next = NULL;
    m->link = g->end;
    *g->end = m;
    g->end = &m->next;
    if (m->kind != MEMBER_RECORDER) {
        g->n_members++;
        ++*g->n_members_server;
    }
    if (m->permissions.bits & PERMISSION_OP)
        g->n_operators++;
    g->active_us = now_us;
    return 0;
}

void live_group_announce(struct live_group *g, struct member *m)
{
    struct group_event event = {.kind = EVENT_USER_ADD, .subject = m};

    live_group_tell(g, &event, m);
}

static void unlink_member(struct live_group *g, struct member *m)
{
    *m->link = m->next;
    if (m->next)
        m->next->link = m->link;
    else
        g->end = m->link;
    name_index_remove(&g->by_id, &m->by_id);
    m->group = NULL;
    if (m->kind != MEMBER_RECORDER) {
        g->n_members--;
        --*g->n_members_server;
    }
    if (m->permissions.bits & PERMISSION_OP)
        g->n_operators--;
}

void live_group_remove(struct member *m, int64_t now_us)
{
    struct live_group *g = m->group;
    struct group_event event = {.kind = EVENT_USER_DELETE, .subject = m};

    unlink_member(g, m);
    g->active_us = now_us;
    if (g->is_emptying)
        return;
    live_group_tell(g, &event, NULL);
    moderation_check_operators(g);
}

void live_group_tell(struct live_group *g, struct group_event *event, const struct member *except)
{
    for (struct member *m = g->first; m; m = m->next) {
        if (m != except)
            m->ops->hear(m, event);
    }
    frame_unref(event->frame);
    event->frame = NULL;
}

void live_group_send(struct live_group *g, struct frame *frame, const struct member *except,
                     bool operators_only)
{
    struct group_event event = {.kind = EVENT_MESSAGE, .frame = frame};

    for (struct member *m = g->first; m; m = m->next) {
        if (m != except && m->kind == MEMBER_CLIENT &&
            (!operators_only || (m->permissions.bits & PERMISSION_OP)))
            m->ops->hear(m, &event);
    }
}

/* Whose permissions a member who logged in with a password has; NULL: nobody's any more. */
static const struct group_user *user_of(const struct group_desc *desc, const struct member *m)
{
    const struct group_user *user;

    if (m->login == LOGIN_WILDCARD)
        return desc->wildcard;
    user = group_desc_user(desc, span_str(m->username));
    /* Who was removed is as anybody else, if anybody may come; it never proved another password. */
    if (!user && desc->wildcard && desc->wildcard->password.type == PASSWORD_WILDCARD)
        user = desc->wildcard;
    return user;
}

static void update_member(struct live_group *g, struct member *m)
{
    const struct group_user *user = user_of(g->desc, m);
    struct permissions base = {0};
    unsigned before = m->permissions.bits;

    /* A user who was removed stays until an administrator ends it (R13), but may nothing more. */
    if (user && permission_spec_expand(&base, &user->permissions, g->desc->allow_recording,
                                       g->desc->unrestricted_tokens) < 0)
        return;
    if (member_set_base(m, &base) == 0 && m->permissions.bits != before)
        moderation_permissions_changed(m, before);
    permissions_release(&base);
}

void live_group_set_desc(struct live_group *g, struct group_desc *desc,
                         struct group_desc *file_desc, bool is_inherited)
{
    struct group_event event = {.kind = EVENT_GROUP_CHANGED};
    struct log_ctx ctx = {.room = "group", .group = g->name};

    group_desc_ref(desc);
    group_desc_ref(file_desc);
    group_desc_unref(g->desc);
    group_desc_unref(g->file_desc);
    g->desc = desc;
    g->file_desc = file_desc;
    g->is_inherited = is_inherited;
    log_info(&ctx, "new description");
    for (struct member *m = g->first; m; m = m->next) {
        if (m->login != LOGIN_TOKEN)
            update_member(g, m);
    }
    live_group_tell(g, &event, NULL);
    moderation_check_operators(g);
}

int live_group_publish(struct live_group *g, struct published *stream)
{
    int r = name_index_add(&g->streams, &stream->by_id);

    if (r < 0)
        return r;
    stream->next = g->first_stream;
    stream->link = &g->first_stream;
    if (stream->next)
        stream->next->link = &stream->next;
    g->first_stream = stream;
    return 0;
}

void live_group_unpublish(struct live_group *g, struct published *stream)
{
    name_index_remove(&g->streams, &stream->by_id);
    *stream->link = stream->next;
    if (stream->next)
        stream->next->link = stream->link;
    stream->next = NULL;
    stream->link = NULL;
}

int64_t live_group_history_age_us(const struct live_group *g)
{
    int64_t age_s = g->desc->max_history_age_s;

    if (age_s == 0)
        age_s = HISTORY_AGE_DEFAULT_S;
    return age_s < 0 ? -1 : age_s * US_PER_S;
}
