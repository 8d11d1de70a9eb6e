#include "mediad/signal/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "mediad/signal/actions.h"
#include "mediad/signal/chat.h"
#include "mediad/signal/join.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/session_inbox.h"
#include "mediad/signal/session_internal.h"
#include "mediad/signal/session_life.h"
#include "mediad/signal/session_output.h"
#include "mediad/signal/streams.h"

static const char unknown_version[] =
    "This client is using an unknown protocol version.\n"
    "Perhaps it needs upgrading?\nTrying to continue, things may break.";

static void handle_handshake(struct client_session *s, const struct message *m)
{
    struct census_entry *victim;
    char *id;

    if (census_greeted(&s->env->census, env_limits(s->env), &s->census, s->env->now_us, &victim) <
        0) {
        session_end(s, CLOSE_POLICY, "too many connections");
        return;
    }
    if (victim)
        session_evict(victim);
    id = strdup(m->id);
    if (!id) {
        session_end(s, CLOSE_INTERNAL, "out of memory");
        return;
    }
    free(s->member.id);
    s->member.id = id;
    s->state = SESSION_READY;
    session_set_deadline(s, env_limits(s->env)->join_s);
    session_send(s, message_write_handshake());
    if (!m->speaks_version_2)
        session_warning(s, unknown_version);
}

static void handle_ping(struct client_session *s, const struct message *m)
{
    (void)m;
    session_send(s, message_write_plain("pong", NULL));
}

static void handle_pong(struct client_session *s, const struct message *m)
{
    (void)s;
    (void)m;
}

static void handle_unexpected(struct client_session *s, const struct message *m)
{
    (void)m;
    session_violation(s, "unexpected message");
}

static void handle_join(struct client_session *s, const struct message *m)
{
    if (!s->member.group)
        session_set_deadline(s, env_limits(s->env)->join_s);
    join_handle(s, m);
}

static void (*const handlers[MESSAGE_TYPES])(struct client_session *, const struct message *) = {
    [MESSAGE_UNKNOWN] = handle_unexpected,
    [MESSAGE_HANDSHAKE] = handle_unexpected,
    [MESSAGE_PING] = handle_ping,
    [MESSAGE_PONG] = handle_pong,
    [MESSAGE_JOIN] = handle_join,
    [MESSAGE_OFFER] = stream_handle_offer,
    [MESSAGE_ANSWER] = stream_handle_answer,
    [MESSAGE_ICE] = stream_handle_ice,
    [MESSAGE_RENEGOTIATE] = stream_handle_renegotiate,
    [MESSAGE_CLOSE] = stream_handle_close,
    [MESSAGE_ABORT] = stream_handle_abort,
    [MESSAGE_REQUEST] = stream_handle_request,
    [MESSAGE_REQUEST_STREAM] = stream_handle_request_stream,
    [MESSAGE_KEYFRAME] = stream_handle_keyframe,
    [MESSAGE_CHAT] = chat_handle,
    [MESSAGE_USERMESSAGE] = chat_handle,
    [MESSAGE_USERACTION] = useraction_handle,
    [MESSAGE_GROUPACTION] = groupaction_handle,
};

/* @return false when the session has ended for it */
static bool check_identity(struct client_session *s, const struct message *m)
{
    if (*m->source != '\0' && strcmp(m->source, s->member.id) != 0) {
        session_violation(s, "spoofed client id");
        return false;
    }
    if (m->type != MESSAGE_JOIN && m->username && strcmp(m->username, s->member.username) != 0) {
        session_violation(s, "spoofed username");
        return false;
    }
    return true;
}

static void dispatch(struct client_session *s, const struct message *m)
{
    if (s->state == SESSION_NEW) {
        if (m->type == MESSAGE_HANDSHAKE)
            handle_handshake(s, m);
        else
            session_end(s, CLOSE_PROTOCOL, "you must handshake first");
        return;
    }
    if (check_identity(s, m))
        handlers[m->type](s, m);
}

/* A fault of one field, or one that is too long, costs that message; text that is no JSON costs the
 * connection. */
static void not_understood(struct client_session *s, int r, const struct error *e)
{
    char described[sizeof e->place + sizeof e->text + 4], text[sizeof described + 32];

    if (s->state == SESSION_NEW) {
        session_end(s, CLOSE_PROTOCOL, "you must handshake first");
    } else if (r == ERR_INVALID || r == ERR_TOO_LARGE) {
        session_error_in(s, "bad message", e);
    } else {
        snprintf(text, sizeof text, "bad message: %s",
                 error_describe(e, described, sizeof described));
        session_end(s, CLOSE_INTERNAL, text);
    }
}

static unsigned weight_percent(enum message_type type)
{
    /* Candidates come in dozens for each stream and cost next to nothing. */
    return type == MESSAGE_ICE ? 25 : 100;
}

static bool go_slower(struct client_session *s, enum rate_verdict verdict, int64_t pause_us)
{
    if (verdict == RATE_OK)
        return true;
    if (verdict == RATE_END) {
        s->env->counters.dropped_rate++;
        session_error(s, "too many messages");
        session_end(s, CLOSE_POLICY, "too many messages");
        return false;
    }
    if (verdict == RATE_WARN)
        session_warning(s, "you are sending too many messages");
    session_hold(s, HOLD_RATE);
    timer_wheel_set(s->env->timers, &s->resume_reading, s->env->now_us + pause_us);
    return true;
}

/* @return false when the session has ended for it */
static bool count_message(struct client_session *s, enum message_type type)
{
    const struct limits *limits = env_limits(s->env);
    int64_t pause_us = 0;
    enum rate_verdict verdict;

    s->env->counters.messages_in++;
    if (!s->member.group && ++s->n_unjoined_messages > limits->unjoined_messages) {
        session_end(s, CLOSE_POLICY, "too many messages without joining a group");
        return false;
    }
    verdict = rate_take(&s->message_rate, limits->messages_per_s, limits->message_burst,
                        weight_percent(type), s->env->now_us, &pause_us);
    if (!go_slower(s, verdict, pause_us))
        return false;
    if (type != MESSAGE_CHAT && type != MESSAGE_USERMESSAGE)
        return true;
    verdict = rate_take(&s->chat_rate, limits->chats_per_s, limits->chat_burst, 100, s->env->now_us,
                        &pause_us);
    return go_slower(s, verdict, pause_us);
}

void session_dispatch(struct client_session *s, struct span text)
{
    struct message m;
    struct error e = {0};
    int r = message_parse(&m, text, &e);

    if (!count_message(s, r == 0 ? m.type : MESSAGE_UNKNOWN)) {
        if (r == 0)
            message_release(&m);
        return;
    }
    if (r < 0) {
        not_understood(s, r, &e);
        return;
    }
    dispatch(s, &m);
    message_release(&m);
}
