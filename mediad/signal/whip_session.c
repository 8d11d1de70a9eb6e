#include "mediad/signal/whip_session.h"

#include <stdlib.h>
#include <string.h>

#include "common/json_build.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/token.h"
#include "mediad/group/moderation.h"
#include "mediad/signal/entrance.h"
#include "mediad/signal/publish.h"
#include "mediad/signal/session_life.h"
#include "mediad/signal/stream_links.h"

struct whip_session {
    struct member member;
    struct signal_env *env;
    struct resource resource; /* once it publishes */
    struct census_entry census;
    struct entrance entrance;         /* until it is in */
    struct buf offer;                 /* same */
    struct buf secret;                /* same */
    const struct whip_waiter *waiter; /* NULL once it has heard */
    void *arg;
    struct whip_session **running; /* the waiter's */
    bool is_announced;
    struct buf answer; /* of the offer that is being published */
    const char *error; /* why that was refused */
    struct buf text;
    struct timer end; /* fires at once: ends a session that cannot be ended where it was noticed */
};

#define WHIP_OF(pointer, member) (CONTAINER_OF(pointer, struct whip_session, member))

/* ---- how it ends ---- */

/* @param leaving LEAVING_WITH_ALL: nobody was told of it yet */
static void leave(struct whip_session *s, enum leaving leaving)
{
    struct member *m = &s->member;

    if (!m->group)
        return;
    streams_forget(m, leaving != LEAVING_WITH_ALL);
    moderation_leave(m, leaving, s->env->now_us);
    member_clear(m);
}

static void session_free(struct whip_session *s)
{
    leave(s, LEAVING_ALONE);
    resource_release(&s->resource);
    census_leave(&s->env->census, &s->census);
    entrance_release(&s->entrance);
    timer_cancel(&s->end);
    buf_release(&s->offer);
    buf_wipe(&s->secret);
    buf_release(&s->answer);
    buf_release(&s->text);
    free(s->member.id);
    free(s->member.username);
    free(s->member.address);
    free(s);
}

static void end_fired(struct timer *timer, int64_t now_us)
{
    (void)now_us;
    session_free(WHIP_OF(timer, end));
}

static void end_later(struct whip_session *s)
{
    timer_wheel_set(s->env->timers, &s->end, s->env->now_us);
}

static void end_resource(struct resource *r)
{
    session_free(WHIP_OF(r, resource));
}

/* The waiter is about to hear, and can cancel no more. */
static const struct whip_waiter *take_waiter(struct whip_session *s)
{
    const struct whip_waiter *waiter = s->waiter;

    s->waiter = NULL;
    *s->running = NULL;
    return waiter;
}

/* Tell the waiter, and end. */
static void refuse(struct whip_session *s, const char *error, const char *text)
{
    take_waiter(s)->refused(s->arg, error, text);
    if (!s->is_announced)
        leave(s, LEAVING_WITH_ALL);
    session_free(s);
}

/* ---- as a member ---- */

static void hear(struct member *m, struct group_event *event)
{
    (void)m;
    (void)event;
}

static void kicked(struct member *m, const struct kick *kick)
{
    struct whip_session *s = WHIP_OF(m, member);

    s->env->counters.kicks++;
    leave(s, kick->leaving);
    end_later(s);
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
    struct whip_session *s = WHIP_OF(m, member);

    (void)id;
    buf_clear(&s->answer);
    buf_add_span(&s->answer, sdp);
    /* Its stream is offered next, and those who get it are to know whose it is. */
    live_group_announce(m->group, m);
    s->is_announced = true;
}

static void aborted(struct member *m, const char *id, const char *error, const char *text)
{
    struct whip_session *s = WHIP_OF(m, member);
    struct log_ctx ctx = {.room = "whip", .client = id};

    if (!s->waiter) {
        log_info(&ctx, "stream ended: %s", text);
        end_later(s);
        return;
    }
    s->error = error ? error : "unusable-offer";
    buf_clear(&s->text);
    buf_add_str(&s->text, text);
}

