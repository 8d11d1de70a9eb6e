#include "mediad/signal/client_session.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/now.h"
#include "mediad/signal/session_internal.h"

#define PULSE_US (10 * US_PER_S)
#define PING_AFTER_US (20 * US_PER_S)
#define SILENT_AFTER_US (45 * US_PER_S)
#define HELD_BYTES_MAX (2 * 1024 * 1024)

static const char unknown_version[] =
    "This client is using an unknown protocol version.\n"
    "Perhaps it needs upgrading?\nTrying to continue, things may break.";

#define SESSION_OF(timer, member)                                                                  \
    ((struct client_session *)((char *)(timer)-offsetof(struct client_session, member)))

/* ---- sending ---- */

static void drop_later(struct client_session *s)
{
    if (s->state != SESSION_ENDED && !timer_is_running(&s->drop))
        timer_wheel_set(s->env->timers, &s->drop, s->env->now_us);
}

void session_push(struct client_session *s, struct frame *f, bool is_greeting)
{
    const struct limits *limits = env_limits(s->env);

    if (s->state == SESSION_ENDED)
        return;
    if (outbox_push(&s->outbox, f, is_greeting, (size_t)limits->queue_messages,
                    (size_t)limits->queue_bytes, s->env->now_us) < 0) {
        drop_later(s);
        return;
    }
    s->transport->wake(s->connection);
}

void session_send(struct client_session *s, struct frame *f)
{
    if (f == NULL) {
        drop_later(s);
        return;
    }
    session_push(s, f, false);
    frame_unref(f);
}

static void send_notice(struct client_session *s, const char *kind, const char *error,
                        const char *id, const char *text)
{
    const struct said said = {.type = "usermessage",
                              .kind = kind,
                              .error = error,
                              .id = id,
                              .dest = s->member.id,
                              .privileged = true,
                              .text = text};

    session_send(s, message_write_said(&said));
}

void session_error(struct client_session *s, const char *text)
{
    send_notice(s, "error", NULL, NULL, text);
}

void session_warning(struct client_session *s, const char *text)
{
    send_notice(s, "warning", NULL, NULL, text);
}

void session_error_about(struct client_session *s, const char *error, const char *id,
                         const char *text)
{
    send_notice(s, "error", error, id, text);
}

bool session_needs_group(struct client_session *s)
{
    if (s->member.group != NULL)
        return true;
    session_error(s, "join a group first");
    return false;
}

bool session_needs(struct client_session *s, unsigned permissions)
{
    if (member_may(&s->member, permissions))
        return true;
    session_error(s, "not authorised");
    return false;
}

struct frame *session_take(struct client_session *s)
{
    struct frame *f = outbox_take(&s->outbox, s->env->now_us);

    if (f != NULL)
        s->env->counters.messages_out++;
    return f;
}

bool session_has_more(const struct client_session *s)
{
    return s->outbox.n > 0;
}

bool session_has_ended(const struct client_session *s)
{
    return s->state == SESSION_ENDED;
}

bool session_is_over(const struct client_session *s, unsigned *code, const char **reason)
{
    if (s->state != SESSION_ENDED || s->outbox.n > 0)
        return false;
    *code = s->close_code;
    *reason = s->close_reason;
    return true;
}

/* ---- the end ---- */

static void forget_held(struct client_session *s)
{
    struct held_message *next;

    for (struct held_message *held = s->held; held != NULL; held = next) {
        next = held->next;
        free(held);
    }
    s->held = NULL;
    s->held_end = &s->held;
    s->held_bytes = 0;
}

