#include "mediad/rtc/track.h"

#include <stdlib.h>

#include "common/macros.h"
#include "common/now.h"

#define NEWEST_SEARCH_MAX 32

static uint32_t cache_size(enum track_kind kind)
{
    return kind == TRACK_VIDEO ? PACKET_CACHE_VIDEO : PACKET_CACHE_AUDIO;
}

/* What is set aside for a cache of this capacity. Mirrors of a track that lag behind may hold as
 * many packets again; a mirror's own lie in the slots of the publisher's worker. */
static size_t slots_of(const struct track *t, uint32_t capacity)
{
    if (t->owner != t->worker->index)
        return 0;
    return t->worker->n_workers > 1 ? 2 * (size_t)capacity : capacity;
}

static size_t slots_reserved(const struct track *t)
{
    return slots_of(t, packet_cache_capacity(&t->cache));
}

static void keyframe_timer_fired(struct timer *timer, int64_t now_us)
{
    struct track *t = CONTAINER_OF(timer, struct track, keyframe_timer);

    if (keyframe_tick(&t->keyframes, now_us))
        t->source->want_keyframe(t);
    int64_t next_us = keyframe_next_us(&t->keyframes);

    if (next_us != INT64_MAX)
        timer_wheel_set(&t->worker->wheel, timer, next_us);
}

struct track *track_new(struct worker *w, uint64_t id, unsigned owner, enum codec codec,
                        const struct track_source_ops *source, void *source_user)
{
    const struct codec_info *info = codec_info(codec);
    struct track *t = calloc(1, sizeof *t);

    if (!t || !info)
        goto fail;
    t->id = id;
    t->worker = w;
    t->owner = owner;
    t->codec = codec;
    t->source = source;
    t->source_user = source_user;
    t->kind = info->kind;
    t->clock_rate = info->clock_rate;
    t->keyframe_timer.fire = keyframe_timer_fired;
    if (packet_cache_init(&t->cache, cache_size(t->kind)) < 0)
        goto fail;
    if (slab_reserve(&w->slab, slots_reserved(t)) < 0)
        goto fail_cache;
    if (fixed_table_set(&w->tracks, &id, t) < 0)
        goto fail_slab;
    return t;

fail_slab:
    slab_unreserve(&w->slab, slots_reserved(t));
fail_cache:
    packet_cache_release(&t->cache);
fail:
    free(t);
    return NULL;
}

size_t track_size(const struct track *t)
{
    size_t n_slots = t->owner == t->worker->index ? t->cache.n : 0;

    return sizeof *t + packet_cache_size(&t->cache) + n_slots * SLOT_SIZE;
}

static void empty_cache(struct track *t)
{
    struct packet *packet;

    while ((packet = packet_cache_take(&t->cache)) != NULL)
        slab_unref(&t->worker->slab, packet);
}

static void expire_packets(struct track *t)
{
    struct packet *packet;

    while ((packet = packet_cache_expire(&t->cache, t->worker->now_us)) != NULL)
        slab_unref(&t->worker->slab, packet);
}

static void fit_cache(struct track *t)
{
    uint32_t size = packet_cache_capacity(&t->cache);
    uint32_t fit = packet_cache_fit(&t->cache);

    if (fit == size || slab_reserve(&t->worker->slab, slots_of(t, fit)) < 0)
        return;
    /* without memory it stays as it is; what is too much is given back */
    int r = packet_cache_resize(&t->cache, fit);

    slab_unreserve(&t->worker->slab, slots_of(t, r < 0 ? fit : size));
}

void track_tick(struct track *t)
{
    expire_packets(t);
    fit_cache(t);
}

void track_free(struct track *t)
{
    struct worker *w = t->worker;

    fixed_table_remove(&w->tracks, &t->id);
    timer_cancel(&t->keyframe_timer);
    timer_cancel(&t->open_timer);
    list_remove(&t->in_dirty);
    while (!list_is_empty(&t->subscribers))
        track_unsubscribe(LIST_FIRST(&t->subscribers, struct subscription, in_track));
    for (unsigned i = 0; i < t->n_pending; i++)
        slab_unref(&w->slab, t->pending[i]);
    empty_cache(t);
    slab_unreserve(&w->slab, slots_reserved(t));
    packet_cache_release(&t->cache);
    free(t);
}

/* Old packets of a numbering that was left are no use, and would hide the new ones. */
static void watch_numbering(struct track *t, const struct packet *packet)
{
    if (t->newest_ext_seq && packet->ext_seq > t->newest_ext_seq + TRACK_RESTART_DISTANCE)
        empty_cache(t);
    if (packet->ext_seq > t->newest_ext_seq)
        t->newest_ext_seq = packet->ext_seq;
}

void track_push(struct track *t, struct packet *packet)
{
    struct worker *w = t->worker;

    watch_numbering(t, packet);
    /* mirrors know by the packets what only the publisher's worker sees */
    if (t->owner == w->index)
        packet->is_of_deaf = keyframe_is_deaf(&t->keyframes);
    t->cache.keeps_group = packet->is_of_deaf;
    slab_ref(packet); /* the cache's */
    struct packet *evicted = packet_cache_put(&t->cache, packet);

    if (evicted)
        slab_unref(&w->slab, evicted);
    if (evicted == packet) {
        /* a duplicate, or older than all that is remembered */
        slab_unref(&w->slab, packet);
        worker_count(w, COUNT_DROP_DUPLICATE, 1);
        return;
    }
    expire_packets(t);
    if (packet->info.keyframe == KEYFRAME_YES)
        keyframe_arrived(&t->keyframes, w->now_us);
    t->pending[t->n_pending++] = packet;
    t->is_fed = true;
    t->keyframes.is_flowing = true;
    if (!list_is_linked(&t->in_dirty))
        list_append(&w->dirty, &t->in_dirty);
    if (t->n_pending == TRACK_PENDING_MAX)
        track_flush(t);
}

