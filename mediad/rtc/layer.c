#include "mediad/rtc/layer.h"

void layer_init(struct layer_state *l)
{
    *l = (struct layer_state){.want_sid = LAYER_MAX, .want_tid = LAYER_MAX};
}

void layer_want(struct layer_state *l, uint8_t sid, uint8_t tid)
{
    l->want_sid = sid;
    l->want_tid = tid;
}

void layer_limit_lowest(struct layer_state *l, bool is_lowest_only)
{
    l->is_lowest_only = is_lowest_only;
}

void layer_restart(struct layer_state *l)
{
    l->has_started = false;
    l->is_skipping = false;
    l->seen_sid = 0;
    l->picture_sid = 0;
    l->has_left_out = false;
    l->targets = (struct target_state){0};
}

static uint8_t min_u8(uint8_t a, uint8_t b)
{
    return a < b ? a : b;
}

static uint8_t wanted_sid(const struct layer_state *l)
{
    return l->is_lowest_only ? 0 : l->want_sid;
}

/* The lowest layer of a codec without spatial layers is its lowest frame rate. */
static uint8_t wanted_tid(const struct layer_state *l)
{
    return l->is_lowest_only && l->seen_sid == 0 ? 0 : l->want_tid;
}

static void start_at_keyframe(struct layer_state *l)
{
    l->has_started = true;
    l->is_skipping = false;
    l->seen_sid = 0;
    l->sid = wanted_sid(l);
    l->tid = wanted_tid(l);
}

/* Packets of one picture may come in another order: part of it went already, or did not. */
static bool was_left_out(const struct layer_state *l, const struct payload_info *info)
{
    return l->has_left_out && info->picture_id_bits && info->picture_id == l->left_out_id;
}

/* Down at once. Up at a picture that needs the base layer only, step by step: pictures of a layer
 * between may need one that was left out. Or behind one that later pictures of higher layers do not
 * reach back over. */
static void choose_temporal(struct layer_state *l, const struct payload_info *info)
{
    uint8_t wanted = wanted_tid(l);

    if (wanted < l->tid)
        l->tid = wanted;
    else if (info->is_switch_point && info->tid == l->tid + 1 && info->tid <= wanted &&
             !was_left_out(l, info))
        l->tid = info->tid;
    else if (info->is_up_point && info->tid <= l->tid)
        l->tid = wanted;
}

/* Rule 3: down after any picture, unless that layer was being left out; up where a frame of the
 * higher layer needs no earlier picture. @return whether only a keyframe helps */
static bool choose_spatial(struct layer_state *l, const struct payload_info *info)
{
    uint8_t wanted = min_u8(wanted_sid(l), l->seen_sid);
    uint8_t current = min_u8(l->sid, l->seen_sid);

    if (wanted < current && info->is_picture_start && !l->is_skipping) {
        l->sid = wanted;
        return false;
    }
    if (wanted > current && info->sid == current + 1 && !info->is_inter) {
        l->sid = info->sid;
        return false;
    }
    return wanted != current && info->is_picture_start;
}

/* A publisher may stop a spatial layer without a keyframe. What we left out below is missing then.
 */
static bool note_picture(struct layer_state *l, const struct payload_info *info)
{
    bool is_broken = false;

    if (info->is_picture_start) {
        is_broken = l->is_skipping && l->picture_sid < min_u8(l->sid, l->seen_sid);
        if (is_broken)
            l->seen_sid = l->picture_sid;
        l->picture_sid = 0;
    }
    if (info->sid > l->picture_sid)
        l->picture_sid = info->sid;
    if (info->sid > l->seen_sid)
        l->seen_sid = info->sid;
    return is_broken;
}

/* ---- by decode targets ---- */

uint8_t layer_target(const struct layer_state *l)
{
    uint8_t sid = min_u8(l->sid, TARGET_LAYERS - 1);

    return target_number(sid, min_u8(l->tid, TARGET_LAYERS - 1));
}

static void go_over(struct layer_state *l, uint8_t target)
{
    l->target_before = layer_target(l);
    l->sid = target / TARGET_LAYERS;
    l->tid = target % TARGET_LAYERS;
}

