#include "mediad/signal/whep_session.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/macros.h"
#include "mediad/signal/viewing.h"

struct whep_session {
    struct visitor visitor;
    struct stream_receiver receiver; /* which streams it would take, and what it decodes */
    char *stream;                    /* id that it asked for; NULL: none */
    char *label;                     /* of the streams that it takes; NULL: any */
    struct up_link *up;              /* that it is sent; NULL: it waits */
    struct player_stream *media;
};

#define WHEP_OF(pointer, member) (CONTAINER_OF(pointer, struct whep_session, member))

static struct whep_session *session_of(const struct member *m)
{
    return WHEP_OF((struct member *)m, visitor.member);
}

static struct log_ctx log_of(const struct whep_session *s)
{
    const struct member *m = &s->visitor.member;

    return (struct log_ctx){
        .room = "whep", .group = m->group ? m->group->name : NULL, .client = m->id};
}

/* ---- what it is sent ---- */

/* Its publishers are to choose what it decodes, as for members. */
static void note_abilities(struct whep_session *s)
{
    s->receiver.abilities.offered = player_stream_can(s->media);
}

/* Its player will not offer anything else: it is to come again, and gets what there is then. */
static void play(struct whep_session *s, struct up_link *up)
{
    struct log_ctx ctx = log_of(s);
    struct error e = {0};

    s->up = up;
    if (player_stream_play(s->media, up ? up->media : NULL, &e) < 0) {
        log_info(&ctx, "ended: %s", e.text);
        visitor_end_later(&s->visitor);
        return;
    }
    note_abilities(s);
}

static void published(struct member *m, struct published *stream)
{
    struct whep_session *s = session_of(m);
    struct up_link *up = up_link_of(stream);

    if (up == s->up || (!s->up && (!s->label || strcmp(s->label, up->label) == 0)))
        play(s, up);
}

static void unpublished(struct member *m, struct published *stream)
{
    struct whep_session *s = session_of(m);
    const struct up_link *up = up_link_of(stream);
    const struct viewing_before before = {stream->owner, up->label};

    if (up == s->up)
        play(s, viewing_choose(m->group, s->label, &before, s->media));
}

/* ---- how it ends ---- */

static void kicked(struct member *m, const struct kick *kick)
{
    struct whep_session *s = session_of(m);
    struct log_ctx ctx = log_of(s);

    log_info(&ctx, "ended: %s", *kick->text != '\0' ? kick->text : "kicked out");
    visitor_leave(&s->visitor, kick->leaving);
    visitor_end_later(&s->visitor);
}

static void closed(struct member *m, const char *id, const char *why)
{
    struct whep_session *s = session_of(m);
    struct log_ctx ctx = log_of(s);

    (void)id;
    log_info(&ctx, "ended: %s", why);
    visitor_end_later(&s->visitor);
}

static const struct member_ops viewer_ops = {
    .kicked = kicked, .closed = closed, .published = published, .unpublished = unpublished};

static void leave(struct visitor *v, enum leaving leaving)
{
    struct whep_session *s = WHEP_OF(v, visitor);

    (void)leaving;
    s->up = NULL;
    player_stream_free(s->media);
    s->media = NULL;
    request_table_release(&s->receiver.request);
}

static void session_free(struct visitor *v)
{
    struct whep_session *s = WHEP_OF(v, visitor);

    player_stream_free(s->media);
    request_table_release(&s->receiver.request);
    free(s->stream);
    free(s->label);
    free(s);
}

/* ---- the beginning ---- */

static bool refuse(struct visitor_answer *out, const char *error, const char *text)
{
    out->error = error;
    buf_add_str(&out->text, text);
    return false;
}

/* From here on it is any stream of the same label. */
static bool find_named(struct whep_session *s, struct visitor_answer *out)
{
    const struct live_group *g = s->visitor.member.group;
    struct published *stream = name_index_find(&g->streams_by_id, s->stream);

    if (!stream)
        return refuse(out, "no-such-stream", "there is no such stream in the group");
    s->up = up_link_of(stream);
    s->label = strdup(s->up->label);
    return s->label || refuse(out, "busy", "the server is out of memory");
}

/* What it would take, as members say it by `request`. */
static bool request(struct whep_session *s, struct visitor_answer *out)
{
    int r = request_table_set_one(&s->receiver.request, s->label ? s->label : "",
                                  WISH_AUDIO | WISH_VIDEO);

    return r == 0 || refuse(out, "busy", "the server is out of memory");
}

static const char *error_of(int r)
{
    switch (r) {
    case ERR_UNSUPPORTED:
        return "codec";
    case ERR_NO_MEMORY:
    case ERR_CRYPTO:
        return "busy";
    case ERR_INVALID:
        return "unusable-offer";
    default:
        return "bad-offer";
    }
}

static bool answer(struct whep_session *s, struct span offer, struct visitor_answer *out)
{
    struct member *m = &s->visitor.member;
    const struct stream_names names = {
        .group = m->group->name, .client = m->id, .stream = m->id, .client_id = m->number};
    struct error e = {0};
    char text[sizeof e.place + sizeof e.text + 4];
    int r = player_stream_new(&s->media, s->visitor.env->media, &names, m);

    if (r == 0)
        r = player_stream_offer(s->media, offer, s->up ? s->up->media : NULL,
                                stream_codecs(m->group->desc), &out->sdp, &e);
    if (r < 0)
        return refuse(out, error_of(r), error_describe(&e, text, sizeof text));
    m->receiver = &s->receiver;
    note_abilities(s);
    return true;
}

static bool start(struct visitor *v, struct span offer, struct visitor_answer *out)
{
    struct whep_session *s = WHEP_OF(v, visitor);

    if (live_group_is_encrypted(v->member.group))
        return refuse(out, "encrypted",
                      "this group is encrypted end to end, and a player has no key: watch on the "
                      "group's page");
    if (!s->stream)
        s->up = viewing_choose(v->member.group, s->label, NULL, NULL);
    else if (!find_named(s, out))
        return false;
    return request(s, out) && answer(s, offer, out);
}

static const struct visitor_ops whep_ops = {.resource = RESOURCE_WHEP,
                                            .member = MEMBER_VIEWER,
                                            .member_ops = &viewer_ops,
                                            .start = start,
                                            .leave = leave,
                                            .free = session_free};

/* @return false when out of memory */
static bool keep_wish(struct whep_session *s, const struct whep_wish *wish)
{
    if (wish->stream)
        return (s->stream = strdup(wish->stream)) != NULL;
    return !wish->label || (s->label = strdup(wish->label)) != NULL;
}

void whep_session_begin(struct signal_env *env, const struct visitor_request *request,
                        const struct whep_wish *wish, const struct visitor_waiter *waiter,
                        void *arg, struct visitor **running)
{
    struct whep_session *s = calloc(1, sizeof *s);

    if (s && !keep_wish(s, wish)) {
        free(s);
        s = NULL;
    }
    visitor_begin(s ? &s->visitor : NULL, &whep_ops, env, request, waiter, arg, running);
}

/* ---- later ---- */

int whep_session_patch(struct resource *r, struct span fragment, struct buf *answer,
                       bool *is_restart, struct error *e)
{
    struct whep_session *s = WHEP_OF(r, visitor.resource);
    int result;

    if (!s->media)
        return error_set(e, ERR_WRONG_STATE, NULL, "the session has ended");
    result = player_stream_fragment(s->media, fragment, answer, is_restart, e);
    if (result == 0 && *is_restart)
        result = resource_renew_etag(r);
    return result;
}
