/*
 * On which worker a new peer connection lives. One client's connections stay together, so that
 * they can share what is known of its path; one group's publishers stay together, so that packets
 * need not cross; receivers of a busy group spread. Remembers what was placed, asks nobody: how
 * busy the workers are is an argument. Control thread only.
 */
#ifndef NEREID_MEDIAD_RTC_PLACEMENT_H
#define NEREID_MEDIAD_RTC_PLACEMENT_H

#include <stdbool.h>

#include "common/list.h"
#include "mediad/rtc/fixed_table.h"

/** A worker that was busy for this share of its last second gets no more connections for the sake
 * of company. */
#define PLACEMENT_BUSY_PERMILLE 600

struct placement {
    unsigned n_workers;
    unsigned *n_connections;    /* of each worker, owned */
    struct list groups;         /* struct placed_group, those with connections */
    struct fixed_table clients; /* client id to struct placed_client, those with connections */
};

/** What to place. */
struct placement_request {
    const char *group; /* copied */
    uint64_t client_id;
    bool is_up;
};

/** Where one connection was put; embedded in its stream. Zeroed: nowhere. */
struct placed {
    unsigned worker;
    struct placed_group *group;
    struct placed_client *client;
};

/** @return 0, ERR_NO_MEMORY */
int placement_init(struct placement *p, unsigned n_workers) MUST_USE;
/** Everything must have been taken back. Zeroed: nothing to do. */
void placement_release(struct placement *p);

/**
 * Put a new connection on a worker: on the one that has most of its client's connections among
 * those that are not busy; else on its group's, which is the least loaded when the group's first
 * connection is made; but a receiver whose group's worker is busy goes to the least loaded.
 * @param busy_permille  how busy each worker was in its last second, `n_workers` numbers
 * @return 0, ERR_NO_MEMORY: nothing has changed
 */
int placement_add(struct placement *p, const struct placement_request *request,
                  const unsigned *busy_permille, struct placed *out) MUST_USE;
/** The connection is gone. */
void placement_remove(struct placement *p, struct placed *placed);

#endif