/* Its client is not asked: it ends, and may come again. */
static void renegotiate(struct member *m, const char *id)
{
    struct log_ctx ctx = {.room = "whip", .client = id};

    log_info(&ctx, "the connection failed");
    end_later(WHIP_OF(m, member));
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

/* ---- the way in ---- */

static void refused(struct entrance *e, const char *error, const char *text)
{
    refuse(WHIP_OF(e, entrance), error, text);
}

static void redirected(struct entrance *e, const char *target)
{
    struct whip_session *s = WHIP_OF(e, entrance);

    take_waiter(s)->redirected(s->arg, target);
    session_free(s);
}

/* It counts as a connection from its address, as a WebSocket does. */
static int count(struct whip_session *s)
{
    struct signal_env *env = s->env;
    struct census_entry *victim = NULL;
    int r = census_enter(&env->census, env_limits(env), &s->census, s->member.address, env->now_us,
                         &victim);

    if (victim)
        session_evict(victim);
    if (r < 0)
        return r;
    r = census_greeted(&env->census, env_limits(env), &s->census, env->now_us, &victim);
    if (victim)
        session_evict(victim);
    if (r == 0)
        census_joined(&env->census, &s->census, env->now_us);
    return r;
}

/* Publish what was offered. @return false when it was refused, with error and text */
static bool publish(struct whip_session *s)
{
    struct member *m = &s->member;
    const struct publication p = {
        .id = m->id, .label = "", .replaces = "", .sdp = buf_span(&s->offer)};
    struct error e = {0};
    char text[sizeof e.place + sizeof e.text + 4];
    int r = up_stream_check_offer(p.sdp, stream_codecs(m->group->desc), &e);

    if (r < 0) {
        s->error = r == ERR_UNSUPPORTED ? "codec" : "bad-offer";
        buf_add_str(&s->text, error_describe(&e, text, sizeof text));
        return false;
    }
    stream_publish(s->env, m, &p);
    return s->answer.len > 0;
}

static void entered(struct entrance *e)
{
    struct whip_session *s = WHIP_OF(e, entrance);
    int r = count(s);

    if (r < 0) {
        refuse(s, "too-many-connections", "too many connections from this address");
        return;
    }
    r = resource_init(&s->resource, &s->env->resources, RESOURCE_WHIP, e->group,
                      buf_span(&s->secret));
    if (r < 0) {
        refuse(s, "internal", "internal server error");
        return;
    }
    s->resource.end = end_resource;
    if (set_data(&s->member, false) < 0) {
        refuse(s, "internal", "internal server error");
        return;
    }
    if (!publish(s)) {
        refuse(s, s->error, buf_str(&s->text));
        return;
    }
    take_waiter(s)->accepted(s->arg, &s->resource, buf_span(&s->answer));
    buf_release(&s->answer);
    buf_release(&s->offer);
    buf_wipe(&s->secret);
    entrance_release(&s->entrance);
}

static const struct entrance_ops entrance_ops = {
    .refused = refused, .redirected = redirected, .entered = entered};

/* ---- the beginning ---- */

static struct whip_session *session_new(struct signal_env *env, const struct whip_request *request)
{
    struct whip_session *s = calloc(1, sizeof *s);
    const struct entrance_claim claim = {.group = request->group,
                                         .username = request->username,
                                         .password = request->password,
                                         .token = request->token};
    char id[TOKEN_NAME_SIZE];

    if (!s)
        return NULL;
    s->env = env;
    s->end.fire = end_fired;
    s->member.kind = MEMBER_WHIP;
    s->member.number = ++env->last_member;
    s->member.ops = &whip_member_ops;
    s->member.id = token_new_name(id) == 0 ? strdup(id) : NULL;
    s->member.username = strdup("");
    s->member.address = strdup(request->address);
    buf_add_span(&s->offer, request->sdp);
    buf_add_span(&s->secret, request->secret);
    if (!s->member.id || !s->member.username || !s->member.address || buf_check(&s->offer) < 0 ||
        buf_check(&s->secret) < 0 ||
        entrance_init(&s->entrance, &entrance_ops, env, &s->member, &claim) < 0) {
        session_free(s);
        return NULL;
    }
    s->entrance.needs = PERMISSION_PRESENT;
    return s;
}

void whip_session_begin(struct signal_env *env, const struct whip_request *request,
                        const struct whip_waiter *waiter, void *arg, struct whip_session **running)
{
    struct whip_session *s = NULL;

    *running = NULL;
    if (env->is_ending)
        waiter->refused(arg, "restarting", "the server restarts");
    else if (!census_has_room(&env->census, env_limits(env), request->address, env->now_us))
        waiter->refused(arg, "too-many-connections", "too many connections from this address");
    else if ((s = session_new(env, request)) == NULL)
        waiter->refused(arg, "internal", "internal server error");
    if (!s)
        return;
    s->waiter = waiter;
    s->arg = arg;
    s->running = running;
    *running = s;
    entrance_begin(&s->entrance);
}

void whip_session_cancel(struct whip_session *s)
{
    if (s)
        session_free(s);
}

/* ---- later ---- */

int whip_session_patch(struct resource *r, struct span fragment, struct buf *answer,
                       bool *is_restart, struct error *e)
{
    struct whip_session *s = WHIP_OF(r, resource);
    const struct published *stream = LIST_FIRST(&s->member.streams, struct published, in_member);
    int result;

    if (!stream)
        return error_set(e, ERR_WRONG_STATE, NULL, "the stream has ended");
    result = up_stream_fragment(up_link_of((struct published *)stream)->media, fragment, answer,
                                is_restart, e);
    if (result == 0 && *is_restart)
        result = resource_renew_etag(r);
    return result;
}
