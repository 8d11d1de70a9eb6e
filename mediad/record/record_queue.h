/*
 * What a media worker hands to the writer of one recording: packets of its tracks, and what is
 * learnt of their clocks, in one bounded queue of bytes. One producer, the publisher's worker; one
 * consumer, the writer's thread. Neither locks nor allocates, and nobody is woken: the writer looks
 * by itself. What does not fit is dropped, pictures before sound.
 */
#ifndef NEREID_MEDIAD_RECORD_RECORD_QUEUE_H
#define NEREID_MEDIAD_RECORD_RECORD_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/span.h"

/** Tracks of one recording: index 0 to this. */
#define RECORD_TRACKS_MAX 2
/** Sources of one track that are told apart at a time. */
#define RECORD_SOURCES 4

enum record_kind {
    RECORD_PACKET,
    RECORD_CLOCK, /* rtp_ts of the track is at_us of the server's clock */
    RECORD_END,   /* the source has ended: nothing more comes */
};

/** One entry. Numbers in host order. */
struct record {
    uint8_t kind;    /* enum record_kind */
    uint8_t track;   /* index into recording_spec.tracks */
    uint8_t source;  /* below RECORD_SOURCES. Another one has other numbers and another clock: it is
                      * another rid  of a simulcast, or the publisher has begun anew */
    bool marker;     /* RTP's */
    uint16_t height; /* of the picture that begins here, as the packet says; 0: not said */
    uint32_t rtp_ts;
    uint64_t ext_seq;    /* extended sequence number of that source */
    int64_t at_us;       /* arrival, or the clock's moment: the server's monotonic clock */
    struct span payload; /* RTP's, without padding; empty but for RECORD_PACKET */
};

struct record_queue;

/** @param size bytes, a power of two, 64 KiB at least @return 0, ERR_NO_MEMORY */
int record_queue_new(struct record_queue **out, size_t size) MUST_USE;
/** One more holder: each ends with record_queue_unref(), any thread. */
void record_queue_ref(struct record_queue *q);
/** The last one frees it. NULL is fine. */
void record_queue_unref(struct record_queue *q);

/* ---- the producer ---- */

/** Copies it. While there is little room video is refused, up to a packet that starts a keyframe.
 * @param is_video of a track with pictures @param is_keyframe its packet starts one
 * @return false: dropped, and counted */
bool record_queue_put(struct record_queue *q, const struct record *r, bool is_video,
                      bool is_keyframe);
/** Since it was last asked, did the writer want a keyframe of the video? */
bool record_queue_take_keyframe_wish(struct record_queue *q);
/** The writer has ended the recording: nobody reads any more. */
bool record_queue_is_closed(const struct record_queue *q);

/* ---- the consumer ---- */

/** The oldest entry; its payload is borrowed until record_queue_next(). @return false: none */
bool record_queue_peek(struct record_queue *q, struct record *out);
/** Done with what record_queue_peek() gave. */
void record_queue_next(struct record_queue *q);
/** Ask the producer for a keyframe of the video. */
void record_queue_want_keyframe(struct record_queue *q);
/** Packets that were dropped for lack of room since it was last asked. */
unsigned record_queue_take_dropped(struct record_queue *q);
void record_queue_close(struct record_queue *q);

#endif
