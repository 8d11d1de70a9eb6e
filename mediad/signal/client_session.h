/*
 * The state of one client of the protocol, from the first frame to the last (signalling.md 1). Fed
 * with messages and asked for what to send by http/ws.c; knows no socket.
 */
#ifndef NEREID_MEDIAD_SIGNAL_CLIENT_SESSION_H
#define NEREID_MEDIAD_SIGNAL_CLIENT_SESSION_H

#include <json-c/json.h>

#include "common/span.h"
#include "mediad/group/member.h"
#include "mediad/signal/env.h"

/* Close codes that we use (RFC 6455 section 7.4.1, and the registry of its section 11.7). */
#define CLOSE_NORMAL 1000
#define CLOSE_PROTOCOL 1002
#define CLOSE_UTF8 1007
#define CLOSE_POLICY 1008
#define CLOSE_TOO_BIG 1009
#define CLOSE_INTERNAL 1011
#define CLOSE_SERVICE_RESTART 1012

#define CLOSE_REASON_MAX 123 /* bytes; RFC 6455 section 5.5 */

struct client_session;

/** What a session needs of its connection. Called on the control thread, never from within
 * session_take(). */
struct transport {
    /** There is something to send. */
    void (*wake)(void *connection);
    /** Stop reading, or go on. */
    void (*pause)(void *connection, bool is_paused);
    /** The session has ended: close when all is sent, or after a few seconds. */
    void (*ended)(void *connection);
};

/**
 * A connection was upgraded.
 * @param address of the client, for operators and limits; copied
 * @return 0, ERR_BUSY over a limit, ERR_NO_MEMORY
 */
int session_new(struct client_session **out, struct signal_env *env,
                const struct transport *transport, void *connection, const char *address) MUST_USE;
/** The connection is gone. */
void session_free(struct client_session *s);

/** Bytes that a message may have now. */
size_t session_message_max(const struct client_session *s);
/** One whole message. */
void session_receive(struct client_session *s, struct span text);
/** End with a close code and reason: leaves the group; what was queued is still sent. */
void session_end(struct client_session *s, unsigned code, const char *reason);
/** End because this process ends: a warning with the error "restarting", which clients that know
 * nothing of the close code show to people, then 1012. The others in its group do not hear of it,
 * since they end too. */
void session_end_for_restart(struct client_session *s);

/** The next message to send, owned by the caller; NULL when there is none. */
struct frame *session_take(struct client_session *s);
/** Whether session_take() would give a message. */
bool session_has_more(const struct client_session *s);
/** Nothing that still arrives is looked at. */
bool session_has_ended(const struct client_session *s);
/** True when the connection is to be closed now: it has ended and everything was taken.
 * @param reason borrowed, at most 123 bytes */
bool session_is_over(const struct client_session *s, unsigned *code, const char **reason);

/** How long its connection may take to close. A peer that takes nothing does not keep it. */
unsigned session_linger_s(const struct client_session *s);

/** The session behind a member of kind MEMBER_CLIENT. */
struct client_session *session_of_member(struct member *m);
/** New object {id, up?, down?} for the .stats document. */
struct json_object *session_stats(struct client_session *s);

#endif
