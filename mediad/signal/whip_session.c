#include "mediad/signal/whip_session.h"

#include <stdlib.h>
#include <string.h>

#include "common/json_build.h"
#include "common/log.h"
#include "common/macros.h"
#include "mediad/signal/publish.h"
#include "mediad/signal/stream_links.h"

struct whip_session {
    struct visitor visitor;
    struct visitor_answer *answer; /* of the offer that is being published; NULL: none is */
};

#define WHIP_OF(pointer, member) (CONTAINER_OF(pointer, struct whip_session, member))

/* ---- as a member ---- */

static void hear(struct member *m, struct group_event *event)
{
    (void)m;
    (void)event;
}

static void kicked(struct member *m, const struct kick *kick)
{
    struct whip_session *s = WHIP_OF(m, visitor.member);

    s->visitor.env->counters.kicks++;
    visitor_leave(&s->visitor, kick->leaving);
    visitor_end_later(&s->visitor);
}

static void permissions_changed(struct member *m, unsigned before)
{
    if ((before & PERMISSION_PRESENT) && !(m->permissions.bits & PERMISSION_PRESENT))
        streams_revoke(m, "permission denied");
}

/* What its page would say of itself, if it had one. */
static int set_data(struct member *m, bool is_muted)
{
    struct json_object *data = json_object_new_object();

    if (!data || !json_build_set(data, "program", json_object_new_boolean(true)) ||
        (is_muted && !json_build_set(data, "muted", json_object_new_boolean(true)))) {
        json_object_put(data);
        return ERR_NO_MEMORY;
    }
    json_object_put(m->data);
    m->data = data;
    member_touch(m);
    return 0;
}

static void mute(struct member *m, bool is_muted)
{
    struct group_event event = {.kind = EVENT_USER_CHANGE, .subject = m};
    struct log_ctx ctx = {.room = "whip", .client = m->id};
    int r = 0;

    LIST_EACH (struct published, stream, &m->streams, in_member) {
        if (r == 0)
            r = up_stream_mute(up_link_of(stream)->media, is_muted);
    }
    if (r == 0)
        r = set_data(m, is_muted);
    if (r < 0)
        log_warn(&ctx, "not muted: %s", err_text(r));
    else
        live_group_tell(m->group, &event, NULL);
}

static void answer(struct member *m, const char *id, struct span sdp)
{
    struct whip_session *s = WHIP_OF(m, visitor.member);

    (void)id;
    buf_add_span(&s->answer->sdp, sdp);
    /* Its stream is offered next, and those who get it are to know whose it is. */
    live_group_announce(m->group, m);
    s->visitor.is_announced = true;
}

static void aborted(struct member *m, const char *id, const char *error, const char *text)
{
    struct whip_session *s = WHIP_OF(m, visitor.member);
    struct log_ctx ctx = {.room = "whip", .client = id};

    if (!s->answer) {
        log_info(&ctx, "stream ended: %s", text);
        visitor_end_later(&s->visitor);
        return;
    }
    s->answer->error = error ? error : "unusable-offer";
    buf_add_str(&s->answer->text, text);
}

/* Its client is not asked: it ends, and may come again. */
static void renegotiate(struct member *m, const char *id)
{
    struct log_ctx ctx = {.room = "whip", .client = id};

    log_info(&ctx, "the connection failed");
    visitor_end_later(&WHIP_OF(m, visitor.member)->visitor);
}

static void warned(struct member *m, const char *text)
{
    struct log_ctx ctx = {.room = "whip", .client = m->id};

    log_info(&ctx, "%s", text);
}

static const struct member_ops whip_member_ops = {.hear = hear,
                                                  .kicked = kicked,
                                                  .permissions_changed = permissions_changed,
                                                  .mute = mute,
                                                  .answer = answer,
                                                  .aborted = aborted,
                                                  .renegotiate = renegotiate,
                                                  .warned = warned};

/* ---- as a visitor ---- */

static bool start(struct visitor *v, struct span offer, struct visitor_answer *out)
{
    struct whip_session *s = WHIP_OF(v, visitor);
    struct member *m = &v->member;
    const struct publication p = {.id = m->id, .label = "", .replaces = "", .sdp = offer};
    struct error e = {0};
    char text[sizeof e.place + sizeof e.text + 4];
    int r;

    if (live_group_is_encrypted(m->group)) {
        out->error = "encrypted";
        buf_add_str(&out->text, "this group is encrypted end to end, and WHIP has no key: publish "
                                "from the group's page");
        return false;
    }
    r = up_stream_check_offer(offer, stream_codecs(m->group->desc), &e);
    if (r < 0) {
        out->error = r == ERR_UNSUPPORTED ? "codec" : "bad-offer";
        buf_add_str(&out->text, error_describe(&e, text, sizeof text));
        return false;
    }
    if (set_data(m, false) < 0) {
        out->error = "internal";
        buf_add_str(&out->text, "internal server error");
        return false;
    }
    s->answer = out;
    stream_publish(v->env, m, &p);
    s->answer = NULL;
    return out->sdp.len > 0;
}

static void leave(struct visitor *v, enum leaving leaving)
{
    streams_forget(&v->member, leaving != LEAVING_WITH_ALL);
}

static void session_free(struct visitor *v)
{
    free(WHIP_OF(v, visitor));
}

static const struct visitor_ops whip_ops = {.resource = RESOURCE_WHIP,
                                            .member = MEMBER_WHIP,
                                            .needs = PERMISSION_PRESENT,
                                            .member_ops = &whip_member_ops,
                                            .start = start,
                                            .leave = leave,
                                            .free = session_free};

void whip_session_begin(struct signal_env *env, const struct visitor_request *request,
                        const struct visitor_waiter *waiter, void *arg, struct visitor **running)
{
    struct whip_session *s = calloc(1, sizeof *s);

    visitor_begin(s ? &s->visitor : NULL, &whip_ops, env, request, waiter, arg, running);
}

/* ---- later ---- */

int whip_session_patch(struct resource *r, struct span fragment, struct buf *answer,
                       bool *is_restart, struct error *e)
{
    struct whip_session *s = WHIP_OF(r, visitor.resource);
    const struct published *stream =
        LIST_FIRST(&s->visitor.member.streams, struct published, in_member);
    int result;

    if (!stream)
        return error_set(e, ERR_WRONG_STATE, NULL, "the stream has ended");
    result = up_stream_fragment(up_link_of((struct published *)stream)->media, fragment, answer,
                                is_restart, e);
    if (result == 0 && *is_restart)
        result = resource_renew_etag(r);
    return result;
}
