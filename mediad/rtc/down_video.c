#include "mediad/rtc/down_video.h"

#include "mediad/rtc/down_repair.h"
#include "mediad/rtc/down_source.h"
#include "mediad/rtc/since.h"
#include "mediad/rtc/told_rate.h"

/* A video that its publisher can make smaller needs so much. */
#define ELASTIC_MIN_BPS 100000
/* A video leaves at most so much faster than what its receiver's line has for it beside what it
 * takes on average (the rest is its queue's, and it may be short), and so many times as fast as
 * that (the line may have become narrower, which a burst alone shows); but not slower than this,
 * and above that rate as it comes. */
#define PACE_PERCENT 250
#define PACE_OWN_TIMES 3
#define PACE_MIN_BPS 200000
#define PACE_OFF_BPS 10000000
/* A publisher is told so much less than there is room for, that the rid fits when it takes over: a
 * little more than allocate() wants to spare. */
#define UPGRADE_SPARE_SHARE 16
/* Over what time rates of layers are smoothed. */
#define SMOOTH_US INT64_C(2500000)
/* So long a publisher has to obey, by what it sent in the last second, looked at twice in one (its
 * own connection looks once: up_report.c). */
#define EXPECTED_US INT64_C(2000000)
/* So long it must have obeyed before another receiver counts on it, for which there must then be
 * room for a second (allocate.h). */
#define KEPT_US INT64_C(1000000)
/* A rid has few pictures when there are less than half as many as of what is below (for so long, if
 * it flows; less than two thirds, if it does not), of which there are so many a second. */
#define FEW_OF_MIN 10
#define FEW_US INT64_C(1000000)
/* So long a rid is left alone of which no keyframe is to be had. */
#define REFUSED_US INT64_C(5000000)

/* ---- what there is ---- */

/* Each takes at least what the one below takes, whatever the last second says. Of more than there
 * is room for the best is kept. */
static void add_layer(struct down_track *t, const struct down_layer *layer,
                      const struct allocate_layer *what)
{
    struct allocate_video *v = &t->video;
    struct allocate_layer *added;

    if (what->bps <= 0)
        return;
    if (v->n_layers == ALLOCATE_LAYERS_MAX)
        v->n_layers--;
    added = &v->layers[v->n_layers];
    *added = *what;
    added->id = (uint16_t)(layer->rid << 8 | layer->sid << 4 | layer->tid);
    if (v->n_layers && added->bps < added[-1].bps)
        added->bps = added[-1].bps;
    t->layers[v->n_layers++] = *layer;
}

/* The highest spatial and the highest temporal layer that are sent. */
static void highest_layers(const struct track_stats *stats, uint8_t *max_sid, uint8_t *max_tid)
{
    *max_sid = *max_tid = 0;
    for (uint8_t sid = 0; sid < TRACK_LAYERS; sid++) {
        for (uint8_t tid = 0; tid < TRACK_LAYERS; tid++) {
            if (stats_load(&stats->sent_bps[sid][tid]) <= 0)
                continue;
            *max_sid = sid;
            if (tid > *max_tid)
                *max_tid = tid;
        }
    }
}

/* All that who gets layers up to these was sent in the last second. None of a layer's own pictures
 * may have come in that time: then what came below it is all. */
static int64_t most_sent(const struct track_stats *stats, uint8_t max_sid, uint8_t max_tid)
{
    int64_t most_bps = 0;

    for (uint8_t sid = 0; sid <= max_sid; sid++) {
        for (uint8_t tid = 0; tid <= max_tid; tid++) {
            int64_t bps = stats_load(&stats->sent_bps[sid][tid]);

            if (bps > most_bps)
                most_bps = bps;
        }
    }
    return most_bps;
}

/* What is on its way to what its publisher was told takes that, if it flows; not for ever. One that
 * does not flow must be there, and for longer than between two keyframes.
 * @param expected_bps 0: its publisher was told nothing */
