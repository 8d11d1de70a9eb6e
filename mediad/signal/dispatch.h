/*
 * A session's messages, each handed to the handler of its type, at the pace that the session may
 * go.
 */
#ifndef NEREID_MEDIAD_SIGNAL_DISPATCH_H
#define NEREID_MEDIAD_SIGNAL_DISPATCH_H

#include "common/span.h"

struct client_session;

/** Parse and handle one message; what is wrong with it is told to the client. */
void session_dispatch(struct client_session *s, struct span text);

#endif
