/*
 * One track of a recording on its way from the queue to the file: packets are put in order, become
 * frames, and wait until their turn has come. Knows no file.
 */
#ifndef NEREID_MEDIAD_RECORD_RECORD_TRACK_H
#define NEREID_MEDIAD_RECORD_RECORD_TRACK_H

#include "common/list.h"
#include "mediad/record/frames.h"
#include "mediad/record/record_clock.h"
#include "mediad/record/reorder.h"

/** A frame that waits. */
struct waiting_frame {
    struct list_node in_track;
    struct whole_frame frame; /* its data follows */
    bool is_placed;
    int64_t us; /* once it is placed: the server's clock */
};

struct record_track {
    enum codec codec;
    bool is_video;
    bool has_ended;
    struct reorder reorder;
    struct frames frames;
    struct record_clock clock;
    struct list waiting; /* struct waiting_frame, in the order in which they became whole */
    size_t waiting_bytes;
    int64_t packet_us; /* the last one's arrival */
    int64_t frame_us;  /* and that of the last whole frame */
};

/** @return 0, ERR_UNSUPPORTED. `t` must stay where it is */
int record_track_init(struct record_track *t, enum codec codec) MUST_USE;
void record_track_release(struct record_track *t);

/** What came through the queue for it. */
void record_track_take(struct record_track *t, const struct record *r);
void record_track_tick(struct record_track *t, int64_t now_us);
/** Nothing more comes: what waits for missing packets waits no longer. */
void record_track_flush(struct record_track *t);

/** The frame whose turn is next, and where it belongs on the server's clock; NULL: none. */
const struct whole_frame *record_track_next(struct record_track *t, int64_t *us);
/** Takes it off. */
void record_track_pop(struct record_track *t);
/** Arrival of the first that waits. @return false: none */
bool record_track_waits_since(const struct record_track *t, int64_t *at_us);
/** Are later pictures larger than the next one? If there is a keyframe among them, what waits
 * before it is taken off. @return true: there is none so far */
bool record_track_outgrows(struct record_track *t);
/** Does the source of what is next report its clock? */
bool record_track_has_clock(const struct record_track *t);

#endif