static int64_t expect(struct rid_rate *rate, int64_t bps, int64_t expected_bps, bool flows,
                      int64_t now_us)
{
    bool is_kept = expected_bps > 0 && told_rate_is_kept(expected_bps, bps);
    bool is_over = expected_bps > 0 && !is_kept && flows;

    since_note(&rate->kept_us, is_kept, now_us);
    since_note(&rate->over_us, is_over, now_us);
    bool is_believed = is_over ? now_us - rate->over_us < EXPECTED_US
                               : is_kept && (flows || now_us - rate->kept_us >= KEPT_US);

    return is_believed && expected_bps < rate->sent_bps ? expected_bps : rate->sent_bps;
}

static int64_t smooth(int64_t before_bps, int64_t bps, int64_t passed_us)
{
    return before_bps +
           (bps - before_bps) * (passed_us < SMOOTH_US ? passed_us : SMOOTH_US) / SMOOTH_US;
}

/* Each on its own: publishers change the largest pictures while smaller ones stay as they are. Of
 * pictures of which none came in the last second it is as temporal layers are numbered.
 * @param bps the rid as measured
 * @param is_new then what it took when it was sent last counts, too */
static void smooth_layers(struct rid_rate *rate, int64_t bps, bool is_new, int64_t passed_us,
                          const struct track_stats *stats)
{
    for (uint8_t sid = 0; sid <= rate->max_sid; sid++) {
        int64_t most_bps = most_sent(stats, sid, rate->max_tid);

        for (uint8_t tid = 0; tid <= rate->max_tid; tid++) {
            int32_t *smoothed_bps = &rate->layers_bps[sid][tid];
            int64_t sent_bps = stats_load(&stats->sent_bps[sid][tid]);

            if (sent_bps <= 0)
                sent_bps = most_bps * (tid + 1) / (rate->max_tid + 1);
            if (is_new)
                sent_bps = sent_bps < bps ? sent_bps * rate->sent_bps / bps : rate->sent_bps;
            *smoothed_bps =
                (int32_t)(*smoothed_bps ? smooth(*smoothed_bps, sent_bps, passed_us) : sent_bps);
        }
    }
}

/* What a second shows is smoothed: a keyframe makes it much, a still picture little. Layers that
 * were seen stay, for the same reason. @return what the rid takes now, 0: nothing */
static int64_t rate_rid(struct down_track *t, uint8_t rid, const struct track_stats *stats)
{
    struct rid_rate *rate = &t->rates[rid];
    int64_t now_us = down_track_now(t), passed_us = now_us - rate->at_us;
    int64_t bps, known_bps = stats_load(&stats->known_bps);
    uint8_t sid, tid;
    bool is_new = !rate->sent_bps;

    highest_layers(stats, &sid, &tid);
    bps = most_sent(stats, sid, tid);
    if (bps <= 0 || stats_load(&stats->rid_state) & RID_IS_IDLE) {
        *rate = (struct rid_rate){.at_us = now_us};
        return 0;
    }
    if (is_new)
        rate->sent_bps = bps > known_bps ? bps : known_bps;
    else
        rate->sent_bps = smooth(rate->sent_bps, bps, passed_us);
    rate->bps = expect(rate, bps, stats_load(&stats->expected_bps), t->choice.rid == rid, now_us);
    rate->at_us = now_us;
    if (sid > rate->max_sid)
        rate->max_sid = sid;
    if (tid > rate->max_tid)
        rate->max_tid = tid;
    smooth_layers(rate, bps, is_new, passed_us, stats);
    return bps;
}

/* What layers up to these take, or soon will. */
static int64_t layer_bps(const struct rid_rate *rate, uint8_t sid, uint8_t tid)
{
    return rate->bps * rate->layers_bps[sid][tid] / rate->sent_bps;
}

/* Fewer pictures of a rid. */
static void add_thinned(struct down_track *t, uint8_t rid, uint8_t sid,
                        const struct track_stats *stats)
{
    const struct rid_rate *rate = &t->rates[rid];

    for (uint8_t tid = 0; tid < rate->max_tid; tid++) {
        struct allocate_layer part = {.bps = layer_bps(rate, sid, tid),
                                      .height = (uint16_t)stats_load(&stats->height),
                                      .is_alive = true};

        add_layer(t, &(struct down_layer){rid, sid, tid}, &part);
    }
}