void session_leave(struct client_session *s)
{
    if (s->member.group == NULL)
        return;
    stream_forget_all(s);
    live_group_remove(&s->member, s->env->now_us);
    member_clear(&s->member);
    request_table_release(&s->request);
    s->resume[0] = '\0';
    s->n_unjoined_messages = 0;
    census_unjoined(&s->env->census, s->census);
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
    session_leave(s);
    timer_cancel(&s->deadline);
    timer_cancel(&s->pulse);
    timer_cancel(&s->resume_reading);
    timer_cancel(&s->drop);
    forget_held(s);
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

void session_violation(struct client_session *s, const char *text)
{
    s->env->counters.protocol_errors++;
    session_error(s, text);
    session_end(s, CLOSE_PROTOCOL, text);
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
    else if (s->member.group == NULL)
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

    if (s->member.group != NULL && after_us != INT64_MAX &&
        s->env->now_us - s->rtc_sent_us > after_us)
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

static void set_deadline(struct client_session *s, int64_t seconds)
{
    timer_wheel_set(s->env->timers, &s->deadline, s->env->now_us + seconds * US_PER_S);
}

/* ---- receiving ---- */

static void handle_handshake(struct client_session *s, const struct message *m)
{
    char *id = strdup(m->id);

    if (id == NULL) {
        session_end(s, CLOSE_INTERNAL, "out of memory");
        return;
    }
    free(s->member.id);
    s->member.id = id;
    s->state = SESSION_READY;
    set_deadline(s, env_limits(s->env)->join_s);
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
    if (s->member.group == NULL)
        set_deadline(s, env_limits(s->env)->join_s);
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
    if (m->type != MESSAGE_JOIN && m->username != NULL &&
        strcmp(m->username, s->member.username) != 0) {
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
 * connection (R5). */
static void not_understood(struct client_session *s, int r, const struct error *e)
{
    char described[sizeof e->place + sizeof e->text + 4], text[sizeof described + 32];

    snprintf(text, sizeof text, "bad message: %s", error_describe(e, described, sizeof described));
    if (s->state == SESSION_NEW)
        session_end(s, CLOSE_PROTOCOL, "you must handshake first");
    else if (r == ERR_INVALID || r == ERR_TOO_LARGE)
        session_error(s, text);
    else
        session_end(s, CLOSE_INTERNAL, text);
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
    if (s->member.group == NULL && ++s->n_unjoined_messages > limits->unjoined_messages) {
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

static void process(struct client_session *s, struct span text)
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

static void keep(struct client_session *s, struct span text)
{
    struct held_message *held;

    if (s->held_bytes + text.len > HELD_BYTES_MAX ||
        (held = malloc(sizeof *held + text.len)) == NULL) {
        session_end(s, CLOSE_POLICY, "too many messages");
        return;
    }
    held->next = NULL;
    held->len = text.len;
    memcpy(held->text, text.data, text.len);
    *s->held_end = held;
    s->held_end = &held->next;
    s->held_bytes += sizeof *held + text.len;
}

void session_receive(struct client_session *s, struct span text)
{
    if (s->state == SESSION_ENDED)
        return;
    s->heard_us = s->env->now_us;
    if (s->hold != 0)
        keep(s, text);
    else
        process(s, text);
}

void session_hold(struct client_session *s, enum session_hold why)
{
    if (s->hold == 0)
        s->transport->pause(s->connection, true);
    s->hold |= why;
}

void session_release(struct client_session *s, enum session_hold why)
{
    s->hold &= ~(unsigned)why;
    if (s->hold != 0)
        return;
    s->hold = HOLD_REPLAY;
    while (s->held != NULL && s->hold == HOLD_REPLAY) {
        struct held_message *held = s->held;

        s->held = held->next;
        if (s->held == NULL)
            s->held_end = &s->held;
        s->held_bytes -= sizeof *held + held->len;
        process(s, span_of(held->text, held->len));
        free(held);
    }
    s->hold &= ~(unsigned)HOLD_REPLAY;
    if (s->hold == 0 && s->state != SESSION_ENDED)
        s->transport->pause(s->connection, false);
}

size_t session_message_max(const struct client_session *s)
{
    const struct limits *limits = env_limits(s->env);

    return (size_t)(s->member.group != NULL ? limits->message_bytes
                                            : limits->unjoined_message_bytes);
}

/* ---- as a member ---- */

static struct frame *write_user_once(struct group_event *event, const char *kind)
{
    if (event->frame == NULL)
        event->frame = message_write_user(kind, event->subject);
    return event->frame;
}

static void push_or_drop(struct client_session *s, struct frame *f)
{
    if (f != NULL)
        session_push(s, f, false);
    else
        drop_later(s);
}

static void hear(struct member *member, struct group_event *event)
{
    struct client_session *s = session_of_member(member);

    switch (event->kind) {
    case EVENT_USER_ADD:
        if (event->subject->add_frame == NULL)
            event->subject->add_frame = message_write_user("add", event->subject);
        push_or_drop(s, event->subject->add_frame);
        break;
    case EVENT_USER_CHANGE:
        push_or_drop(s, write_user_once(event, "change"));
        break;
    case EVENT_USER_DELETE:
        push_or_drop(s, write_user_once(event, "delete"));
        break;
    case EVENT_GROUP_CHANGED:
    case EVENT_PERMISSIONS:
        session_send_change(s);
        break;
    case EVENT_MESSAGE:
        session_push(s, event->frame, false);
        break;
    }
}

static void kicked(struct member *member, const struct kick *kick)
{
    struct client_session *s = session_of_member(member);
    struct buf reason = {0};
    const struct said said = {.type = "usermessage",
                              .kind = "kicked",
                              .id = kick->by_id,
                              .dest = member->id,
                              .username = kick->by_username,
                              .privileged = true,
                              .text =
                                  *kick->text != '\0' ? kick->text : "you have been kicked out"};

    s->env->counters.kicks++;
    session_send(s, message_write_said(&said));
    buf_add_str(&reason, "kicked out");
    if (*kick->text != '\0')
        buf_printf(&reason, " (%s)", kick->text);
    if (kick->by_username != NULL && *kick->by_username != '\0')
        buf_printf(&reason, " by %s", kick->by_username);
    session_end(s, CLOSE_NORMAL, buf_str(&reason));
    buf_release(&reason);
}

static void permissions_changed(struct member *member, unsigned before)
{
    struct client_session *s = session_of_member(member);

    if ((before & PERMISSION_PRESENT) && !(member->permissions.bits & PERMISSION_PRESENT))
        stream_close_own(s, "permission denied");
}

static const struct member_ops session_ops = {
    .hear = hear, .kicked = kicked, .permissions_changed = permissions_changed};

struct client_session *session_of_member(struct member *m)
{
    return SESSION_OF(m, member);
}

/* ---- birth and death ---- */

int session_new(struct client_session **out, struct signal_env *env,
                const struct transport *transport, void *connection, const char *address)
{
    struct client_session *s = calloc(1, sizeof *s);
    int r;

    if (s == NULL)
        return ERR_NO_MEMORY;
    s->env = env;
    s->transport = transport;
    s->connection = connection;
    s->held_end = &s->held;
    s->heard_us = env->now_us;
    s->member.kind = MEMBER_CLIENT;
    s->member.ops = &session_ops;
    s->member.id = strdup("");
    s->member.username = strdup("");
    s->member.address = strdup(address);
    s->deadline.fire = deadline_fired;
    s->pulse.fire = pulse_fired;
    s->resume_reading.fire = resume_reading_fired;
    s->drop.fire = drop_fired;
    if (s->member.id == NULL || s->member.username == NULL || s->member.address == NULL)
        r = ERR_NO_MEMORY;
    else
        r = census_enter(&env->census, &env->settings->limits, address, &s->census);
    if (r < 0) {
        free(s->member.id);
        free(s->member.username);
        free(s->member.address);
        free(s);
        return r;
    }
    env->counters.connections++;
    set_deadline(s, env_limits(env)->handshake_s);
    timer_wheel_set(env->timers, &s->pulse, env->now_us + PULSE_US);
    *out = s;
    return 0;
}

void session_free(struct client_session *s)
{
    if (s == NULL)
        return;
    if (s->state != SESSION_ENDED)
        detach(s);
    census_leave(&s->env->census, s->census, false);
    outbox_release(&s->outbox);
    free(s->member.id);
    free(s->member.username);
    free(s->member.address);
    free(s);
}
