/*
 * What a session hears: one message after the other. While something is decided they wait here, and
 * the connection is not read.
 */
#ifndef NEREID_MEDIAD_SIGNAL_SESSION_INBOX_H
#define NEREID_MEDIAD_SIGNAL_SESSION_INBOX_H

#include "mediad/signal/session_part.h"

/** Why messages wait instead of being handled. */
enum session_hold {
    HOLD_JOIN = 1 << 0,  /* a join is being decided */
    HOLD_TOKEN = 1 << 1, /* a token is being written */
    HOLD_RATE = 1 << 2,  /* too fast */
    HOLD_REPLAY = 1 << 3,
};

/** One whole message: handled now, or when nothing holds the session any more. */
void session_receive(struct client_session *s, struct span text);
/** Bytes that a message may have now. */
size_t session_message_max(const struct client_session *s);

/** Messages wait from now on, or no more: then those that waited are handled. */
void session_hold(struct client_session *s, enum session_hold why);
void session_release(struct client_session *s, enum session_hold why);

/** Messages that wait when the session ends are never looked at. */
extern const struct session_part inbox_part;

#endif