/* Smaller pictures of a rid. @param tid LAYER_MAX: all of them */
static void add_smaller(struct down_track *t, uint8_t rid, uint8_t tid)
{
    const struct rid_rate *rate = &t->rates[rid];
    uint8_t max_tid = tid < rate->max_tid ? tid : rate->max_tid;

    for (uint8_t sid = 0; sid < rate->max_sid; sid++) {
        struct allocate_layer part = {.bps = layer_bps(rate, sid, max_tid), .is_alive = true};

        add_layer(t, &(struct down_layer){rid, sid, tid}, &part);
    }
}

/* Pictures of cameras shall move: lower layers are smaller ones, and fewer pictures a second come
 * last. Screens shall be sharp: fewer pictures come first, and smaller ones last. */
static void add_parts(struct down_track *t, uint8_t rid, const struct track_stats *stats)
{
    const struct rid_rate *rate = &t->rates[rid];

    if (t->video.wish.is_screen) {
        add_smaller(t, rid, 0);
        add_thinned(t, rid, rate->max_sid, stats);
        return;
    }
    if (rid == t->target.n_rids - 1)
        add_thinned(t, rid, 0, stats);
    add_smaller(t, rid, LAYER_MAX);
}

/* The highest layer that is sent, of those that were found so far. -1: none is */
static int highest_living(const struct allocate_video *v)
{
    int layer = v->n_layers - 1;

    while (layer >= 0 && !v->layers[layer].is_alive)
        layer--;
    return layer;
}

/* @return what is known of a rid */
static const struct track_stats *stats_of(const struct down_track *t, uint8_t rid,
                                          const struct connection_stats *published)
{
    return &published->tracks[t->target.rids[rid].stats];
}

/* Its publisher's line carries all pictures of what is below, but not of the rid, too. Those of a
 * screen may be few as long as they are sharp. */
static bool has_few_pictures(struct down_track *t, uint8_t rid,
                             const struct connection_stats *published)
{
    struct rid_rate *rate = &t->rates[rid];
    int64_t now_us = down_track_now(t), pictures, below;
    int lower = highest_living(&t->video);
    bool flows = t->choice.rid == rid;

    if (t->video.wish.is_screen || lower < 0)
        return false;
    pictures = stats_load(&stats_of(t, rid, published)->pictures);
    below = stats_load(&stats_of(t, t->layers[lower].rid, published)->pictures);
    since_note(&rate->few_us,
               below >= FEW_OF_MIN && (flows ? pictures * 2 < below : pictures * 3 < below * 2),
               now_us);
    return rate->few_us && (!flows || now_us - rate->few_us >= FEW_US);
}

/* A rid that shall be smaller has a picture now and then as long as its publisher has not found
 * room for it: what is below shows more. @param bps of the last second: what is flowing is looked
 * at for longer */
static bool is_starved(const struct down_track *t, uint8_t rid, int64_t bps, int64_t state)
{
    int lower = highest_living(&t->video);

    if (t->choice.rid == rid)
        bps = t->rates[rid].bps;
    return state & RID_IS_SHRUNK && lower >= 0 && bps < t->video.layers[lower].bps / 4 * 3;
}

/* One that stands still, and is refused another keyframe, for the sake of the others: what is below
 * goes on. */
static bool stands_still(const struct down_track *t, uint8_t rid)
{
    return t->refused_us && t->refused_rid == rid &&
           down_track_now(t) - t->refused_us < REFUSED_US && highest_living(&t->video) >= 0;
}

