/*
 * The inside of an up stream, for the streams to receivers that are made from it.
 */
#ifndef NEREID_MEDIAD_RTC_UP_STREAM_INTERNAL_H
#define NEREID_MEDIAD_RTC_UP_STREAM_INTERNAL_H

#include "mediad/rtc/media_stream.h"
#include "mediad/rtc/up_stream.h"

struct up_stream {
    struct media_stream base;
    unsigned refs; /* signalling's and one of each stream to a receiver */
    char **codecs; /* NULL-terminated, owned */
    struct negotiated *plan;
    size_t n_tracks;
    struct track_info tracks[TRACKS_MAX]; /* strings of `plan` and of the codec table */
    struct up_target targets[TRACKS_MAX];
};

/** Where a track comes from: all rids of its video.
 * @param target without rids so far; its rids are filled in */
void up_stream_source(const struct up_stream *up, uint64_t track_id, struct down_target *target);
/** Give one reference back. */
void up_stream_unref(struct up_stream *s);

#endif
