#include "mediad/group/live_group.h"

#include <stdlib.h>
#include <string.h>

#include "common/now.h"

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
    g->created_us = g->active_us = now_us;
    g->created_wall_us = wall_us;
    *out = g;
    return 0;
}

void live_group_free(struct live_group *g)
{
    if (!g)
        return;
    bans_release(&g->bans);
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

static void add_viewer(struct live_group *g, struct member *m, int64_t now_us)
{
    m->group = g;
    list_append(&g->viewers, &m->in_group);
    g->n_viewers++;
    ++*g->n_members_server;
    g->active_us = now_us;
}

static void remove_viewer(struct member *m, int64_t now_us)
{
    struct live_group *g = m->group;

    list_remove(&m->in_group);
    m->group = NULL;
    g->n_viewers--;
    --*g->n_members_server;
    g->active_us = now_us;
}

int live_group_add(struct live_group *g, struct member *m, int64_t now_us)
{
    int r;

    if (m->kind == MEMBER_VIEWER) {
        add_viewer(g, m, now_us);
        return 0;
    }
    m->by_id.name = m->id;
    r = name_index_add(&g->by_id, &m->by_id);
    if (r < 0)
        return r;
    m->group = g;
    list_append(&g->members, &m->in_group);
    speakers_add(&g->speakers, &m->speaker);
    if (m->kind == MEMBER_RECORDER) {
        g->recorder = m;
    } else {
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
    list_remove(&m->in_group);
    speakers_remove(&g->speakers, &m->speaker);
    name_index_remove(&g->by_id, &m->by_id);
    m->group = NULL;
    if (m->kind == MEMBER_RECORDER) {
        g->recorder = NULL;
    } else {
        g->n_members--;
        --*g->n_members_server;
    }
    if (m->permissions.bits & PERMISSION_OP)
        g->n_operators--;
}

bool live_group_remove(struct member *m, enum leaving leaving, int64_t now_us)
{
    struct live_group *g = m->group;
    struct group_event event = {.kind = EVENT_USER_DELETE, .subject = m};

    if (m->kind == MEMBER_VIEWER) {
        remove_viewer(m, now_us);
        return false;
    }
    unlink_member(g, m);
    g->active_us = now_us;
    if (leaving != LEAVING_WITH_ALL)
        live_group_tell(g, &event, NULL);
    return leaving == LEAVING_ALONE && g->n_operators == 0;
}

void live_group_tell(struct live_group *g, struct group_event *event, const struct member *except)
{
    LIST_EACH (struct member, m, &g->members, in_group) {
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

    LIST_EACH (struct member, m, &g->members, in_group) {
        if (m != except && m->kind == MEMBER_CLIENT &&
            (!operators_only || (m->permissions.bits & PERMISSION_OP)))
            m->ops->hear(m, &event);
    }
}

int live_group_publish(struct member *m, struct published *stream)
{
    int r = name_index_add(&m->group->streams_by_id, &stream->by_id);

    if (r < 0)
        return r;
    stream->owner = m;
    list_append(&m->group->streams, &stream->in_group);
    list_append(&m->streams, &stream->in_member);
    m->n_streams++;
    return 0;
}

void live_group_unpublish(struct published *stream)
{
    struct live_group *g = stream->owner->group;

    name_index_remove(&g->streams_by_id, &stream->by_id);
    list_remove(&stream->in_group);
    list_remove(&stream->in_member);
    stream->owner->n_streams--;
    if (g->recorder)
        g->recorder->ops->unpublished(g->recorder, stream);
    LIST_EACH (struct member, viewer, &g->viewers, in_group)
        viewer->ops->unpublished(viewer, stream);
}

void live_group_tell_published(struct published *stream)
{
    struct live_group *g = stream->owner->group;

    if (g->recorder)
        g->recorder->ops->published(g->recorder, stream);
    LIST_EACH (struct member, viewer, &g->viewers, in_group)
        viewer->ops->published(viewer, stream);
}

bool live_group_is_encrypted(const struct live_group *g)
{
    struct json_object *flag = NULL;

    if (g->desc->is_encrypted)
        return true;
    return g->data && json_object_object_get_ex(g->data, "encrypted", &flag) &&
           json_object_is_type(flag, json_type_boolean) && json_object_get_boolean(flag);
}

int64_t live_group_history_age_us(const struct live_group *g)
{
    int64_t age_s = g->desc->max_history_age_s;

    if (age_s == 0)
        age_s = HISTORY_AGE_DEFAULT_S;
    return age_s < 0 ? -1 : age_s * US_PER_S;
}
