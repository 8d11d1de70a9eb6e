/*
 * What is to be recorded.
 */
#ifndef NEREID_MEDIAD_RECORD_RECORDING_SPEC_H
#define NEREID_MEDIAD_RECORD_RECORDING_SPEC_H

#include "mediad/record/record_queue.h"
#include "mediad/rtc/codec.h"

struct recording_track {
    enum codec codec;
    const char *fmtp; /* of its SDP; "" for none; borrowed for the call */
};

/** Strings are borrowed for the call. */
struct recording_spec {
    const char *group;
    const char *username;                             /* the publisher's; "" for none */
    const char *label;                                /* the stream's; "" for none */
    struct recording_track tracks[RECORD_TRACKS_MAX]; /* at most one of sound and one video */
    size_t n_tracks;
};

#endif
