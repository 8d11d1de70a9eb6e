/*
 * How a published video does, or one rid of it: what its worker wrote down, for statistics. Its
 * publisher hears the same by RTCP, and by the messages `layers` and `rate` (docs/PROTOCOL.md).
 */
#ifndef NEREID_MEDIAD_RTC_PUBLISHED_VIDEO_H
#define NEREID_MEDIAD_RTC_PUBLISHED_VIDEO_H

#include "mediad/rtc/connection.h"

enum published_state {
    PUBLISHED_SENT,
    PUBLISHED_SHRUNK,   /* its publisher was told to make it smaller (RID_IS_SHRUNK) */
    PUBLISHED_UNWANTED, /* nobody receives it (demand.h, RID_IS_IDLE) */
    PUBLISHED_BROKEN,   /* its publisher's line loses too much of it (RID_IS_BROKEN) */
    PUBLISHED_SILENT,   /* it is wanted, and its publisher sends nothing of it */
    PUBLISHED_STATES
};

struct published_video {
    enum published_state state;
    int64_t told_bps; /* what its publisher is told that it may take; -1: it is told nothing */
    int64_t page_bps; /* the same by a message; 0: it is not to be sent; -1: as it likes */
};

/** @return false: it is sound */
bool published_video_read(const struct track_stats *t, struct published_video *out);
/** As statistics and metrics say it: "sent", "shrunk", "unwanted", "broken", "silent". */
const char *published_state_word(enum published_state state);

#endif
