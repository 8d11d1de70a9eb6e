/*
 * What a publisher is told of its sources as a whole: receiver reports, and what it may send
 * (REMB). Also writes what statistics show of them.
 */
#ifndef NEREID_MEDIAD_RTC_UP_REPORT_H
#define NEREID_MEDIAD_RTC_UP_REPORT_H

#include "mediad/rtc/demand.h"
#include "mediad/rtc/up_source.h"

/** Until there is a receiver: its line may be a slow one. */
#define UP_START_BPS 512000
/** Added for each lower rid of a simulcast, at least: what clients usually give it. */
#define UP_LOW_BPS 102400

struct up_report {
    struct peer_transport *transport;
    struct connection_stats *stats;   /* borrowed */
    struct up_source *const *sources; /* borrowed; the array stays where it is */
    const size_t *n_sources;
    const struct demand *demand;       /* borrowed: which of them anybody receives */
    uint32_t ssrc;                     /* our own */
    int64_t told_us;                   /* when the publisher was last told a rate */
    int64_t page_bps;                  /* what its page was told last; 0: nothing yet */
    void (*limit_changed)(void *user); /* page_bps has, or that of a source */
    void *user;
};

/** Once a second: a report on each source, the rate, the statistics. */
void up_report_send(struct up_report *r);
/** Every 500 ms: what the layers of each source take. */
void up_report_layers(struct up_report *r);
/** Other sources are received now: the publisher is told at once what it may send in all. */
void up_report_demand(struct up_report *r);
/** Some receiver of a source can take no more than so much: told at once when that is less than the
 * publisher was told, but no more often than every 200 ms. */
void up_report_limit_fell(struct up_report *r, struct up_source *source, int64_t bps);

#endif
