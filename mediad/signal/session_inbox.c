#include "mediad/signal/session_inbox.h"

#include <stdlib.h>
#include <string.h>

#include "mediad/signal/session_internal.h"
#include "mediad/signal/session_life.h"

#define HELD_BYTES_MAX (2 * 1024 * 1024)

struct held_message {
    struct list_node in_inbox;
    size_t len;
    uint8_t text[];
};

static void keep(struct client_session *s, struct span text)
{
    struct held_message *held;

    if (s->held_bytes + text.len > HELD_BYTES_MAX ||
        (held = malloc(sizeof *held + text.len)) == NULL) {
        session_end(s, CLOSE_POLICY, "too many messages");
        return;
    }
    held->len = text.len;
    memcpy(held->text, text.data, text.len);
    list_append(&s->held, &held->in_inbox);
    s->held_bytes += sizeof *held + text.len;
}

static void forget_held(struct client_session *s)
{
    LIST_EACH_REMOVING (struct held_message, held, &s->held, in_inbox) {
        list_remove(&held->in_inbox);
        free(held);
    }
    s->held_bytes = 0;
}

void session_receive(struct client_session *s, struct span text)
{
    if (s->state == SESSION_ENDED)
        return;
    s->heard_us = s->env->now_us;
    if (s->hold != 0)
        keep(s, text);
    else
        s->plan->handle(s, text);
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
    while (!list_is_empty(&s->held) && s->hold == HOLD_REPLAY) {
        struct held_message *held = LIST_FIRST(&s->held, struct held_message, in_inbox);

        list_remove(&held->in_inbox);
        s->held_bytes -= sizeof *held + held->len;
        s->plan->handle(s, span_of(held->text, held->len));
        free(held);
    }
    s->hold &= ~(unsigned)HOLD_REPLAY;
    if (s->hold == 0 && s->state != SESSION_ENDED)
        s->transport->pause(s->connection, false);
}

size_t session_message_max(const struct client_session *s)
{
    const struct limits *limits = env_limits(s->env);

    return (size_t)(s->member.group ? limits->message_bytes : limits->unjoined_message_bytes);
}

const struct session_part inbox_part = {.end = forget_held};