void track_flush(struct track *t)
{
    if (!t->n_pending)
        return;
    /* a receiver may leave the list: it moved on to another rid */
    LIST_EACH_REMOVING (struct subscription, s, &t->subscribers, in_track)
        s->ops->packets(s, t->pending, t->n_pending);
    if (t->mirrors)
        t->source->cross(t, t->pending, t->n_pending);
    for (unsigned i = 0; i < t->n_pending; i++)
        slab_unref(&t->worker->slab, t->pending[i]);
    t->n_pending = 0;
}

void track_flush_all(struct worker *w)
{
    struct track *t;

    while ((t = LIST_FIRST(&w->dirty, struct track, in_dirty)) != NULL) {
        list_remove(&t->in_dirty);
        track_flush(t);
    }
}

void track_subscribe(struct track *t, struct subscription *s, bool is_opening)
{
    /* what came before is replayed from the cache, and must not come twice */
    track_flush(t);
    bool is_first = !track_is_received(t);

    s->track = t;
    list_append(&t->subscribers, &s->in_track);
    if (is_first && t->source->received)
        t->source->received(t);
    if (t->kind == TRACK_VIDEO && !is_opening)
        track_start(s);
}

bool track_can_replay(const struct track *t)
{
    unsigned age = packet_cache_since_keyframe(&t->cache);

    return age > 0 && (age < PACKET_CACHE_REPLAY_MAX || t->cache.keeps_group);
}

void track_start(struct subscription *s)
{
    struct track *t = s->track;
    bool is_young = packet_cache_since_keyframe(&t->cache) < PACKET_CACHE_REPLAY_MAX;
    bool is_there = track_can_replay(t);

    if (is_there)
        s->ops->replay(s);
    /* who was deaf may hear again, and a new keyframe spares the rest of an old group */
    if (!is_there || !is_young)
        track_want_keyframe(t, false);
}

const struct packet *track_newest_picture(const struct track *t)
{
    for (unsigned back = 0; back < NEWEST_SEARCH_MAX; back++) {
        const struct packet *p =
            packet_cache_find(&t->cache, (uint16_t)(t->cache.newest_seq - back));

        if (p && p->payload_len)
            return p;
    }
    return NULL;
}

bool track_is_received(const struct track *t)
{
    return !list_is_empty(&t->subscribers) || t->mirrors;
}

void track_unsubscribe(struct subscription *s)
{
    if (!s->track)
        return;
    list_remove(&s->in_track);
    s->track = NULL;
    s->limit_bps = 0;
}

bool track_want_keyframe(struct track *t, bool is_replay_useful)
{
    int64_t now_us = t->worker->now_us;

    if (t->kind != TRACK_VIDEO)
        return false;
    if (is_replay_useful) {
        if (keyframe_want(&t->keyframes, now_us) == KEYFRAME_REPLAY &&
            packet_cache_since_keyframe(&t->cache) > 0)
            return true;
    } else {
        keyframe_want_new(&t->keyframes);
    }
    if (keyframe_tick(&t->keyframes, now_us))
        t->source->want_keyframe(t);
    int64_t next_us = keyframe_next_us(&t->keyframes);

    if (next_us != INT64_MAX)
        timer_wheel_set(&t->worker->wheel, &t->keyframe_timer, next_us);
    return false;
}

void subscription_limit(struct subscription *s, int64_t bps)
{
    s->limit_bps = bps == TOLD_RATE_UNKNOWN ? 0 : bps > 0 ? bps : 1;
    if (s->track && s->limit_bps)
        s->track->source->limit_fell(s->track, bps);
}

static void widen_limits(struct track_limits *limits, int64_t least_bps, int64_t most_bps)
{
    if (least_bps < limits->least_bps)
        limits->least_bps = least_bps;
    if (most_bps > limits->most_bps)
        limits->most_bps = most_bps;
}

struct track_limits track_limits(const struct track *t)
{
    int64_t now_us = t->worker->now_us;
    struct track_limits limits = {.least_bps = TOLD_RATE_UNKNOWN, .most_bps = 0};

    LIST_EACH (struct subscription, s, &t->subscribers, in_track) {
        int64_t bps = s->limit_bps ? s->limit_bps : TOLD_RATE_UNKNOWN;

        widen_limits(&limits, bps, bps);
    }
    for (uint64_t left = t->mirrors; left; left &= left - 1) {
        const struct track_limits *there = &t->limits[__builtin_ctzll(left)];

        if (there->at_us != 0 && now_us - there->at_us <= TOLD_RATE_AGE_US)
            widen_limits(&limits, there->least_bps, there->most_bps);
        else
            limits.most_bps = TOLD_RATE_UNKNOWN;
    }
    if (limits.most_bps == 0)
        limits.most_bps = TOLD_RATE_UNKNOWN;
    return limits;
}

void track_set_time(struct track *t, const struct track_time *time)
{
    bool is_news = time->is_known && !t->time.is_known;

    t->time = *time;
    if (!is_news)
        return;
    LIST_EACH (struct subscription, s, &t->subscribers, in_track)
        s->ops->clock_known(s);
}

bool track_rtp_at(const struct track *t, int64_t at_us, uint32_t *rtp_ts)
{
    if (!t->time.is_known)
        return false;
    int64_t elapsed_us = at_us - t->time.at_us;

    *rtp_ts = t->time.rtp_ts + (uint32_t)(elapsed_us * t->clock_rate / US_PER_S);
    return true;
}
