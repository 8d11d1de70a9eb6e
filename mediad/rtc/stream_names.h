/*
 * Whose stream it is: what the facade, placement and the log need to know of its owner.
 */
#ifndef NEREID_MEDIAD_RTC_STREAM_NAMES_H
#define NEREID_MEDIAD_RTC_STREAM_NAMES_H

#include <stdint.h>

/** Borrowed for the call that takes it. */
struct stream_names {
    const char *group;
    const char *client; /* for logs */
    const char *stream;
    uint64_t client_id; /* one client's streams have the same, others' another: they share a worker
                           where they can (placement.h), and what is learnt of the path */
};

#endif
