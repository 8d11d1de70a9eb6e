/*
 * What a session says: frames for its client, queued in the one outbox that it has.
 */
#ifndef NEREID_MEDIAD_SIGNAL_SESSION_OUTPUT_H
#define NEREID_MEDIAD_SIGNAL_SESSION_OUTPUT_H

#include <stdbool.h>

#include "common/error.h"
#include "mediad/frame.h"

struct client_session;

/** Queue a frame and give up the caller's reference; NULL (out of memory) drops the client. */
void session_send(struct client_session *s, struct frame *f);
/** Queue a shared frame. */
void session_push(struct client_session *s, struct frame *f, bool is_greeting);
/** A message cannot be queued: the session ends at the loop's next turn, since it must not where
 * this was noticed, in the middle of a walk over the group. */
void session_drop_later(struct client_session *s);
/** `usermessage/error` or `/warning` with a text. */
void session_error(struct client_session *s, const char *text);
void session_warning(struct client_session *s, const char *text);
/** A warning with a machine-readable identifier. */
void session_warning_about(struct client_session *s, const char *error, const char *text);
/** An error in what the client sent: "WHAT: PLACE: TEXT". */
void session_error_in(struct client_session *s, const char *what, const struct error *e);
/** An error about somebody or something, with a machine-readable identifier and its id. */
void session_error_about(struct client_session *s, const char *error, const char *id,
                         const char *text);

/** It may not do what it asked for. */
void session_not_permitted(struct client_session *s);

/** True when joined; else the client is told to join first. */
bool session_needs_group(struct client_session *s);
/** True when the member holds these; else the client is told `not authorised`. */
bool session_needs(struct client_session *s, unsigned permissions);

/* ---- for the connection ---- */

/** The next message to send, owned by the caller; NULL when there is none. */
struct frame *session_next_frame(struct client_session *s);
/** Whether session_next_frame() would give a message. */
bool session_has_more(const struct client_session *s);
/** True when the connection is to be closed now: it has ended and everything was sent.
 * @param reason borrowed, at most CLOSE_REASON_MAX bytes */
bool session_is_over(const struct client_session *s, unsigned *code, const char **reason);

#endif
