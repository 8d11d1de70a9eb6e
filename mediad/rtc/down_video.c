#include "mediad/rtc/down_video.h"

#include "mediad/rtc/down_repair.h"
#include "mediad/rtc/receive_rate.h"

/* A video that its publisher can make smaller needs so much. */
#define ELASTIC_MIN_BPS 100000
/* and makes no use of more (up_report.h) */
#define ELASTIC_MAX_BPS 2500000

/* ---- what there is ---- */

static int64_t load(const atomic_int_least32_t *at)
{
    return atomic_load_explicit(at, memory_order_relaxed);
}

static void add_layer(struct down_track *t, const struct down_layer *layer,
                      const struct allocate_layer *what)
{
    struct allocate_video *v = &t->video;

    if (v->n_layers == ALLOCATE_LAYERS_MAX || what->bps <= 0)
        return;
    t->layers[v->n_layers] = *layer;
    v->layers[v->n_layers] = *what;
    v->layers[v->n_layers++].id = (uint16_t)(layer->rid << 8 | layer->sid << 4 | layer->tid);
}

static unsigned highest_layer(const struct track_stats *stats, bool is_spatial)
{
    unsigned highest = 0;

    for (unsigned sid = 0; sid < TRACK_LAYERS; sid++) {
        for (unsigned tid = 0; tid < TRACK_LAYERS; tid++) {
            unsigned layer = is_spatial ? sid : tid;

            if (load(&stats->layer_bps[sid][tid]) > 0 && layer > highest)
                highest = layer;
        }
    }
    return highest;
}

/* Pictures of cameras shall move: lower layers are smaller ones, and fewer pictures a second come
 * last. Screens shall be sharp: fewer pictures come first. */
static void add_parts(struct down_track *t, uint8_t rid, const struct track_stats *stats,
                      bool is_lowest_rid)
{
    unsigned max_sid = highest_layer(stats, true), max_tid = highest_layer(stats, false);
    bool is_screen = t->video.wish.is_screen;
    unsigned thinned_sid = is_screen ? max_sid : 0;
    struct allocate_layer part = {.height = (uint16_t)load(&stats->height), .is_alive = true};

    if (is_screen || is_lowest_rid) {
        for (unsigned tid = 0; tid < max_tid; tid++) {
            part.bps = load(&stats->sent_bps[thinned_sid][tid]);
            add_layer(t, &(struct down_layer){rid, (uint8_t)thinned_sid, (uint8_t)tid}, &part);
        }
    }
    for (unsigned sid = 0; sid < max_sid; sid++) {
        part.bps = load(&stats->sent_bps[sid][max_tid]);
        part.height = 0;
        add_layer(t, &(struct down_layer){rid, (uint8_t)sid, LAYER_MAX}, &part);
    }
}

/* The whole rid comes last: what was not seen of it yet belongs to it, too. */
static void add_rid(struct down_track *t, uint8_t rid, const struct connection_stats *published)
{
    const struct track_stats *stats = &published->tracks[t->target.rids[rid].stats];
    int64_t bps = load(&stats->sent_bps[highest_layer(stats, true)][highest_layer(stats, false)]);
    struct allocate_layer whole = {.bps = bps > 0 ? bps : load(&stats->known_bps),
                                   .height = (uint16_t)load(&stats->height),
                                   .is_alive = bps > 0};

    if (whole.is_alive)
        add_parts(t, rid, stats, rid == t->target.n_rids - 1);
    add_layer(t, &(struct down_layer){rid, LAYER_MAX, LAYER_MAX}, &whole);
}

/* The allocator wants them ascending by what they take. */
static void sort_layers(struct down_track *t)
{
    struct allocate_video *v = &t->video;

    for (unsigned i = 1; i < v->n_layers; i++) {
        for (unsigned k = i; k > 0 && v->layers[k].bps < v->layers[k - 1].bps; k--) {
            struct allocate_layer layer = v->layers[k];
            struct down_layer which = t->layers[k];

            v->layers[k] = v->layers[k - 1];
            t->layers[k] = t->layers[k - 1];
            v->layers[k - 1] = layer;
            t->layers[k - 1] = which;
        }
    }
}

static bool has_living(const struct allocate_video *v)
{
    for (unsigned i = 0; i < v->n_layers; i++) {
        if (v->layers[i].is_alive)
            return true;
    }
    return false;
}

/* What was asked for and all behind it; if none of those lives, what is above it. */
void down_video_describe(struct down_connection *down, struct down_track *t)
{
    struct allocate_video *v = &t->video;

    v->wish = down->wish;
    v->n_layers = 0;
    v->is_elastic = true;
    v->min_bps = ELASTIC_MIN_BPS;
    v->max_bps = ELASTIC_MAX_BPS;
    if (!down->published)
        return;
    for (unsigned i = t->target.n_rids; i-- > t->target.rid;)
        add_rid(t, (uint8_t)i, down->published);
    for (unsigned i = t->target.rid; i-- > 0 && !has_living(v);) {
        uint8_t n_asked = v->n_layers;

        add_rid(t, (uint8_t)i, down->published);
        if (!has_living(v))
            v->n_layers = n_asked;
    }
    sort_layers(t);
    v->max_layer = v->n_layers ? (uint8_t)(v->n_layers - 1) : 0;
}

/* ---- what becomes of the choice ---- */

static struct down_choice choice_of(const struct down_track *t)
{
    const struct allocate_video *v = &t->video;
    struct down_choice c = {.rid = t->target.rid, .sid = LAYER_MAX, .tid = LAYER_MAX, .wakes = -1};

    if (v->layer < 0) {
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
    c.is_urgent = t->is_congested;
    return c;
}

/* The publisher is told what receivers of its lowest layer can take: it makes that one fit. Whoever
 * has a higher one has it because it fits. Of one that does not flow yet all may be used. */
static int64_t limit_of(const struct allocate_video *v, int64_t budget_bps)
{
    if (v->layer != 0 || budget_bps == INT64_MAX)
        return RECEIVE_RATE_UNKNOWN;
    return v->flows < 0 ? budget_bps : v->bps;
}

static void tell(struct down_connection *down, const struct down_track *t)
{
    const struct allocate_video *v = &t->video;
    struct down_allocation a = {
        .bps = v->bps,
        .is_paused = v->layer < 0,
        .reason = v->reason,
        .layer = v->layer < 0 ? 0 : (uint8_t)v->layer,
        .n_layers = v->n_layers,
    };
    const struct down_allocation *told = &down->allocation;
    bool is_news = a.is_paused != told->is_paused || a.reason != told->reason ||
                   a.layer != told->layer || a.n_layers != told->n_layers;

    down->allocation = a;
    if (is_news)
        down->events->allocated(down->user);
}

void down_video_apply(struct down_connection *down, struct down_track *t, int64_t budget_bps)
{
    struct down_choice choice = choice_of(t);

    if (choice.is_paused && !t->choice.is_paused && t->video.reason == ALLOCATE_BANDWIDTH)
        worker_count(down->transport->worker, COUNT_VIDEO_PAUSES, 1);
    down_track_choose(t, &choice);
    resend_set_rate(&t->resend, t->video.bps);
    subscription_limit(t->current, limit_of(&t->video, budget_bps));
    down_repair_relax(t);
    if (t == down_connection_video(down))
        tell(down, t);
}
