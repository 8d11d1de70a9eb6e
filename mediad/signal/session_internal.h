/*
 * A session from within: for the files of mediad/signal that handle its messages. Functions on it
 * are in the headers of session_output.c (what it says), session_life.c (how it leaves and ends)
 * and session_inbox.c (what it hears, and when).
 */
#ifndef NEREID_MEDIAD_SIGNAL_SESSION_INTERNAL_H
#define NEREID_MEDIAD_SIGNAL_SESSION_INTERNAL_H

#include "common/list.h"
#include "common/macros.h"
#include "mediad/group/live_group.h"
#include "mediad/signal/env.h"
#include "mediad/signal/outbox.h"
#include "mediad/signal/rate.h"
#include "mediad/signal/session_part.h"
#include "mediad/signal/stream_links.h"
#include "mediad/signal/transport.h"
#include "mediad/timer_wheel.h"

enum session_state {
    SESSION_NEW,   /* no handshake yet */
    SESSION_READY, /* shaken hands; perhaps a member: see member.group */
    SESSION_ENDED,
};

struct held_message;
struct join_attempt;
struct place;
struct token_job;

struct client_session {
    struct member member;
    struct stream_receiver receiver; /* the member's */
    struct signal_env *env;
    const struct session_plan *plan;
    const struct transport *transport;
    void *connection;
    struct census_entry census;
    bool is_evicted;       /* made room for another: it is not waited for */
    bool has_said_goodbye; /* its connection ends because it wished so */
    enum session_state state;
    unsigned close_code;
    char close_reason[CLOSE_REASON_MAX + 1];

    struct outbox outbox;
    unsigned hold;    /* enum session_hold */
    struct list held; /* struct held_message: what came meanwhile, in its order */
    size_t held_bytes;
    struct rate message_rate, chat_rate;
    unsigned n_unjoined_messages;
    int64_t heard_us; /* last message */

    struct timer deadline; /* for handshake, then join */
    struct timer pulse;    /* liveness, every 10 s */
    struct timer resume_reading;
    struct timer drop; /* fires at once: ends a session that cannot be ended where it was noticed */

    struct join_attempt *join;
    struct token_job *token_job;
    struct place *place; /* by whose secret a new connection takes over; a member's */
    int64_t rtc_sent_us; /* when rtcConfiguration was sent last */
};

#define SESSION_OF(pointer, member) (CONTAINER_OF(pointer, struct client_session, member))

/** The session behind a member of kind MEMBER_CLIENT. */
static inline struct client_session *session_of_member(struct member *m)
{
    return SESSION_OF(m, member);
}

static inline struct live_group *session_group(const struct client_session *s)
{
    return s->member.group;
}

#endif
