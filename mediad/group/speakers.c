#include "mediad/group/speakers.h"

#include "common/now.h"

/* Decibels at which somebody is loud enough to begin, and too silent to go on. */
#define SCORE_ON 10
#define SCORE_OFF 4
/* By so much another must be louder than the first, for so long, to take its place. */
#define CHALLENGE_DB 6
#define CHALLENGE_US (1 * US_PER_S)
#define START_US (600 * US_PER_MS)
#define STOP_US (1 * US_PER_S)

void speakers_add(struct speakers *s, struct speaker *sp)
{
    *sp = (struct speaker){.rank = SPEAKERS_NO_RANK};
    list_append(&s->quiet, &sp->in_order);
}

void speakers_remove(struct speakers *s, struct speaker *sp)
{
    if (sp->rank != SPEAKERS_NO_RANK)
        s->has_changed = true;
    if (s->challenger == sp)
        s->challenger = NULL;
    list_remove(&sp->in_order);
    *sp = (struct speaker){.rank = SPEAKERS_NO_RANK};
}

/* Has it been so for long enough? */
static bool has_lasted(struct speaker *sp, bool is_so, int64_t us, int64_t now_us)
{
    if (!is_so)
        sp->since_us = 0;
    else if (sp->since_us == 0)
        sp->since_us = now_us;
    return is_so && now_us - sp->since_us >= us;
}

static void start(struct speakers *s, int64_t now_us)
{
    LIST_EACH_REMOVING (struct speaker, sp, &s->quiet, in_order) {
        if (!has_lasted(sp, sp->score >= SCORE_ON, START_US, now_us))
            continue;
        sp->is_speaking = sp->has_spoken = true;
        sp->since_us = 0;
        list_remove(&sp->in_order);
        list_append(&s->speaking, &sp->in_order);
    }
}

/* Members who stop speaking become the first of the quiet ones, in the order that they had. */
static void stop(struct speakers *s, int64_t now_us)
{
    struct list stopped = {0};
    struct speaker *last;

    LIST_EACH_REMOVING (struct speaker, sp, &s->speaking, in_order) {
        if (!has_lasted(sp, sp->score < SCORE_OFF, STOP_US, now_us))
            continue;
        sp->is_speaking = false;
        sp->since_us = 0;
        list_remove(&sp->in_order);
        list_append(&stopped, &sp->in_order);
    }
    while ((last = LIST_LAST(&stopped, struct speaker, in_order)) != NULL) {
        list_remove(&last->in_order);
        list_prepend(&s->quiet, &last->in_order);
    }
}

static void challenge(struct speakers *s, int64_t now_us)
{
    const struct speaker *first = LIST_FIRST(&s->speaking, struct speaker, in_order);
    struct speaker *loudest = NULL;

    LIST_EACH (struct speaker, sp, &s->speaking, in_order) {
        if (sp != first && (!loudest || sp->score > loudest->score))
            loudest = sp;
    }
    if (!loudest || loudest->score < first->score + CHALLENGE_DB) {
        s->challenger = NULL;
    } else if (loudest != s->challenger) {
        s->challenger = loudest;
        s->challenge_us = now_us;
    } else if (now_us - s->challenge_us >= CHALLENGE_US) {
        s->challenger = NULL;
        list_remove(&loudest->in_order);
        list_prepend(&s->speaking, &loudest->in_order);
    }
}

/* @return true: it is not as it was told */
static bool set_rank(struct speaker *sp, uint16_t *next)
{
    uint16_t rank = sp->has_spoken && *next < SPEAKERS_TOLD_MAX ? (*next)++ : SPEAKERS_NO_RANK;
    bool has_changed =
        rank != sp->rank || (rank != SPEAKERS_NO_RANK && sp->is_speaking != sp->was_told_speaking);

    sp->rank = rank;
    sp->was_told_speaking = sp->is_speaking;
    return has_changed;
}

bool speakers_update(struct speakers *s, int64_t now_us)
{
    bool has_changed = s->has_changed;
    uint16_t next = 0;

    s->has_changed = false;
    stop(s, now_us);
    start(s, now_us);
    challenge(s, now_us);
    LIST_EACH (struct speaker, sp, &s->speaking, in_order)
        has_changed |= set_rank(sp, &next);
    LIST_EACH (struct speaker, sp, &s->quiet, in_order)
        has_changed |= set_rank(sp, &next);
    return has_changed;
}

static bool limit(const struct list *order, int64_t n, int64_t *n_seen)
{
    bool has_changed = false;

    LIST_EACH (struct speaker, sp, order, in_order) {
        bool is_beyond = sp->has_camera && n > 0 && (*n_seen)++ >= n;

        has_changed |= is_beyond != sp->is_beyond;
        sp->is_beyond = is_beyond;
    }
    return has_changed;
}

bool speakers_limit(struct speakers *s, int64_t n)
{
    int64_t n_seen = 0;
    bool has_changed = limit(&s->speaking, n, &n_seen);

    return limit(&s->quiet, n, &n_seen) || has_changed;
}

bool speakers_are_still(const struct speakers *s)
{
    return list_is_empty(&s->speaking) && !s->has_changed;
}

size_t speakers_ranked(const struct speakers *s, const struct speaker *out[SPEAKERS_TOLD_MAX])
{
    size_t n = 0;

    LIST_EACH (const struct speaker, sp, &s->speaking, in_order) {
        if (sp->rank != SPEAKERS_NO_RANK)
            out[n++] = sp;
    }
    LIST_EACH (const struct speaker, sp, &s->quiet, in_order) {
        if (sp->rank == SPEAKERS_NO_RANK)
            break;
        out[n++] = sp;
    }
    return n;
}
