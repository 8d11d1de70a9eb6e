/*
 * `join`: the way into a group, one step after the other, and out of it by the client's own wish.
 * While a join is decided the session's further messages wait.
 */
#ifndef NEREID_MEDIAD_SIGNAL_JOIN_H
#define NEREID_MEDIAD_SIGNAL_JOIN_H

#include "mediad/signal/message.h"
#include "mediad/signal/session_part.h"

void join_handle(struct client_session *s, const struct message *m);

/** A join that is being decided when the session ends is forgotten. */
extern const struct session_part join_part;

#endif
