#include "mediad/signal/client_session.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/now.h"
#include "mediad/group/moderation.h"
#include "mediad/signal/session_internal.h"

#define PULSE_US (10 * US_PER_S)
#define PING_AFTER_US (20 * US_PER_S)
#define SILENT_AFTER_US (45 * US_PER_S)
#define LINGER_S 5

/* ---- the end ---- */

void session_leave(struct client_session *s, enum leaving leaving)
{
    if (!s->member.group)
        return;
    stream_forget_all(s, leaving != LEAVING_WITH_ALL);
    moderation_leave(&s->member, leaving, s->env->now_us);
    member_clear(&s->member);
    request_table_release(&s->request);
    s->resume[0] = '\0';
    s->n_unjoined_messages = 0;
    census_unjoined(&s->env->census, &s->census, s->env->now_us);
}

static void set_reason(struct client_session *s, const char *reason)
{
    size_t len = strlen(reason);

    if (len > CLOSE_REASON_MAX) {
        len = CLOSE_REASON_MAX;
        /* back to the start of a character that does not fit whole (R12) */
        while (len > 0 && ((unsigned char)reason[len] & 0xc0) == 0x80)
            len--;
    }
    memcpy(s->close_reason, reason, len);
    s->close_reason[len] = '\0';
}

/* Everything that others know of the session. */
static void detach(struct client_session *s)
{
    s->state = SESSION_ENDED;
    join_cancel(s);
    token_cancel(s);
    session_leave(s, LEAVING_ALONE);
    timer_cancel(&s->deadline);
    timer_cancel(&s->pulse);
    timer_cancel(&s->resume_reading);
    timer_cancel(&s->drop);
    session_forget_held(s);
}

void session_end(struct client_session *s, unsigned code, const char *reason)
{
    struct log_ctx ctx = {.room = "signal", .client = s->member.id};

    if (s->state == SESSION_ENDED)
        return;
    s->close_code = code;
    set_reason(s, reason);
    log_debug(&ctx, "closing %u %s", code, s->close_reason);
    detach(s);
    s->transport->ended(s->connection);
}

void session_evict(struct census_entry *victim)
{
    struct client_session *s = SESSION_OF(victim, census);

    s->env->counters.dropped_crowd++;
    s->is_evicted = true;
    session_end(s, CLOSE_POLICY, "too many connections");
}

unsigned session_linger_s(const struct client_session *s)
{
    return s->is_evicted ? 1 : LINGER_S;
}

void session_violation(struct client_session *s, const char *text)
{
    s->env->counters.protocol_errors++;
    session_error(s, text);
    session_end(s, CLOSE_PROTOCOL, text);
}

void session_end_for_restart(struct client_session *s)
{
    static const char text[] = "the server restarts";

    if (s->member.group)
        session_warning_about(s, "restarting", text);
    session_leave(s, LEAVING_WITH_ALL);
    session_end(s, CLOSE_SERVICE_RESTART, text);
}

/* It does not take what is sent to it: nothing queued would reach it in time either. */
static void drop_slow(struct client_session *s)
{
    struct log_ctx ctx = {.room = "signal", .client = s->member.id};

    log_info(&ctx, "dropped: %zu messages, %zu bytes were waiting for it", s->outbox.n,
             s->outbox.bytes);
    s->env->counters.dropped_slow++;
    outbox_release(&s->outbox);
    session_end(s, CLOSE_POLICY, "too slow: messages were waiting for too long");
}

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
    drop_slow(SESSION_OF(timer, drop));
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
        session_send_change(s);
}

static void pulse_fired(struct timer *timer, int64_t now_us)
{
    struct client_session *s = SESSION_OF(timer, pulse);
    int64_t silent_us = now_us - s->heard_us;

    if (s->outbox.n > 0 && now_us - s->outbox.moved_us > env_limits(s->env)->stall_s * US_PER_S) {
        drop_slow(s);
        return;
    }
    if (silent_us > SILENT_AFTER_US && s->hold == 0) {
        s->env->counters.dropped_silent++;
        session_end(s, CLOSE_INTERNAL, "nothing was heard for too long");
        return;
    }
    if (silent_us > PING_AFTER_US && s->state == SESSION_READY)
        session_send(s, message_write_plain("ping", NULL));
    renew_credentials(s);
    timer_wheel_set(s->env->timers, &s->pulse, now_us + PULSE_US);
}

void session_set_deadline(struct client_session *s, int64_t seconds)
{
    timer_wheel_set(s->env->timers, &s->deadline, s->env->now_us + seconds * US_PER_S);
}

/* ---- birth and death ---- */

int session_new(struct client_session **out, struct signal_env *env,
                const struct transport *transport, void *connection, const char *address)
{
    struct client_session *s = calloc(1, sizeof *s);
    struct census_entry *victim = NULL;
    int r;

    if (!s)
        return ERR_NO_MEMORY;
    s->env = env;
    s->transport = transport;
    s->number = ++env->last_session;
    s->connection = connection;
    s->held_end = &s->held;
    s->heard_us = env->now_us;
    s->member.kind = MEMBER_CLIENT;
    s->member.ops = &session_member_ops;
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

void session_free(struct client_session *s)
{
    if (!s)
        return;
    if (s->state != SESSION_ENDED)
        detach(s);
    census_leave(&s->env->census, &s->census);
    outbox_release(&s->outbox);
    free(s->member.id);
    free(s->member.username);
    free(s->member.address);
    free(s);
}
