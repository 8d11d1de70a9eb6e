#include "mediad/signal/publish.h"

#include <string.h>

#include "mediad/signal/speaking.h"
#include "mediad/signal/stream_links.h"

static void refuse(struct member *m, const struct publication *p, const char *error,
                   const char *text)
{
    m->ops->aborted(m, p->id, error, text);
}

static void refuse_for(struct member *m, const struct publication *p, int r, const struct error *e)
{
    char text[sizeof e->place + sizeof e->text + 4];

    refuse(m, p, NULL, e->code != 0 ? error_describe(e, text, sizeof text) : err_text(r));
}

/* The stream that the new one replaces; NULL. */
static struct up_link *find_replaced(const struct member *m, const struct publication *p)
{
    return *p->replaces != '\0' ? up_link_find(m, p->replaces) : NULL;
}

/* @return false when it was refused */
static bool may_publish(struct signal_env *env, struct member *m, const struct publication *p)
{
    struct up_link *old;

    if (!m->group) {
        refuse(m, p, NULL, "join a group first");
        return false;
    }
    if (!member_may(m, PERMISSION_PRESENT)) {
        old = find_replaced(m, p);
        if (old)
            up_link_free(old, true);
        refuse(m, p, "not-permitted", "not authorised");
        return false;
    }
    if (up_link_find(m, p->id))
        return true;
    if (strlen(p->id) > STREAM_ID_MAX || strlen(p->label) > STREAM_ID_MAX) {
        refuse(m, p, NULL, "the stream's id or label is too long");
        return false;
    }
    if (name_index_find(&m->group->streams_by_id, p->id)) {
        refuse(m, p, "duplicate-stream", "this stream id is already in the group");
        return false;
    }
    if ((int64_t)m->n_streams >= env_limits(env)->streams_per_member) {
        refuse(m, p, "too-many-streams", "too many streams");
        return false;
    }
    return true;
}

/* @return false when it was refused; the link is as before */
static bool negotiate(struct up_link *up, const struct publication *p)
{
    struct member *m = up_link_owner(up);
    struct media_abilities unused = {0};
    struct buf answer = {0};
    struct error e = {0};
    int r = up_stream_offer(up->media, p->sdp, up_link_receivers_can(up),
                            live_group_is_encrypted(m->group),
                            m->receiver ? &m->receiver->abilities : &unused, &answer, &e);

    if (r == 0)
        r = buf_check(&answer);
    if (r == 0) {
        up_link_note_tracks(up);
        m->ops->answer(m, p->id, buf_span(&answer));
        if (~up->demand & up_link_videos(up))
            up_link_tell_layers(up); /* by rid, and these may be others now */
    } else {
        refuse_for(m, p, r, &e);
    }
    buf_release(&answer);
    return r == 0;
}

static void publish_new(struct signal_env *env, struct member *m, const struct publication *p)
{
    struct up_link *up, *old = find_replaced(m, p);
    struct error none = {0};
    int r = up_link_new(&up, env, m, p->id, p->label);

    if (r < 0) {
        if (old)
            up_link_free(old, true);
        refuse_for(m, p, r, &none);
    } else if (!negotiate(up, p)) {
        up_link_free(up, false);
        if (old)
            up_link_free(old, true);
    } else if (old) {
        speaking_published(env, m->group);
        stream_replace(up, old);
    } else {
        speaking_published(env, m->group);
        stream_evaluate_all(up);
    }
}

void stream_publish(struct signal_env *env, struct member *m, const struct publication *p)
{
    struct up_link *up;

    if (!may_publish(env, m, p))
        return;
    up = up_link_find(m, p->id);
    if (!up) {
        publish_new(env, m, p);
    } else if (negotiate(up, p)) {
        speaking_published(env, m->group);
        stream_evaluate_all(up);
    }
}
