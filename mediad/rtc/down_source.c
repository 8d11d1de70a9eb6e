#include "mediad/rtc/down_source.h"

#include <string.h>

#include "mediad/rtc/down_track_internal.h"

static void subscribe(struct down_track *t, struct subscription *s, uint64_t track_id)
{
    const struct track_address from = {track_id, t->target.owner, t->target.codec};

    router_subscribe(t->sender.transport->worker, s, &from);
}

/* What may be waited for is one of two: what takes over, or what its publisher shall send again. */
static void wait_for(struct down_track *t, uint64_t track_id)
{
    if (t->next->track && t->waiting == track_id)
        return;
    router_unsubscribe(t->next);
    t->waiting = track_id;
    if (track_id)
        subscribe(t, t->next, track_id);
}

/* What was waited for lives now: it takes over from a keyframe that is there, or soon. */
static void start_next(struct down_track *t)
{
    /* what came before is replayed from the cache, and must not come twice */
    track_flush(t->next->track);
    if (t->next->track)
        track_start(t->next);
}

void down_source_subscribe(struct down_track *t)
{
    uint64_t wanted = down_track_wanted(t);

    if (t->choice.is_paused || !wanted)
        return;
    if (!t->current->track && (t->flowing == wanted || !t->has_sent)) {
        wait_for(t, 0);
        t->flowing = wanted;
        subscribe(t, t->current, wanted);
    } else if (t->flowing != wanted) {
        wait_for(t, wanted);
    } else {
        wait_for(t, t->choice.wakes < 0 ? 0 : t->target.rids[t->choice.wakes].track_id);
    }
}

static void pause(struct down_track *t)
{
    if (!t->flowing && !t->next->track)
        return;
    wait_for(t, 0);
    down_track_keep_line(t);
    router_unsubscribe(t->current);
    down_track_stop_catching_up(t);
    /* whatever comes next begins with a keyframe, under new numbers of the source */
    t->flowing = 0;
    t->is_held = false;
    t->keyframe_owed_us = 0;
    down_track_drop_paced(t);
    resend_clear(&t->resend);
}

/* What flows is not sent, nor what waits of it, until another rid takes over. When it is wanted
 * after all it begins again with a keyframe: pictures between refer to what was not sent. */
static void hold(struct down_track *t, bool is_held)
{
    if (t->is_held && !is_held)
        layer_restart(&t->layer);
    if (!t->is_held && is_held)
        down_track_drop_paced(t);
    t->is_held = is_held;
}

static bool flows_for_another(const struct down_track *t)
{
    return t->flowing && t->flowing != down_track_wanted(t);
}

void down_source_choose(struct down_track *t, const struct down_choice *choice)
{
    bool was_woken = t->choice.wakes >= 0 && t->choice.wakes != choice->wakes &&
                     choice->rid == (uint8_t)t->choice.wakes;

    t->choice = *choice;
    if (choice->is_paused) {
        pause(t);
        return;
    }
    /* before another one takes over, which may have a keyframe in the cache */
    hold(t, (t->is_held || choice->is_urgent) && flows_for_another(t));
    down_source_subscribe(t);
    /* of another rid that flows meanwhile all is sent, or nothing */
    if (t->flowing == down_track_wanted(t))
        layer_want(&t->layer, choice->sid, choice->tid);
    hold(t, t->is_held && flows_for_another(t));
    if (was_woken && t->next->track && t->waiting == down_track_wanted(t))
        start_next(t);
}

static bool is_of_target(const struct down_track *t, uint64_t track_id)
{
    for (unsigned i = 0; i < t->target.n_rids; i++) {
        if (t->target.rids[i].track_id == track_id)
            return true;
    }
    return false;
}

void down_source_retarget(struct down_track *t, const struct down_target *target)
{
    bool is_same_wish = target->rid == t->target.rid && target->n_rids == t->target.n_rids &&
                        target->rids[target->rid].track_id == t->target.rids[target->rid].track_id;

    layer_limit_lowest(&t->layer, target->is_lowest_only);
    if (target->route.red_pt != t->target.route.red_pt) /* not again with another payload */
        resend_clear(&t->resend);
    t->target = *target;
    down_sender_describe(&t->sender, target);
    if (!is_same_wish) {
        memset(t->rates, 0, sizeof t->rates);
        t->choice = down_choice_everything(target);
    }
    if (!is_of_target(t, t->flowing) &&
        (!t->sender.is_video || !t->current->track || !down_track_wanted(t))) {
        wait_for(t, 0);
        router_unsubscribe(t->current);
        down_track_stop_catching_up(t);
        resend_clear(&t->resend);
        t->flowing = down_track_wanted(t);
        t->last_ext_seq = 0; /* whatever comes next restarts the numbers */
    }
    if (!is_same_wish && t->current->track)
        down_source_subscribe(t);
}
