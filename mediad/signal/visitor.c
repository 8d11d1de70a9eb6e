#include "mediad/signal/visitor.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "common/token.h"
#include "mediad/group/moderation.h"
#include "mediad/signal/session_life.h"

#define VISITOR_OF(pointer, member) (CONTAINER_OF(pointer, struct visitor, member))

/* ---- the end ---- */

void visitor_leave(struct visitor *v, enum leaving leaving)
{
    if (!v->member.group)
        return;
    v->ops->leave(v, leaving);
    moderation_leave(&v->member, leaving, v->env->now_us);
    member_clear(&v->member);
}

void visitor_free(struct visitor *v)
{
    /* of whom nobody has heard nobody need hear again */
    visitor_leave(v, v->is_announced ? LEAVING_ALONE : LEAVING_WITH_ALL);
    resource_release(&v->resource);
    census_leave(&v->env->census, &v->census);
    entrance_release(&v->entrance);
    timer_cancel(&v->end);
    buf_release(&v->offer);
    buf_wipe(&v->secret);
    free(v->member.id);
    free(v->member.username);
    free(v->member.address);
    v->ops->free(v);
}

static void end_fired(struct timer *timer, int64_t now_us)
{
    (void)now_us;
    visitor_free(VISITOR_OF(timer, end));
}

void visitor_end_later(struct visitor *v)
{
    timer_wheel_set(v->env->timers, &v->end, v->env->now_us);
}

static void end_resource(struct resource *r)
{
    visitor_free(VISITOR_OF(r, resource));
}

/* ---- the way in ---- */

/* The waiter is about to hear, and can cancel no more. */
static const struct visitor_waiter *detach_waiter(struct visitor *v)
{
    const struct visitor_waiter *waiter = v->waiter;

    v->waiter = NULL;
    *v->running = NULL;
    return waiter;
}

static void refuse(struct visitor *v, const char *error, const char *text)
{
    detach_waiter(v)->refused(v->arg, error, text);
    visitor_free(v);
}

static void refused(struct entrance *e, const char *error, const char *text)
{
    refuse(VISITOR_OF(e, entrance), error, text);
}

static void redirected(struct entrance *e, const char *target)
{
    struct visitor *v = VISITOR_OF(e, entrance);

    detach_waiter(v)->redirected(v->arg, target);
    visitor_free(v);
}

/* It counts as a connection from its address, as a WebSocket does. */
static int count(struct visitor *v)
{
    struct signal_env *env = v->env;
    struct census_entry *victim = NULL;
    int r = census_enter(&env->census, env_limits(env), &v->census, v->member.address, env->now_us,
                         &victim);

    if (victim)
        session_evict(victim);
    if (r < 0)
        return r;
    r = census_greeted(&env->census, env_limits(env), &v->census, env->now_us, &victim);
    if (victim)
        session_evict(victim);
    if (r == 0)
        census_joined(&env->census, &v->census, env->now_us);
    return r;
}

static void start(struct visitor *v)
{
    struct visitor_answer answer = {0};

    if (v->ops->start(v, buf_span(&v->offer), &answer)) {
        detach_waiter(v)->accepted(v->arg, &v->resource, buf_span(&answer.sdp));
        buf_release(&v->offer);
        buf_wipe(&v->secret);
        entrance_release(&v->entrance);
    } else {
        refuse(v, answer.error, buf_str(&answer.text));
    }
    buf_release(&answer.sdp);
    buf_release(&answer.text);
}

static void entered(struct entrance *e)
{
    struct visitor *v = VISITOR_OF(e, entrance);
    int r = count(v);

    if (r < 0) {
        refuse(v, "too-many-connections", "too many connections from this address");
        return;
    }
    r = resource_init(&v->resource, &v->env->resources, v->ops->resource, e->group,
                      buf_span(&v->secret));
    if (r < 0) {
        refuse(v, "internal", "internal server error");
        return;
    }
    v->resource.end = end_resource;
    start(v);
}

static const struct entrance_ops entrance_ops = {
    .refused = refused, .redirected = redirected, .entered = entered};

/* ---- the beginning ---- */

static int init(struct visitor *v, const struct visitor_ops *ops, struct signal_env *env,
                const struct visitor_request *request)
{
    const struct entrance_claim claim = {.group = request->group,
                                         .username = request->username,
                                         .password = request->password,
                                         .token = request->token};
    char id[TOKEN_NAME_SIZE];

    v->env = env;
    v->ops = ops;
    v->end.fire = end_fired;
    v->member.kind = ops->member;
    v->member.number = ++env->last_member;
    v->member.ops = ops->member_ops;
    v->member.id = token_new_name(id) == 0 ? strdup(id) : NULL;
    v->member.username = strdup("");
    v->member.address = strdup(request->address);
    buf_add_span(&v->offer, request->sdp);
    buf_add_span(&v->secret, request->secret);
    if (!v->member.id || !v->member.username || !v->member.address || buf_check(&v->offer) < 0 ||
        buf_check(&v->secret) < 0 ||
        entrance_init(&v->entrance, &entrance_ops, env, &v->member, &claim) < 0)
        return ERR_NO_MEMORY;
    v->entrance.needs = ops->needs;
    return 0;
}

void visitor_begin(struct visitor *v, const struct visitor_ops *ops, struct signal_env *env,
                   const struct visitor_request *request, const struct visitor_waiter *waiter,
                   void *arg, struct visitor **running)
{
    *running = NULL;
    if (!v) {
        waiter->refused(arg, "internal", "internal server error");
        return;
    }
    v->waiter = waiter;
    v->arg = arg;
    v->running = running;
    *running = v;
    if (init(v, ops, env, request) < 0)
        refuse(v, "internal", "internal server error");
    else if (env->is_ending)
        refuse(v, "restarting", "the server restarts");
    else if (!census_has_room(&env->census, env_limits(env), request->address, env->now_us))
        refuse(v, "too-many-connections", "too many connections from this address");
    else
        entrance_begin(&v->entrance);
}

void visitor_cancel(struct visitor *v)
{
    if (v)
        visitor_free(v);
}
