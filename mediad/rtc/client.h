/*
 * A client of signalling as one worker knows it: its peer connections here. They share a path to
 * the client, and so what is learnt of that path. Made with the first connection of a client on the
 * worker, freed with the last. The worker's thread only.
 */
#ifndef NEREID_MEDIAD_RTC_CLIENT_H
#define NEREID_MEDIAD_RTC_CLIENT_H

#include "common/list.h"
#include "mediad/rtc/fixed_table.h"

struct client {
    uint64_t id;             /* of stream_names; the same on every worker */
    struct list connections; /* struct client_connection, in the order in which they joined */
    unsigned n_connections;
    struct downlink *downlink; /* what it receives: downlink.h; NULL: nothing */
    struct fixed_table *table; /* of the worker: id to struct client */
};

/** One connection's place at its client. Embedded in the connection; zeroed: at none. */
struct client_connection {
    struct list_node in_client;
    struct client *client;
};

/** Join the client with this id, which is made when it is new here.
 * @param table of the worker, with keys of 8 bytes; must outlive its clients
 * @return 0, ERR_NO_MEMORY */
int client_join(struct client_connection *c, struct fixed_table *table, uint64_t id) MUST_USE;
/** The last connection that leaves frees the client. At none: nothing happens. */
void client_leave(struct client_connection *c);

#endif
