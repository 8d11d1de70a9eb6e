/*
 * How a session leaves its group, and how it ends.
 */
#ifndef NEREID_MEDIAD_SIGNAL_SESSION_LIFE_H
#define NEREID_MEDIAD_SIGNAL_SESSION_LIFE_H

#include "mediad/group/member.h"

/* Close codes that we use (RFC 6455 section 7.4.1, and the registry of its section 11.7). */
#define CLOSE_NORMAL 1000
#define CLOSE_PROTOCOL 1002
#define CLOSE_UTF8 1007
#define CLOSE_POLICY 1008
#define CLOSE_TOO_BIG 1009
#define CLOSE_INTERNAL 1011
#define CLOSE_SERVICE_RESTART 1012

struct census_entry;
struct client_session;

/** Leave the group, if it is in one: streams, `user/delete`, permissions; nothing is sent to the
 * leaver. */
void session_leave(struct client_session *s, enum leaving leaving);
/** End with a close code and reason: leaves the group; what was queued is still sent. */
void session_end(struct client_session *s, unsigned code, const char *reason);
/** End because this process ends: a warning with the error "restarting", which clients that know
 * nothing of the close code show to people, then 1012. The others in its group do not hear of it,
 * since they end too. */
void session_end_for_restart(struct client_session *s);
/** End because the connection is of no use any more: its place in the group is kept (places.h). */
void session_end_lost(struct client_session *s, unsigned code, const char *reason);
/** The peer closes the connection. @param code 0: it gives none */
void session_peer_closes(struct client_session *s, unsigned code);
/** A protocol violation: error, then close 1002. */
void session_violation(struct client_session *s, const char *text);
/** The client does not read what is sent to it: end, without what is queued, which would not reach
 * it in time either. */
void session_drop_slow(struct client_session *s);
/** A session makes room for another, which was counted in its place. */
void session_evict(struct census_entry *victim);
/** The connection is gone: as session_end(), with nobody to tell. Unless it was closed by 1000, the
 * place in the group is kept. */
void session_detach(struct client_session *s);

/** A client that has not said its handshake, or not joined a group, by then is ended. */
void session_set_deadline(struct client_session *s, int64_t seconds);

/** Nothing that still arrives is looked at. */
bool session_has_ended(const struct client_session *s);
/** How long its connection may take to close. A peer that takes nothing does not keep it. */
unsigned session_linger_s(const struct client_session *s);

#endif
