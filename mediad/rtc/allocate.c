#include "mediad/rtc/allocate.h"

#include "mediad/rtc/allocate_layers.h"
#include "mediad/rtc/since.h"

enum {
    WAIT_US = 1000 * 1000,
    WAIT_SHORT_US = 500 * 1000,
    WAIT_AMPLE_US = 3 * 1000 * 1000,
    WISH_US = 3 * 1000 * 1000,   /* so long a wish is a new one */
    FAILED_US = 5 * 1000 * 1000, /* an upgrade that stands for less has failed */
    BACKOFF_US = 1000 * 1000,    /* doubled with each failure */
    BACKOFF_MAX_US = 30 * 1000 * 1000,
    FAILS_MAX = 5,
    TIGHT_US = 3 * 1000 * 1000, /* a report, and the time in which publishers obey */
    SHARE_ROUNDS = 4,
    STRETCH_SHARE = 4, /* by so much of its rate the only video may lie above the budget */
    SPARE_SHARE = 20,  /* of the budget so much stays free of upgrades */
    CLAIM_SHARE = 2,   /* by so much of what it takes a layer may grow at a time */
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What one call divides. */
struct line {
    bool is_unlimited;
    int64_t budget_bps;
    int64_t held_bps;    /* what is sent may stay in this */
    int64_t upgrade_bps; /* an upgrade has to fit into this */
    int64_t used_bps;
    int64_t reserved_bps; /* more important videos wait for it: no room for upgrades of others */
    int64_t now_us;
};

static int64_t bounded(int64_t bps)
{
    return bps < 0 ? 0 : bps > INT64_MAX / 2 ? INT64_MAX / 2 : bps;
}

static void line_init(struct line *line, const struct allocate_budget *budget, int64_t now_us)
{
    *line = (struct line){.is_unlimited = budget->bps == INT64_MAX,
                          .budget_bps = bounded(budget->bps),
                          .held_bps = bounded(budget->held_bps),
                          .now_us = now_us};
    line->upgrade_bps =
        line->is_unlimited ? line->budget_bps : line->budget_bps - line->budget_bps / SPARE_SHARE;
}

/* Is there room for so much more of a video that flows? */
static bool line_holds(const struct line *line, int64_t bps)
{
    return line->used_bps + bps <= line->held_bps;
}

/* The only picture is worth more than that nothing waits: an estimate that fell lies below what the
 * line carries. */
static bool line_bears(const struct line *line, int64_t bps)
{
    return line_holds(line, line->used_bps == 0 ? bps - bps / STRETCH_SHARE : bps);
}

/* Of one that is new. */
static bool line_has(const struct line *line, int64_t bps)
{
    return line->used_bps + line->reserved_bps + bps <= line->budget_bps;
}

static bool line_fits(const struct line *line, int64_t bps)
{
    return line->used_bps + line->reserved_bps + bps <= line->upgrade_bps;
}

static bool line_is_ample(const struct line *line, int64_t bps)
{
    int64_t total_bps = line->used_bps + line->reserved_bps + bps;

    return total_bps + total_bps / 2 <= line->budget_bps;
}

static bool wants_more(const struct allocate_video *v, bool has_other_layers)
{
    const struct allocate_wish *now = &v->wish, *before = &v->state.wish;

    return (before->is_unwanted && !now->is_unwanted) || (!before->is_pinned && now->is_pinned) ||
           (!before->is_screen && now->is_screen) ||
           (!has_other_layers && v->max_layer > v->state.max_layer) ||
           (before->height > 0 && (now->height == 0 || now->height > before->height));
}

static void prepare(struct allocate_video *v, const struct line *line)
{
    struct allocate_state *s = &v->state;
    bool has_other_layers = allocate_follow(v);

    v->is_new = !s->has_state;
    if (!v->is_new && wants_more(v, has_other_layers)) {
        s->wish_us = line->now_us;
        s->backoff_us = 0;
        s->fails = 0;
    } else if (!v->is_new && v->wish.rank == 0 && s->wish.rank != 0) {
        s->wish_us = line->now_us; /* speaks */
    }
    s->wish = v->wish;
    s->max_layer = v->max_layer;
    v->ideal = (int8_t)allocate_useful(v, line->is_unlimited, true);
    v->goal = (int8_t)allocate_useful(v, line->is_unlimited, false);
    if (v->goal < 0) /* only more than was asked for is sent: better than nothing */
        v->goal = (int8_t)allocate_lowest(v);
    v->pick = ALLOCATE_PAUSED;
    v->bps = 0;
    v->awaited_bps = v->claimed_bps = 0;
}

/* ---- the rules of upgrades ---- */

static void forget_fits(struct allocate_video *v, int from)
{
    for (int l = from; l < ALLOCATE_LAYERS_MAX; l++)
        v->state.fits_us[l] = 0;
}

/* A layer above the one of before, which fits now. */
static bool may_rise(const struct allocate_video *v, int layer, int64_t extra_bps,
                     const struct line *line)
{
    const struct allocate_state *s = &v->state;
    bool is_recent = s->wish_us > 0 && line->now_us - s->wish_us < WISH_US;

    if (v->is_new || line->is_unlimited)
        return true;
    if (line->now_us < s->backoff_us) /* of the line as it was then */
        return line_is_ample(line, extra_bps) && line->now_us - s->fits_us[layer] >= WAIT_AMPLE_US;
    if (is_recent && line_is_ample(line, extra_bps))
        return true;
    return line->now_us - s->fits_us[layer] >=
           (is_recent || v->wish.is_pinned ? WAIT_SHORT_US : WAIT_US);
}

/* ---- first everyone's least ---- */

static bool give_base(struct allocate_video *v, int layer, struct line *line)
{
    int64_t bps = allocate_cost(v, layer);
    bool fits = line_fits(line, bps);

    since_note(&v->state.fits_us[layer], fits, line->now_us);
    if (layer <= allocate_before(v)
            ? !line_bears(line, bps)
            : !(v->is_new ? line_has(line, bps) : fits && may_rise(v, layer, bps, line)))
        return false;
    v->pick = (int8_t)layer;
    line->used_bps += bps;
    return true;
}

/* The lowest living layer; or, where that is too much, a lower one that its publisher has to start.
 */
static void divide_base(struct allocate_video *v, struct line *line)
{
    int living = allocate_lowest(v), known = 0;

    while (known < v->goal && !allocate_can_choose(v, known, line->is_unlimited))
        known++;
    if (living < 0 || living > v->goal)
        living = known;
    if (give_base(v, living, line) || (known < living && give_base(v, known, line)))
        return;
    if (known > living)
        known = living;
    if (v->state.fits_us[known] != 0)
        line->reserved_bps += allocate_cost(v, known);
    for (int l = 0; l < ALLOCATE_LAYERS_MAX; l++) {
        if (l != known && l != living)
            v->state.fits_us[l] = 0;
    }
}

/* ---- then upgrades ---- */

/* By how much more than others it matters. */
static int64_t weight(const struct allocate_video *v)
{
    if (v->wish.is_pinned || v->wish.is_screen)
        return 4;
    return v->wish.rank == 0 ? 2 : 1;
}

static bool is_flexible(const struct allocate_video *v)
{
    return v->is_elastic && v->pick == 0;
}

/* What can shrink of one that matters more than others grows before those are upgraded: step by
 * step, and only where it makes use of what it has. */
static void claim(struct allocate_video *v, struct line *line)
{
    const struct allocate_layer *layer = &v->layers[v->pick];
    int64_t now_bps = allocate_cost(v, v->pick);
    int64_t left_bps = line->upgrade_bps - line->used_bps - line->reserved_bps;

    if (!layer->can_shrink || !layer->is_pressing || is_flexible(v) || weight(v) == 1 ||
        left_bps <= 0)
        return;
    v->claimed_bps = least(bounded(allocate_clamp(layer->full_bps) - now_bps),
                           least(now_bps / CLAIM_SHARE, left_bps));
    line->used_bps += v->claimed_bps;
}

/* A line that has got a bit narrower: what is shrunk already is made smaller at once, if it is for
 * this receiver. It soon shows whether it is. */
static int64_t slack(struct allocate_video *v, int layer, int64_t extra_bps,
                     const struct line *line)
{
    int64_t *tight_us = &v->state.tight_us;

    if (layer != allocate_before(v) || !v->layers[layer].is_shrunk)
        return 0;
    since_note(tight_us, !line_holds(line, extra_bps), line->now_us);
    return *tight_us && line->now_us - *tight_us > TIGHT_US
               ? 0
               : allocate_cost(v, layer) / STRETCH_SHARE;
}

static void divide_layers(struct allocate_video *v, struct line *line)
{
    int best = v->pick, awaited = v->pick;

    for (int l = v->pick + 1; l <= v->goal; l++) {
        int64_t extra_bps = allocate_cost(v, l) - allocate_cost(v, v->pick);
        bool is_possible = allocate_can_choose(v, l, line->is_unlimited);
        bool fits = is_possible && line_fits(line, extra_bps);

        since_note(&v->state.fits_us[l], fits, line->now_us);
        if (l <= allocate_before(v)
                ? is_possible && line_holds(line, extra_bps - slack(v, l, extra_bps, line))
                : fits && may_rise(v, l, extra_bps, line))
            best = l;
        if (fits)
            awaited = l;
    }
    forget_fits(v, v->goal + 1);
    line->used_bps += allocate_cost(v, best) - allocate_cost(v, v->pick);
    if (awaited > best && line->now_us >= v->state.backoff_us)
        v->awaited_bps = allocate_cost(v, awaited) - allocate_cost(v, best);
    line->reserved_bps += v->awaited_bps;
    v->pick = (int8_t)best;
    claim(v, line);
}

/* ---- elastic ones ---- */

/* So much more than it has can it make use of. */
static int64_t appetite(const struct allocate_video *v)
{
    int64_t max_bps = v->max_bps > 0 ? allocate_clamp(v->max_bps) : INT64_MAX / 2;

    return max_bps > v->bps ? max_bps - v->bps : 0;
}

static int64_t give(struct allocate_video *v, int64_t bps, struct line *line)
{
    bps = least(bps, appetite(v));
    if (bps < 0)
        bps = 0;
    v->bps += bps;
    line->used_bps += bps;
    return bps;
}

/* Its share before less important ones are upgraded. @param weights from this video on */
static void divide_share(struct allocate_video *v, int64_t weights, struct line *line)
{
    int64_t left_bps = line->budget_bps - line->used_bps;

    v->bps = allocate_cost(v, 0);
    if (allocate_is_stream(v))
        (void)give(v, left_bps / weights * weight(v), line);
    else if (v->layers[0].bps > v->bps)
        (void)give(v, least(left_bps, v->layers[0].bps - v->bps), line);
}

/* What is left goes to those who can use it. */
static void divide_rest(struct allocate_video *first, struct line *line)
{
    for (int round = 0; round < SHARE_ROUNDS; round++) {
        int64_t weights = 0, given_bps = 0;
        int64_t left_bps = line->budget_bps - line->used_bps;

        for (struct allocate_video *v = first; v; v = v->next)
            weights += is_flexible(v) && appetite(v) > 0 ? weight(v) : 0;
        for (struct allocate_video *v = first; v && weights > 0; v = v->next) {
            if (is_flexible(v))
                given_bps += give(v, left_bps / weights * weight(v), line);
        }
        if (given_bps == 0)
            break;
    }
}

/* ---- results ---- */

static void note_change(struct allocate_video *v, int64_t now_us)
{
    struct allocate_state *s = &v->state;
    int before = allocate_before(v), now = v->pick;
    bool has_stood = s->raised_us > 0 && now_us - s->raised_us >= FAILED_US;

    if (has_stood)
        s->fails = 0;
    if (now > before) {
        s->raised_us = now_us;
    } else if (now < before && now < v->goal && !v->wish.is_unwanted) { /* by bandwidth */
        if (s->raised_us > 0 && !has_stood) {
            if (s->fails < FAILS_MAX)
                s->fails++;
            s->backoff_us = now_us + least((int64_t)BACKOFF_US << s->fails, BACKOFF_MAX_US);
        }
        s->raised_us = 0;
    }
}

/* Does an elastic one press against what it may take? Its own rate varies: once it does, it takes
 * more room until it is said to be free. */
static bool is_pressed(const struct allocate_video *v)
{
    int64_t now_bps = allocate_clamp(v->layers[0].bps);

    if (v->bps >= INT64_MAX / 4 || appetite(v) == 0)
        return false;
    return v->bps < now_bps + now_bps / (v->reason == ALLOCATE_BANDWIDTH ? 2 : 4);
}

static enum allocate_reason reason_of(const struct allocate_video *v)
{
    if (v->wish.is_unwanted)
        return ALLOCATE_UNWANTED;
    if (v->pick < v->goal || (is_flexible(v) && v->pick == v->goal && is_pressed(v)))
        return ALLOCATE_BANDWIDTH;
    return v->goal < v->ideal || v->flows < v->pick ? ALLOCATE_SILENT : ALLOCATE_FULL;
}

/* May what it gets, or what is above that, be made to fit? */
static bool is_pliant(const struct allocate_video *v)
{
    for (int l = v->pick > 0 ? v->pick : 1; v->pick >= 0 && l <= v->ideal; l++) {
        if (v->layers[l].can_shrink)
            return true;
    }
    return false;
}

/* Worth it: of the layer a good part, and clearly more than what is sent. Once it is reached for,
 * somewhat less will do. */
static bool is_worth(const struct allocate_video *v, int layer)
{
    int64_t full_bps = allocate_clamp(v->layers[layer].full_bps),
            now_bps = allocate_cost(v, v->pick);
    bool is_begun = v->reach == layer;

    return is_begun ? v->room_bps > full_bps / 3 && v->room_bps > now_bps / 4 * 5
                    : v->room_bps > full_bps / 5 * 2 && v->room_bps > now_bps / 2 * 3;
}

static int find_reach(const struct allocate_video *v)
{
    for (int l = v->pick + 1; l <= v->ideal; l++) {
        if (v->layers[l].can_shrink && is_worth(v, l))
            return l;
    }
    return -1;
}

/* A layer that is too much as it is: its publisher may make it fit. Not one for which there was
 * room for a moment only. */
static void note_reach(struct allocate_video *v, const struct line *line)
{
    struct allocate_state *s = &v->state;
    int reach = -1;

    if (v->pick >= 0 && !line->is_unlimited && !v->layers[v->pick].is_shrunk)
        reach = find_reach(v);
    if (reach < 0)
        s->reach_us = 0;
    else if (s->reach_us == 0 || s->reach != reach)
        s->reach_us = line->now_us;
    s->reach = (int8_t)reach;
    v->reach = (int8_t)(reach >= 0 && line->now_us - s->reach_us >= WAIT_SHORT_US ? reach : -1);
}

/* What others leave of the line is shared by those that can make use of it. @param weights of all
 * that can */
static void note_room(struct allocate_video *v, int64_t weights, const struct line *line)
{
    int64_t own_bps = v->pick < 0 ? 0 : is_flexible(v) ? v->bps : allocate_cost(v, v->pick);
    int64_t rest_bps = line->budget_bps - line->used_bps;

    if (rest_bps > 0) /* who waits takes nothing away from what flows */
        rest_bps = rest_bps > line->reserved_bps ? rest_bps - line->reserved_bps : 0;
    if (is_pliant(v))
        rest_bps = rest_bps / weights * weight(v);
    v->room_bps = own_bps + v->awaited_bps + v->claimed_bps + rest_bps;
    if (v->room_bps < 0)
        v->room_bps = 0;
    if (line->is_unlimited)
        v->room_bps = INT64_MAX;
}

static void finish(struct allocate_video *v, int64_t weights, const struct line *line)
{
    note_room(v, weights, line);
    note_reach(v, line);
    note_change(v, line->now_us);
    v->flows = v->pick;
    while (v->flows >= 0 && !v->layers[v->flows].is_alive)
        v->flows--;
    if (v->pick >= 0 && !is_flexible(v))
        v->bps = allocate_cost(v, v->pick);
    v->reason = (uint8_t)reason_of(v);
    if (is_flexible(v) && line->is_unlimited && v->max_bps <= 0)
        v->bps = INT64_MAX;
    v->layer = v->pick;
    v->state.has_state = true;
}

/* Nothing is known: whatever comes is let through, and then it is a new video. One of which nothing
 * was ever known begins; it lacks nothing yet. */
static void finish_silent(struct allocate_video *v)
{
    bool was_known = v->state.has_state || v->reason == ALLOCATE_SILENT;

    v->state = (struct allocate_state){0};
    v->layer = 0;
    v->flows = -1;
    v->reach = -1;
    v->room_bps = INT64_MAX;
    v->reason = was_known ? ALLOCATE_SILENT : ALLOCATE_FULL;
}

static bool is_wanted(const struct allocate_video *v)
{
    return !v->wish.is_unwanted && v->goal >= 0;
}

/* Can a share of the rest be of use to it? */
static bool has_weight(const struct allocate_video *v)
{
    return v->pick >= 0 && (allocate_is_stream(v) || v->pick < v->goal);
}

static int64_t wish_bps(const struct allocate_video *v)
{
    int64_t now_bps = allocate_clamp(v->layers[v->goal].bps);
    int64_t least_bps = allocate_cost(v, v->goal);

    if (!allocate_is_stream(v))
        return now_bps > least_bps ? now_bps : least_bps;
    if (v->max_bps > 0)
        return allocate_clamp(v->max_bps);
    return now_bps * 2 > least_bps ? now_bps * 2 : least_bps;
}

int64_t allocate(struct allocate_video *const *videos, size_t n,
                 const struct allocate_budget *budget, int64_t now_us)
{
    struct allocate_video *first;
    struct line line;
    int64_t weights = 0, wishes_bps = 0;

    if (n == 0)
        return 0;
    line_init(&line, budget, now_us);
    for (size_t i = 0; i < n; i++)
        prepare(videos[i], &line);
    first = allocate_sort(videos, n);
    for (struct allocate_video *v = first; v; v = v->next) {
        if (!is_wanted(v)) {
            forget_fits(v, 0);
            continue;
        }
        wishes_bps += wish_bps(v);
        divide_base(v, &line);
        weights += has_weight(v) ? weight(v) : 0;
    }
    for (struct allocate_video *v = first; v; v = v->next) {
        int64_t own = has_weight(v) ? weight(v) : 0;

        if (v->pick >= 0)
            divide_layers(v, &line);
        if (is_flexible(v))
            divide_share(v, weights, &line);
        weights -= own;
    }
    divide_rest(first, &line);
    weights = 0;
    for (struct allocate_video *v = first; v; v = v->next)
        weights += is_wanted(v) && is_pliant(v) ? weight(v) : 0;
    for (struct allocate_video *v = first; v; v = v->next) {
        if (v->goal < 0 && !v->wish.is_unwanted)
            finish_silent(v);
        else
            finish(v, weights, &line);
    }
    return wishes_bps + wishes_bps / (SPARE_SHARE - 1) + (wishes_bps > 0);
}
