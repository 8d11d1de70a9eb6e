/*
 * A peer connection's ICE on its worker: joins the protocol (ice.h) to the worker's sockets, to the
 * tables of addresses and user fragments here and on other workers, and to the counters. What the
 * tables of demux.h refer to.
 */
#ifndef NEREID_MEDIAD_RTC_ICE_ENDPOINT_H
#define NEREID_MEDIAD_RTC_ICE_ENDPOINT_H

#include "mediad/rtc/ice.h"
#include "mediad/rtc/worker.h"

/** Embedded in its peer connection; its address must not change. Zeroed: has no ICE yet. */
struct ice_endpoint {
    struct worker *worker;
    uint64_t connection; /* its id */
    struct ice *ice;     /* owned */
};

/** Over the shared port. @return 0, ERR_NO_MEMORY */
int ice_endpoint_init(struct ice_endpoint *e, struct worker *w, uint64_t connection) MUST_USE;
void ice_endpoint_release(struct ice_endpoint *e);

#endif
