/*
 * The state of one client of the protocol, from the first frame to the last. Fed with messages
 * (session_inbox.h) and asked for what to send (session_output.h) by http/ws.c; knows no socket.
 */
#ifndef NEREID_MEDIAD_SIGNAL_CLIENT_SESSION_H
#define NEREID_MEDIAD_SIGNAL_CLIENT_SESSION_H

#include "mediad/signal/env.h"
#include "mediad/signal/transport.h"

struct client_session;

/**
 * A connection was upgraded.
 * @param address of the client, for operators and limits; copied
 * @return 0, ERR_BUSY over a limit, ERR_NO_MEMORY
 */
int client_session_new(struct client_session **out, struct signal_env *env,
                       const struct transport *transport, void *connection,
                       const char *address) MUST_USE;
/** The connection is gone. */
void client_session_free(struct client_session *s);

#endif
