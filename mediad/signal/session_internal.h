/*
 * A session from within: for the handlers of mediad/signal.
 */
#ifndef NEREID_MEDIAD_SIGNAL_SESSION_INTERNAL_H
#define NEREID_MEDIAD_SIGNAL_SESSION_INTERNAL_H

#include "common/macros.h"
#include "mediad/signal/client_session.h"
#include "mediad/signal/message.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/outbox.h"
#include "mediad/signal/rate.h"
#include "mediad/signal/selection.h"
#include "mediad/timer_wheel.h"

#define STREAM_ID_MAX 256 /* bytes */
#define RESUME_SIZE 32

enum session_state {
    SESSION_NEW,   /* no handshake yet */
    SESSION_READY, /* shaken hands; perhaps a member: see member.group */
    SESSION_ENDED,
};

/* Why messages wait instead of being handled. */
enum session_hold {
    HOLD_JOIN = 1 << 0,  /* a join is being decided */
    HOLD_TOKEN = 1 << 1, /* a token is being written */
    HOLD_RATE = 1 << 2,  /* too fast */
    HOLD_REPLAY = 1 << 3,
};

struct held_message {
    struct held_message *next;
    size_t len;
    uint8_t text[];
};

struct join_attempt;
struct token_job;
struct up_link;
struct down_link;

struct client_session {
    struct member member;
    struct signal_env *env;
    uint64_t number; /* of all sessions of this process; the media plane knows the client by it */
    const struct transport *transport;
    void *connection;
    struct census_entry census;
    bool is_evicted; /* made room for another: it is not waited for */
    enum session_state state;
    unsigned close_code;
    char close_reason[CLOSE_REASON_MAX + 1];

    struct outbox outbox;
    unsigned hold; /* enum session_hold */
    struct held_message *held, **held_end;
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
    char resume[RESUME_SIZE]; /* secret that lets a new connection replace this one (R27) */
    int64_t rtc_sent_us;      /* when rtcConfiguration was sent last */

    struct request_table request;
    struct media_abilities abilities;
    struct up_link *up;
    size_t n_up;
    struct down_link *down;
    struct name_index down_by_id;
    bool is_handed_over; /* while a stream takes another's place: this receiver has it already */
};

#define SESSION_OF(timer, member) (CONTAINER_OF(timer, struct client_session, member))

/* ---- client_session.c ---- */

/** A protocol violation: error, then close 1002 (signalling.md 1.5). */
void session_violation(struct client_session *s, const char *text);
/** Leave the group, if it is in one: streams, `user/delete`, permissions; nothing is sent to the
 * leaver. */
void session_leave(struct client_session *s, enum leaving leaving);
/** Who has done nothing by then, handshake or join, is ended. */
void session_set_deadline(struct client_session *s, int64_t seconds);

/** It makes room for another, who was counted in its place. */
void session_evict(struct census_entry *victim);

/* ---- session_output.c ---- */

/** Queue a frame and give up the caller's reference; NULL (out of memory) drops the client. */
void session_send(struct client_session *s, struct frame *f);
/** Queue a shared frame. */
void session_push(struct client_session *s, struct frame *f, bool is_greeting);
/** What is to be sent cannot be: the session ends at the loop's next turn, since it must not where
 * this was noticed, in the middle of a walk over the group. */
void session_drop_later(struct client_session *s);
/** `usermessage/error` or `/warning` with a text. */
void session_error(struct client_session *s, const char *text);
void session_warning(struct client_session *s, const char *text);
/** A warning with a machine-readable identifier. */
void session_warning_about(struct client_session *s, const char *error, const char *text);
/** An error in what the client sent: "WHAT: PLACE: TEXT". */
void session_error_in(struct client_session *s, const char *what, const struct error *e);
/** An error about somebody or something, with a machine-readable identifier and its id (R24). */
void session_error_about(struct client_session *s, const char *error, const char *id,
                         const char *text);

/* ---- session_input.c ---- */

/** Messages wait from now on, or no more. */
void session_hold(struct client_session *s, enum session_hold why);
void session_release(struct client_session *s, enum session_hold why);
/** Those that wait will not be looked at. */
void session_forget_held(struct client_session *s);

/* ---- session_member.c ---- */

extern const struct member_ops session_member_ops;

/* ---- greeting.c ---- */

/** Everything that a newcomer is told, in the order that clients rely on (signalling.md 1.7). */
void session_greet(struct client_session *s);
/** Send `joined/change` with all that a client knows of its group. */
void session_send_change(struct client_session *s);
/** The same for one of many. @param view what all are told alike; made by the first, for the
 * caller to give up after the last */
void session_send_change_alike(struct client_session *s, struct frame **view);

/* ---- what handlers ask first; session_output.c ---- */

static inline struct live_group *session_group(const struct client_session *s)
{
    return s->member.group;
}
/** True when joined; else the client is told to join first. */
bool session_needs_group(struct client_session *s);
/** True when the member holds these; else the client is told `not authorised`. */
bool session_needs(struct client_session *s, unsigned permissions);

/* ---- handlers, by concern ---- */

void join_handle(struct client_session *s, const struct message *m);
/** The session goes: forget a join that is being decided. */
void join_cancel(struct client_session *s);

void chat_handle(struct client_session *s, const struct message *m);
void useraction_handle(struct client_session *s, const struct message *m);
void groupaction_handle(struct client_session *s, const struct message *m);

void token_make(struct client_session *s, struct json_object *value);
void token_edit(struct client_session *s, struct json_object *value);
void token_delete_one(struct client_session *s, struct json_object *value);
void token_list(struct client_session *s);
void token_cancel(struct client_session *s);

void stream_handle_offer(struct client_session *s, const struct message *m);
void stream_handle_answer(struct client_session *s, const struct message *m);
void stream_handle_ice(struct client_session *s, const struct message *m);
void stream_handle_renegotiate(struct client_session *s, const struct message *m);
void stream_handle_close(struct client_session *s, const struct message *m);
void stream_handle_abort(struct client_session *s, const struct message *m);
void stream_handle_request(struct client_session *s, const struct message *m);
void stream_handle_request_stream(struct client_session *s, const struct message *m);
/** The right to present was lost: close every own stream and tell the owner why. */
void stream_close_own(struct client_session *s, const char *why);
/** Before leaving: own streams are closed for all, who hear of it or not; received ones dropped. */
void stream_forget_all(struct client_session *s, bool tells);

#endif
