#include "mediad/rtc/target_state.h"

#include <string.h>

#include "mediad/rtc/rtp.h"

/* So many frames a packet that is repeated may be behind. */
#define LATE_FRAMES_MAX 64

static void set_left_out(struct target_state *s, uint16_t frame_number, bool is_left_out)
{
    uint64_t *word = &s->left_out[frame_number / 64 % (TARGET_FRAMES / 64)];
    uint64_t bit = 1ull << (frame_number % 64);

    *word = is_left_out ? *word | bit : *word & ~bit;
}

bool target_was_left_out(const struct target_state *s, uint16_t frame_number)
{
    int back = rtp_seq_diff(s->newest, frame_number);

    if (!s->has_frame || back < 0 || back >= TARGET_FRAMES)
        return false;
    return s->left_out[frame_number / 64 % (TARGET_FRAMES / 64)] >> (frame_number % 64) & 1;
}

static void advance(struct target_state *s, uint16_t frame_number)
{
    int distance = rtp_seq_diff(frame_number, s->newest);

    if (!s->has_frame || distance >= TARGET_FRAMES)
        memset(s->left_out, 0, sizeof s->left_out);
    for (int i = 1; s->has_frame && i <= distance && distance < TARGET_FRAMES; i++)
        set_left_out(s, (uint16_t)(s->newest + i), false);
    s->has_frame = true;
    s->newest = frame_number;
}

/* Frames that the network lost come again, or the receiver asks for a keyframe by itself: what
 * breaks a chain here is only what was left out on purpose. */
static void follow_chains(struct target_state *s, const struct payload_targets *t)
{
    for (unsigned i = 0; i < TARGET_CHAINS; i++) {
        uint8_t diff = t->chain_diffs[i];

        if (diff == 0)
            s->broken &= (uint8_t) ~(1u << i);
        else if (target_was_left_out(s, (uint16_t)(t->frame_number - diff)))
            s->broken |= (uint8_t)(1u << i);
    }
}

bool target_note(struct target_state *s, const struct payload_targets *t)
{
    if (s->has_frame && rtp_seq_diff(t->frame_number, s->newest) <= 0)
        return false;
    advance(s, t->frame_number);
    follow_chains(s, t);
    return true;
}

bool target_is_of_another_count(const struct target_state *s, const struct payload_targets *t)
{
    return s->has_frame && rtp_seq_diff(t->frame_number, s->newest) < -LATE_FRAMES_MAX;
}

void target_leave_out(struct target_state *s, const struct payload_targets *t)
{
    int back = rtp_seq_diff(s->newest, t->frame_number);

    if (s->has_frame && back >= 0 && back < TARGET_FRAMES)
        set_left_out(s, t->frame_number, true);
}

bool target_is_broken(const struct target_state *s, const struct payload_targets *t, uint8_t target)
{
    return s->broken >> (t->chains >> (2 * (target / TARGET_LAYERS)) & 3) & 1;
}

bool target_lacks_reference(const struct target_state *s, const struct payload_targets *t)
{
    for (unsigned i = 0; i < t->n_references && i < TARGET_REFERENCES; i++) {
        if (target_was_left_out(s, (uint16_t)(t->frame_number - t->references[i])))
            return true;
    }
    return false;
}

bool target_can_switch(const struct target_state *s, const struct payload_targets *t,
                       uint8_t target)
{
    return (t->switches >> target & 1) && !target_is_broken(s, t, target) &&
           t->n_references <= TARGET_REFERENCES && !target_lacks_reference(s, t);
}

uint8_t target_best(uint16_t mask, uint8_t sid, uint8_t tid)
{
    for (int s = sid < TARGET_LAYERS ? sid : TARGET_LAYERS - 1; s >= 0; s--) {
        for (int t = tid < TARGET_LAYERS ? tid : TARGET_LAYERS - 1; t >= 0; t--) {
            if (mask >> target_number((unsigned)s, (unsigned)t) & 1)
                return target_number((unsigned)s, (unsigned)t);
        }
    }
    return TARGET_NONE;
}
