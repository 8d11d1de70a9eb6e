/*
 * A stream to a receiver: the server offers, the client answers. One peer connection for tracks of
 * one up stream, as the control thread knows it. Control thread only.
 */
#ifndef NEREID_MEDIAD_RTC_DOWN_STREAM_H
#define NEREID_MEDIAD_RTC_DOWN_STREAM_H

#include <json-c/json.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"
#include "mediad/rtc/allocate.h"
#include "mediad/rtc/media_abilities.h"
#include "mediad/rtc/stream_names.h"
#include "mediad/rtc/stream_quality.h"

struct media;
struct up_stream;
struct down_stream;

struct track_selection {
    size_t track;      /* index into up_stream_tracks() */
    bool lowest_layer; /* `video-low` of a stream with one video track */
};

/** @param names as of the up stream, whose id is the SDP stream identity (CNAME)
 * @param label as published, may be ""
 * @return 0, ERR_NO_MEMORY, ERR_CRYPTO (no random numbers) */
int down_stream_new(struct down_stream **out, struct media *m, struct up_stream *up,
                    const struct stream_names *names, const char *label, void *user) MUST_USE;
/** Closes the connection. */
void down_stream_free(struct down_stream *s);
/**
 * Append an offer for exactly these tracks: new ones get a new section, removed ones turn inactive
 * (RFC 9429 section 5.2.2). One offer may be outstanding: the caller keeps further wishes until the
 * answer is in.
 * @param ice_restart fresh credentials
 */
int down_stream_offer(struct down_stream *s, const struct track_selection *tracks, size_t n_tracks,
                      bool ice_restart, struct buf *sdp, struct error *e) MUST_USE;
/** @param own the client's abilities: what the answer shows is added
 * @return 0; ERR_WRONG_STATE without an outstanding offer; ERR_SYNTAX, ERR_INVALID,
 * ERR_UNSUPPORTED, ERR_TOO_LARGE, ERR_NO_MEMORY: the stream is as before */
int down_stream_answer(struct down_stream *s, struct span sdp, struct media_abilities *own,
                       struct error *e) MUST_USE;
/** How much the receiver wants the stream's video, beside what else it receives.
 * @return 0, ERR_NO_MEMORY */
int down_stream_wish(struct down_stream *s, const struct allocate_wish *wish) MUST_USE;
/** As up_stream_candidate(). */
int down_stream_candidate(struct down_stream *s, struct span candidate, struct span mid,
                          struct error *e) MUST_USE;
/** As up_stream_stats(). */
struct json_object *down_stream_stats(struct down_stream *s);
/** As up_stream_quality(), of its receiver. */
void down_stream_quality(const struct down_stream *s, struct stream_quality *sum);

#endif
