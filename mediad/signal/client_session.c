#include "mediad/signal/client_session.h"

#include <stdlib.h>
#include <string.h>

#include "common/now.h"
#include "mediad/signal/dispatch.h"
#include "mediad/signal/greeting.h"
#include "mediad/signal/join.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/session_inbox.h"
#include "mediad/signal/session_internal.h"
#include "mediad/signal/session_life.h"
#include "mediad/signal/session_member.h"
#include "mediad/signal/session_output.h"
#include "mediad/signal/streams.h"
#include "mediad/signal/tokens.h"

#define PULSE_US (10 * US_PER_S)
#define PING_AFTER_US (20 * US_PER_S)
#define SILENT_AFTER_US (45 * US_PER_S)

static const struct session_part *const parts[] = {&join_part, &token_part, &stream_part,
                                                   &inbox_part, NULL};

static const struct session_plan plan = {.handle = session_dispatch, .parts = parts};

/* ---- timers ---- */

static void deadline_fired(struct timer *timer, int64_t now_us)
{
    struct client_session *s = SESSION_OF(timer, deadline);

    (void)now_us;
    if (s->state == SESSION_NEW)
        session_end(s, CLOSE_PROTOCOL, "you must handshake first");
    else if (!s->member.group)
        session_end(s, CLOSE_POLICY, "no group was joined in time");
}

static void drop_fired(struct timer *timer, int64_t now_us)
{
    (void)now_us;
    session_drop_slow(SESSION_OF(timer, drop));
}

static void resume_reading_fired(struct timer *timer, int64_t now_us)
{
    (void)now_us;
    session_release(SESSION_OF(timer, resume_reading), HOLD_RATE);
}

static void renew_credentials(struct client_session *s)
{
    int64_t after_us = ice_servers_renew_after_us(s->env->ice);

    if (s->member.group && after_us != INT64_MAX && s->env->now_us - s->rtc_sent_us > after_us)
        session_send_change(s, NULL);
}

static void pulse_fired(struct timer *timer, int64_t now_us)
{
    struct client_session *s = SESSION_OF(timer, pulse);
    int64_t silent_us = now_us - s->heard_us;

    if (s->outbox.n > 0 && now_us - s->outbox.moved_us > env_limits(s->env)->stall_s * US_PER_S) {
        session_drop_slow(s);
        return;
    }
    if (silent_us > SILENT_AFTER_US && s->hold == 0) {
        s->env->counters.dropped_silent++;
        session_end_lost(s, CLOSE_INTERNAL, "nothing was heard for too long");
        return;
    }
    if (silent_us > PING_AFTER_US && s->state == SESSION_READY)
        session_send(s, message_write_plain("ping", NULL));
    renew_credentials(s);
    timer_wheel_set(s->env->timers, &s->pulse, now_us + PULSE_US);
}

/* ---- birth and death ---- */

int client_session_new(struct client_session **out, struct signal_env *env,
                       const struct transport *transport, void *connection, const char *address)
{
    struct client_session *s = calloc(1, sizeof *s);
    struct census_entry *victim = NULL;
    int r;

    if (!s)
        return ERR_NO_MEMORY;
    s->env = env;
    s->transport = transport;
    s->connection = connection;
    s->plan = &plan;
    s->heard_us = env->now_us;
    s->member.kind = MEMBER_CLIENT;
    s->member.number = ++env->last_member;
    s->member.ops = &session_member_ops;
    s->member.receiver = &s->receiver;
    s->member.id = strdup("");
    s->member.username = strdup("");
    s->member.address = strdup(address);
    s->deadline.fire = deadline_fired;
    s->pulse.fire = pulse_fired;
    s->resume_reading.fire = resume_reading_fired;
    s->drop.fire = drop_fired;
    if (!s->member.id || !s->member.username || !s->member.address)
        r = ERR_NO_MEMORY;
    else
        r = census_enter(&env->census, env_limits(env), &s->census, address, env->now_us, &victim);
    if (r < 0) {
        free(s->member.id);
        free(s->member.username);
        free(s->member.address);
        free(s);
        return r;
    }
    if (victim)
        session_evict(victim);
    env->counters.connections++;
    session_set_deadline(s, env_limits(env)->handshake_s);
    timer_wheel_set(env->timers, &s->pulse, env->now_us + PULSE_US);
    *out = s;
    return 0;
}

void client_session_free(struct client_session *s)
{
    if (!s)
        return;
    session_detach(s);
    census_leave(&s->env->census, &s->census);
    outbox_release(&s->outbox);
    free(s->member.id);
    free(s->member.username);
    free(s->member.address);
    free(s);
}
