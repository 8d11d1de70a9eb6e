#include "mediad/signal/session_life.h"

#include <string.h>

#include "common/log.h"
#include "common/now.h"
#include "mediad/group/moderation.h"
#include "mediad/signal/places.h"
#include "mediad/signal/session_internal.h"
#include "mediad/signal/session_output.h"

#define LINGER_S 5

void session_leave(struct client_session *s, enum leaving leaving)
{
    if (!s->member.group)
        return;
    for (const struct session_part *const *part = s->plan->parts; *part; part++) {
        if ((*part)->leave)
            (*part)->leave(s, leaving);
    }
    moderation_leave(&s->member, leaving, s->env->now_us);
    member_clear(&s->member);
    place_free(s->place);
    s->place = NULL;
    s->n_unjoined_messages = 0;
    census_unjoined(&s->env->census, &s->census, s->env->now_us);
}

static void set_reason(struct client_session *s, const char *reason)
{
    size_t len = strlen(reason);

    if (len > CLOSE_REASON_MAX) {
        len = CLOSE_REASON_MAX;
        /* back to the start of a character that does not fit whole */
        while (len > 0 && ((unsigned char)reason[len] & 0xc0) == 0x80)
            len--;
    }
    memcpy(s->close_reason, reason, len);
    s->close_reason[len] = '\0';
}

/* Its member may come back into the group that it is about to leave. */
static void keep_place(struct client_session *s)
{
    struct place *p = s->place;

    s->place = NULL;
    if (!p)
        return;
    p->features = s->member.features;
    places_keep(&s->env->places, s->env->timers, p, (size_t)env_limits(s->env)->clients,
                s->env->now_us);
}

static void detach(struct client_session *s)
{
    if (s->state == SESSION_ENDED)
        return;
    s->state = SESSION_ENDED;
    for (const struct session_part *const *part = s->plan->parts; *part; part++) {
        if ((*part)->end)
            (*part)->end(s);
    }
    session_leave(s, LEAVING_ALONE);
    timer_cancel(&s->deadline);
    timer_cancel(&s->pulse);
    timer_cancel(&s->resume_reading);
    timer_cancel(&s->drop);
}

void session_detach(struct client_session *s)
{
    if (!s->has_said_goodbye)
        keep_place(s);
    detach(s);
}

void session_peer_closes(struct client_session *s, unsigned code)
{
    s->has_said_goodbye = code == CLOSE_NORMAL;
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

void session_end_lost(struct client_session *s, unsigned code, const char *reason)
{
    keep_place(s);
    session_end(s, code, reason);
}

void session_end_for_restart(struct client_session *s)
{
    static const char text[] = "the server restarts";

    if (s->member.group)
        session_warning_about(s, "restarting", text);
    session_leave(s, LEAVING_WITH_ALL);
    session_end(s, CLOSE_SERVICE_RESTART, text);
}

void session_violation(struct client_session *s, const char *text)
{
    s->env->counters.protocol_errors++;
    session_error(s, text);
    session_end(s, CLOSE_PROTOCOL, text);
}

void session_drop_slow(struct client_session *s)
{
    struct log_ctx ctx = {.room = "signal", .client = s->member.id};

    log_info(&ctx, "dropped: %zu messages, %zu bytes were waiting for it", s->outbox.n,
             s->outbox.bytes);
    s->env->counters.dropped_slow++;
    outbox_release(&s->outbox);
    session_end_lost(s, CLOSE_POLICY, "too slow: messages were waiting for too long");
}

void session_evict(struct census_entry *victim)
{
    struct client_session *s = SESSION_OF(victim, census);

    s->env->counters.dropped_crowd++;
    s->is_evicted = true;
    session_end(s, CLOSE_POLICY, "too many connections");
}

void session_set_deadline(struct client_session *s, int64_t seconds)
{
    timer_wheel_set(s->env->timers, &s->deadline, s->env->now_us + seconds * US_PER_S);
}

bool session_has_ended(const struct client_session *s)
{
    return s->state == SESSION_ENDED;
}

unsigned session_linger_s(const struct client_session *s)
{
    return s->is_evicted ? 1 : LINGER_S;
}
