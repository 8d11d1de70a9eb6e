/*
 * What a session needs of its connection; http/ws.c implements it.
 */
#ifndef NEREID_MEDIAD_SIGNAL_TRANSPORT_H
#define NEREID_MEDIAD_SIGNAL_TRANSPORT_H

#include <stdbool.h>

#define CLOSE_REASON_MAX 123 /* bytes; RFC 6455 section 5.5 */

/** Called on the control thread, never from within session_next_frame(). */
struct transport {
    /** There is something to send. */
    void (*wake)(void *connection);
    /** Stop reading, or go on. */
    void (*pause)(void *connection, bool is_paused);
    /** The session has ended: close when all is sent, or after a few seconds. */
    void (*ended)(void *connection);
};

#endif
