#include "mediad/signal/session_output.h"

#include "mediad/signal/message_write.h"
#include "mediad/signal/session_internal.h"

void session_drop_later(struct client_session *s)
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
        session_drop_later(s);
        return;
    }
    s->transport->wake(s->connection);
}

void session_send(struct client_session *s, struct frame *f)
{
    if (!f) {
        session_drop_later(s);
        return;
    }
    session_push(s, f, false);
    frame_unref(f);
}

static void send_notice(struct client_session *s, const char *kind, const char *error,
                        const char *id, const char *text)
{
    const struct chat_message notice = {.type = "usermessage",
                                        .kind = kind,
                                        .error = error,
                                        .id = id,
                                        .dest = s->member.id,
                                        .privileged = true,
                                        .text = text};

    session_send(s, message_write_chat(&notice));
}

void session_error(struct client_session *s, const char *text)
{
    send_notice(s, "error", NULL, NULL, text);
}

void session_warning(struct client_session *s, const char *text)
{
    send_notice(s, "warning", NULL, NULL, text);
}

void session_warning_about(struct client_session *s, const char *error, const char *text)
{
    send_notice(s, "warning", error, NULL, text);
}

void session_error_in(struct client_session *s, const char *what, const struct error *e)
{
    char described[sizeof e->place + sizeof e->text + 4], text[sizeof described + 32];

    snprintf(text, sizeof text, "%s: %s", what, error_describe(e, described, sizeof described));
    session_error(s, text);
}

void session_error_about(struct client_session *s, const char *error, const char *id,
                         const char *text)
{
    send_notice(s, "error", error, id, text);
}

void session_not_permitted(struct client_session *s)
{
    session_error_about(s, "not-permitted", NULL, "not authorised");
}

bool session_needs_group(struct client_session *s)
{
    if (s->member.group)
        return true;
    session_error(s, "join a group first");
    return false;
}

bool session_needs(struct client_session *s, unsigned permissions)
{
    if (member_may(&s->member, permissions))
        return true;
    session_not_permitted(s);
    return false;
}

struct frame *session_next_frame(struct client_session *s)
{
    struct frame *f = outbox_take(&s->outbox, s->env->now_us);

    if (f)
        s->env->counters.messages_out++;
    return f;
}

bool session_has_more(const struct client_session *s)
{
    return s->outbox.n > 0;
}

bool session_is_over(const struct client_session *s, unsigned *code, const char **reason)
{
    if (s->state != SESSION_ENDED || s->outbox.n > 0)
        return false;
    *code = s->close_code;
    *reason = s->close_reason;
    return true;
}