static uint8_t wanted_target(struct layer_state *l, const struct payload_targets *t)
{
    uint8_t highest = target_best(t->active, LAYER_MAX, LAYER_MAX);

    if (highest != TARGET_NONE)
        l->seen_sid = highest / TARGET_LAYERS;
    return target_best(t->active, wanted_sid(l), wanted_tid(l));
}

/* Fewer pictures of the same size: at once. All else where the frame and its chain allow. */
static bool try_target(struct layer_state *l, const struct payload_targets *t, uint8_t target)
{
    bool is_fewer = target / TARGET_LAYERS == l->sid && target % TARGET_LAYERS < l->tid;

    if (!is_fewer && !target_can_switch(&l->targets, t, target))
        return false;
    go_over(l, target);
    return true;
}

/* @return whether only a keyframe helps */
static bool choose_target(struct layer_state *l, const struct payload_targets *t)
{
    uint8_t wanted = wanted_target(l, t);
    uint8_t nearer = target_best(t->active, l->sid, wanted_tid(l));

    if (wanted == TARGET_NONE || wanted == layer_target(l) || try_target(l, t, wanted))
        return false;
    if (nearer != TARGET_NONE && nearer / TARGET_LAYERS == l->sid && nearer != layer_target(l))
        (void)try_target(l, t, nearer);
    return target_is_broken(&l->targets, t, wanted);
}

/* A keyframe, or the first frame that we see: everything that is wanted. */
static void start_target(struct layer_state *l, const struct payload_targets *t)
{
    uint8_t wanted = wanted_target(l, t);

    l->has_started = true;
    if (wanted != TARGET_NONE)
        go_over(l, wanted);
}

/* What comes late was perhaps for this receiver when it was new. */
static bool is_left_out(const struct layer_state *l, const struct payload_targets *t)
{
    bool is_late = t->frame_number != l->targets.newest;
    bool is_present =
        (t->present >> layer_target(l) & 1) || (is_late && (t->present >> l->target_before & 1));

    return !is_present || target_lacks_reference(&l->targets, t) ||
           target_was_left_out(&l->targets, t->frame_number);
}

static struct layer_decision decide_by_target(struct layer_state *l,
                                              const struct payload_info *info, bool marker)
{
    const struct payload_targets *t = &info->targets;
    struct layer_decision d = {.marker = marker};
    bool is_keyframe = info->keyframe == KEYFRAME_YES || !l->has_started || !l->targets.has_frame;
    bool is_new;

    /* a keyframe that comes late must not promise what was left out behind it */
    if (!l->has_started || (is_keyframe && target_is_of_another_count(&l->targets, t)))
        l->targets = (struct target_state){0};
    is_new = target_note(&l->targets, t);
    if (is_new && is_keyframe)
        start_target(l, t);
    else if (is_new)
        d.wants_keyframe = choose_target(l, t);
    if (is_left_out(l, t)) {
        target_leave_out(&l->targets, t);
        return d;
    }
    d.is_sent = true;
    d.marker = marker || (info->is_frame_end && info->sid == l->sid);
    return d;
}

/* ---- */

struct layer_decision layer_decide(struct layer_state *l, const struct payload_info *info,
                                   bool marker)
{
    struct layer_decision d = {.marker = marker};
    uint8_t current;

    if (!l->has_started && info->keyframe == KEYFRAME_NO) {
        /* H.264 and AV1 do not say where a picture starts: any of their packets asks */
        d.wants_keyframe = true;
        return d;
    }
    if (info->targets.is_known)
        return decide_by_target(l, info, marker);
    if (info->keyframe == KEYFRAME_YES || !l->has_started)
        start_at_keyframe(l);
    d.wants_keyframe = note_picture(l, info);
    if (info->is_frame_start)
        choose_temporal(l, info);
    if (info->is_frame_start && choose_spatial(l, info))
        d.wants_keyframe = true;
    current = min_u8(l->sid, l->seen_sid);
    if (info->tid > l->tid) {
        l->has_left_out = true;
        l->left_out_id = info->picture_id;
        return d;
    }
    if (info->sid > l->sid)
        return d;
    if (info->sid < current && info->is_not_reference) {
        l->is_skipping = true;
        return d;
    }
    d.is_sent = true;
    d.marker = marker || (info->is_frame_end && info->sid == l->sid);
    return d;
}