/* The whole rid comes last: what was not seen of it yet belongs to it, too. */
static void add_rid(struct down_track *t, uint8_t rid, const struct connection_stats *published)
{
    const struct track_stats *stats = stats_of(t, rid, published);
    int64_t bps = rate_rid(t, rid, stats), known_bps = stats_load(&stats->known_bps);
    int64_t state = stats_load(&stats->rid_state);
    struct allocate_layer whole = {.bps = bps > 0 ? t->rates[rid].bps : known_bps,
                                   .height = (uint16_t)stats_load(&stats->height),
                                   .is_alive = bps > 0 && !is_starved(t, rid, bps, state) &&
                                               !has_few_pictures(t, rid, published),
                                   .can_shrink = state & RID_CAN_SHRINK,
                                   .is_pressing = bps >= stats_load(&stats->expected_bps) / 4 * 3,
                                   .full_bps = known_bps,
                                   .is_shrunk = state & RID_IS_SHRUNK};

    if (state & RID_IS_BROKEN || stands_still(t, rid))
        return;
    if (whole.is_alive)
        add_parts(t, rid, stats);
    add_layer(t, &(struct down_layer){rid, LAYER_MAX, LAYER_MAX}, &whole);
}

/* What was asked for and all behind it; if none of those lives, what is above it. */
void down_video_describe(struct down_connection *down, struct down_track *t)
{
    struct allocate_video *v = &t->video;

    v->wish = down->wish;
    v->n_layers = 0;
    v->is_elastic = true;
    v->min_bps = ELASTIC_MIN_BPS;
    v->max_bps = TOLD_RATE_MAX_BPS;
    if (!down->published)
        return;
    for (unsigned i = t->target.n_rids; i-- > t->target.rid;)
        add_rid(t, (uint8_t)i, down->published);
    for (unsigned i = t->target.rid; i-- > 0 && highest_living(v) < 0;) {
        uint8_t n_asked = v->n_layers;

        add_rid(t, (uint8_t)i, down->published);
        if (highest_living(v) < 0)
            v->n_layers = n_asked;
    }
    v->max_layer = v->n_layers ? (uint8_t)(v->n_layers - 1) : 0;
}

/* ---- what becomes of the choice ---- */

/* The lowest rid above all that is known: what it takes is not, and so not whether there is room
 * for it, nor whether its publisher's line carries it. -1: none. One that is not carried stands
 * before it. */
static int8_t find_unseen(const struct down_track *t, const struct connection_stats *published)
{
    for (int rid = t->layers[t->video.n_layers - 1].rid - 1; rid >= t->target.rid; rid--) {
        const struct track_stats *stats = stats_of(t, (uint8_t)rid, published);

        if (stats_load(&stats->rid_state) & RID_IS_BROKEN)
            break;
        if (!t->rates[rid].sent_bps && stats_load(&stats->known_bps) <= 0)
            return (int8_t)rid;
    }
    return -1;
}

/* All that is known is sent, and shown larger: a publisher that nobody asks for the next rid does
 * not find out whether its own line carries that. */
static bool shall_wake_unseen(const struct down_track *t)
{
    const struct allocate_video *v = &t->video;

    return v->layer == v->n_layers - 1 && v->flows == v->layer &&
           (v->wish.height == 0 || v->layers[v->layer].height < v->wish.height);
}

static struct down_choice choice_of(const struct down_track *t,
                                    const struct connection_stats *published)
{
    const struct allocate_video *v = &t->video;
    struct down_choice c = {.rid = t->target.rid, .sid = LAYER_MAX, .tid = LAYER_MAX, .wakes = -1};

    if (v->layer == ALLOCATE_PAUSED) {
        c.is_paused = true;
        return c;
    }
    if (v->layer >= v->n_layers)
        return c; /* nothing is known of it: what was asked for */
    const struct down_layer *wanted = &t->layers[v->layer];
    const struct down_layer *flows = v->flows < 0 ? wanted : &t->layers[v->flows];

    c.rid = flows->rid;
    c.sid = flows->sid;
    c.tid = flows->tid;
    if (wanted->rid != flows->rid)
        c.wakes = (int8_t)wanted->rid;
    else if (v->reach >= 0 && t->layers[v->reach].rid != wanted->rid)
        c.wakes = (int8_t)t->layers[v->reach].rid;
    else if (shall_wake_unseen(t))
        c.wakes = find_unseen(t, published);
    c.is_urgent = t->is_congested;
    return c;
}

