/*
 * Which frames of a stream with dependency descriptors one receiver was not sent, and so which
 * decode targets it can go over to (RTP payload format for AV1, section A.4: a target's chain must
 * be whole). Pure; never allocates.
 */
#ifndef NEREID_MEDIAD_RTC_TARGET_STATE_H
#define NEREID_MEDIAD_RTC_TARGET_STATE_H

#include "mediad/rtc/payload.h"

/** Frames are remembered for so many numbers: as far back as a chain may reach. */
#define TARGET_FRAMES 256

/** Zeroed: at a keyframe. */
struct target_state {
    bool has_frame;
    uint16_t newest; /* frame number */
    uint8_t broken;  /* chains of which a frame was left out: a bit for each */
    uint64_t left_out[TARGET_FRAMES / 64]; /* by frame number modulo TARGET_FRAMES */
};

/** A packet came. @return true for the first one of a frame newer than all before */
bool target_note(struct target_state *s, const struct payload_targets *t);
/** Is it so far behind the newest frame that the publisher must have begun to count anew? */
bool target_is_of_another_count(const struct target_state *s, const struct payload_targets *t);
/** Its frame is not sent. */
void target_leave_out(struct target_state *s, const struct payload_targets *t);
bool target_was_left_out(const struct target_state *s, uint16_t frame_number);
/** Was a frame left out that the target's frames build on? Only a new start of its chain helps. */
bool target_is_broken(const struct target_state *s, const struct payload_targets *t,
                      uint8_t target);
/** Was something left out that the frame itself is predicted from? */
bool target_lacks_reference(const struct target_state *s, const struct payload_targets *t);
/** Can the receiver go on with this target from this frame on? */
bool target_can_switch(const struct target_state *s, const struct payload_targets *t,
                       uint8_t target);
/** The highest target of a mask up to these layers, higher pictures before more of them.
 * @return TARGET_NONE: there is none */
uint8_t target_best(uint16_t mask, uint8_t sid, uint8_t tid);

#endif
