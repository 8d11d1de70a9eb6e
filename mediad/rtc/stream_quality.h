/*
 * How well a peer connection does, in a few numbers: what an administrator sees of a member, whose
 * streams are summed.
 */
#ifndef NEREID_MEDIAD_RTC_STREAM_QUALITY_H
#define NEREID_MEDIAD_RTC_STREAM_QUALITY_H

#include <stdint.h>

/** What the client's datagrams come by. */
enum stream_path {
    STREAM_PATH_NONE, /* not connected (any more) */
    STREAM_PATH_UDP,
    STREAM_PATH_TCP,
    STREAM_PATH_RELAY, /* a TURN server that the client named (RFC 8656) */
};

/** What came of a publisher's tracks of one kind, from the start. */
struct up_received {
    int64_t packets; /* first transmissions: repairs are not counted */
    int64_t lost;    /* before repair (reception_lost()) */
    int64_t bytes;   /* of everything, repairs too */
    int64_t bps;     /* the same, over the last second */
};

/** Zeroed: of no stream. */
struct stream_quality {
    int64_t bps;
    int64_t line_bps;             /* what the receiver's line carries; 0: not known */
    int64_t loss_ppm;             /* of the track that loses most */
    int64_t rtt_us;               /* the longest; 0: not known */
    int64_t jitter_us;            /* of the track that has most (RFC 3550); 0: none, or not known */
    unsigned height;              /* of the largest published picture; 0: not known */
    unsigned n_reduced, n_paused; /* received videos, for lack of bandwidth */
    enum stream_path path;        /* the worst: of the last in the enum */
};

#endif