/* The publisher is told what receivers of its lowest layer can take: it makes that one fit. Of a
 * higher rid they can take what others leave. Of one that does not flow yet all may be used. */
static int64_t limit_of(const struct allocate_video *v, int64_t budget_bps)
{
    if (budget_bps == INT64_MAX || v->layer < 0)
        return TOLD_RATE_UNKNOWN;
    if (v->layer == 0)
        return v->flows < 0 ? budget_bps : v->bps;
    return v->layers[v->layer].can_shrink ? v->room_bps : TOLD_RATE_UNKNOWN;
}

/* Of another rid that its publisher shall send, or make smaller. */
static int64_t next_limit_of(const struct down_track *t, int rid)
{
    const struct allocate_video *v = &t->video;

    for (unsigned i = 0; i < v->n_layers; i++) {
        if (t->layers[i].rid == rid && v->layers[i].can_shrink)
            return v->room_bps == INT64_MAX ? TOLD_RATE_UNKNOWN
                                            : v->room_bps - v->room_bps / UPGRADE_SPARE_SHARE;
    }
    return TOLD_RATE_UNKNOWN;
}

static void tell(struct down_connection *down, const struct down_track *t)
{
    const struct allocate_video *v = &t->video;
    struct down_allocation a = {
        .bps = v->bps,
        .is_paused = v->layer == ALLOCATE_PAUSED,
        .reason = v->reason,
        .layer = v->layer == ALLOCATE_PAUSED ? 0 : (uint8_t)v->layer,
        .n_layers = v->n_layers,
    };
    const struct down_allocation *told = &down->allocation;
    bool is_news = a.is_paused != told->is_paused || a.reason != told->reason ||
                   a.layer != told->layer || a.n_layers != told->n_layers;

    down->allocation = a;
    if (is_news)
        down->events->allocated(down->user);
}

/* Bursts of one picture leave faster than the mean: by the more, the more room there is beside it.
 * While too much is sent nothing does.
 * @param share_bps its part of what the line carries, as far as is known */
static int64_t pace_of(const struct down_track *t, int64_t share_bps)
{
    const struct allocate_video *v = &t->video;
    int64_t own_bps = v->flows >= 0 ? v->layers[v->flows].bps : 0;
    int64_t bps = v->bps > share_bps ? v->bps : share_bps;

    if (bps > PACE_OFF_BPS)
        bps = PACE_OFF_BPS;
    if (t->catch_up.is_running || t->is_congested)
        own_bps = 0;
    if (!t->is_congested)
        bps = own_bps + (bps > own_bps ? (bps - own_bps) * PACE_PERCENT / 100 : 0);
    if (own_bps && bps > own_bps * PACE_OWN_TIMES)
        bps = own_bps * PACE_OWN_TIMES;
    if (bps >= PACE_OFF_BPS)
        return 0;
    return bps > PACE_MIN_BPS ? bps : PACE_MIN_BPS;
}

void down_video_apply(struct down_connection *down, struct down_track *t, int64_t budget_bps,
                      int64_t share_bps)
{
    struct down_choice choice = choice_of(t, down->published);

    if (choice.is_paused && !t->choice.is_paused && t->video.reason == ALLOCATE_BANDWIDTH)
        worker_count(down->transport->worker, COUNT_VIDEO_PAUSES, 1);
    /* what is subscribed below begins with it */
    subscription_limit(t->next,
                       choice.wakes < 0 ? TOLD_RATE_UNKNOWN : next_limit_of(t, choice.wakes));
    /* before another rid begins, perhaps at once */
    down_track_pace(t, budget_bps == INT64_MAX ? 0 : pace_of(t, share_bps));
    down_source_choose(t, &choice);
    resend_set_rate(&t->resend, t->video.bps);
    subscription_limit(t->current, limit_of(&t->video, budget_bps));
    down_repair_relax(t);
    if (t == down_connection_video(down))
        tell(down, t);
}
