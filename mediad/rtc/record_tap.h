/*
 * A recorder's place at the tracks of one published stream, on the publisher's worker, so that no
 * packet crosses for it: copies packets, and what is known of their clocks, into the recording's
 * queue (record_queue.h). Its subscriptions count as receivers, so that what it needs is sent, and
 * put no limit on the rate. The second of track.h's subscribers; docs/RECORDING.md.
 */
#ifndef NEREID_MEDIAD_RTC_RECORD_TAP_H
#define NEREID_MEDIAD_RTC_RECORD_TAP_H

#include "mediad/record/record_queue.h"
#include "mediad/rtc/negotiate.h"
#include "mediad/rtc/router.h"

/** A rid from which nothing came for so long is silent: another one stands in for it. */
#define RECORD_SILENT_US (2 * INT64_C(1000000))
/** Wishes for keyframes, clocks and rids are looked at so often. */
#define RECORD_LOOK_US (250 * INT64_C(1000))

/** One track that is recorded. Ids are of its rids, the best first; without simulcast it has one.
 */
struct record_source {
    enum codec codec;
    uint8_t n_rids;
    uint64_t track_ids[NEGOTIATE_RIDS_MAX];
};

/** What the control thread asks for. */
struct record_request {
    uint64_t id;                /* of the tap, for record_tap_stop() */
    struct record_queue *queue; /* borrowed: the tap takes a reference of its own */
    unsigned n_sources;         /* in the order of the recording's tracks */
    struct record_source sources[RECORD_TRACKS_MAX];
};

struct record_tap;

/** Control thread. @return NULL when out of memory */
struct record_tap *record_tap_new(const struct record_request *request);
/** Either thread: of one that does not run any more, or never did. NULL is fine. */
void record_tap_free(struct record_tap *tap);
/** On the publisher's worker from here on, which takes it over and finds it by its id. */
void record_tap_start(struct worker *w, struct record_tap *tap);
/** The recording ends: RECORD_END for each track, and the tap is freed. Nothing for an unknown id.
 */
void record_tap_stop(struct worker *w, uint64_t id);
/** All of a worker that ends. */
void record_tap_stop_all(struct worker *w);

#endif
