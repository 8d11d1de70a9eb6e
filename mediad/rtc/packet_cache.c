#include "mediad/rtc/packet_cache.h"

#include <assert.h>
#include <stdlib.h>

#include "mediad/rtc/rtp.h"

/* Half of a ring must have done for so many looks before the other half goes. */
#define ROOMY_LOOKS 20

_Static_assert(PACKET_CACHE_AGELESS > PACKET_CACHE_REPLAY_MAX, "a quiet track can be replayed");
_Static_assert(PACKET_CACHE_AUDIO > PACKET_CACHE_AGELESS, "the smallest ring has room for them");

int packet_cache_init(struct packet_cache *c, uint32_t size)
{
    struct packet **ring;

    assert(size > 0 && size <= PACKET_CACHE_MAX && (size & (size - 1)) == 0);
    ring = calloc(size, sizeof *ring);
    if (!ring)
        return ERR_NO_MEMORY;
    *c = (struct packet_cache){.ring = ring, .mask = size - 1, .min_size = size};
    return 0;
}

uint32_t packet_cache_capacity(const struct packet_cache *c)
{
    return c->mask + 1;
}

size_t packet_cache_size(const struct packet_cache *c)
{
    return c->ring ? (c->mask + (size_t)1) * sizeof *c->ring : 0;
}

void packet_cache_release(struct packet_cache *c)
{
    free(c->ring);
    *c = (struct packet_cache){0};
}

/* A keyframe's packets share a timestamp; the first of them may come late. Timestamps are compared
 * only while the older keyframe is here: after hours without one they would have wrapped. */
static void note_keyframe(struct packet_cache *c, const struct packet *p)
{
    if (p->info.keyframe != KEYFRAME_YES)
        return;
    if (packet_cache_since_keyframe(c) > 0 && rtp_ts_diff(p->rtp_ts, c->keyframe_ts) <= 0 &&
        !(p->rtp_ts == c->keyframe_ts && rtp_seq_diff(p->seq, c->keyframe_seq) < 0))
        return;
    c->has_keyframe = true;
    c->keyframe_seq = p->seq;
    c->keyframe_ts = p->rtp_ts;
    c->keyframe_us = p->arrival_us;
}

/* Numbers from the oldest packet to the newest one. More than the ring has, where a packet left its
 * place to one behind a gap. */
static unsigned span_of_numbers(const struct packet_cache *c)
{
    return c->n ? (uint16_t)(c->newest_seq - c->oldest_seq) + 1u : 0;
}

static void note_number(struct packet_cache *c, uint16_t seq)
{
    if (!c->has_newest || rtp_seq_diff(seq, c->newest_seq) > 0)
        c->newest_seq = seq;
    if (!c->n || rtp_seq_diff(seq, c->oldest_seq) < 0)
        c->oldest_seq = seq;
    c->has_newest = true;
}

/* One of the picture group that is kept whole. */
static bool is_of_group(const struct packet_cache *c, uint16_t seq)
{
    return c->keeps_group && packet_cache_since_keyframe(c) > 0 &&
           rtp_seq_diff(seq, c->keyframe_seq) >= 0;
}

struct packet *packet_cache_put(struct packet_cache *c, struct packet *p)
{
    struct packet **place = &c->ring[p->seq & c->mask];
    struct packet *old = *place;
    bool is_missed = old && is_of_group(c, old->seq);

    if (c->has_newest && rtp_seq_diff(c->newest_seq, p->seq) > (int)c->mask)
        return p;
    if (old && old->seq == p->seq)
        return p;
    *place = p;
    note_number(c, p->seq);
    if (!old)
        c->n++;
    else if (is_missed || p->arrival_us - old->arrival_us < PACKET_CACHE_AGE_US)
        c->is_short = true;
    note_keyframe(c, p);
    return old;
}

static struct packet *remove_at(struct packet_cache *c, struct packet **place)
{
    struct packet *p = *place;

    *place = NULL;
    c->n--;
    return p;
}

struct packet *packet_cache_expire(struct packet_cache *c, int64_t now_us)
{
    while (span_of_numbers(c) > PACKET_CACHE_AGELESS) {
        struct packet **place = &c->ring[c->oldest_seq & c->mask];
        bool is_there = *place && (*place)->seq == c->oldest_seq;

        if (is_of_group(c, c->oldest_seq))
            return NULL;
        if (is_there && now_us - (*place)->arrival_us < PACKET_CACHE_AGE_US)
            return NULL;
        c->oldest_seq++;
        if (is_there)
            return remove_at(c, place);
    }
    return NULL;
}

struct packet *packet_cache_take(struct packet_cache *c)
{
    for (uint32_t i = 0; c->n > 0 && i <= c->mask; i++) {
        if (c->ring[i])
            return remove_at(c, &c->ring[i]);
    }
    c->has_newest = false;
    c->has_keyframe = false;
    return NULL;
}

uint32_t packet_cache_fit(struct packet_cache *c)
{
    uint32_t size = c->mask + 1;
    bool is_short = c->is_short || c->n > size / 4 * 3;
    bool is_roomy = size > c->min_size && c->n <= size / 4 && span_of_numbers(c) <= size / 2;

    c->is_short = false;
    c->n_roomy = is_roomy && !is_short ? (uint8_t)(c->n_roomy + 1) : 0;
    if (is_short)
        return size < PACKET_CACHE_MAX ? size * 2 : size;
    return c->n_roomy < ROOMY_LOOKS ? size : size / 2;
}

int packet_cache_resize(struct packet_cache *c, uint32_t size)
{
    struct packet **ring;

    assert(size >= c->min_size && size <= PACKET_CACHE_MAX && (size & (size - 1)) == 0);
    ring = calloc(size, sizeof *ring);
    if (!ring)
        return ERR_NO_MEMORY;
    for (uint32_t i = 0; i <= c->mask; i++) {
        struct packet *p = c->ring[i];

        if (p && ring[p->seq & (size - 1)]) {
            free(ring);
            return ERR_BUSY;
        }
        if (p)
            ring[p->seq & (size - 1)] = p;
    }
    free(c->ring);
    c->ring = ring;
    c->mask = size - 1;
    c->n_roomy = 0;
    return 0;
}

struct packet *packet_cache_find(const struct packet_cache *c, uint16_t seq)
{
    struct packet *p = c->ring[seq & c->mask];

    return p && p->seq == seq ? p : NULL;
}

unsigned packet_cache_since_keyframe(const struct packet_cache *c)
{
    int distance;

    if (!c->has_keyframe || !packet_cache_find(c, c->keyframe_seq))
        return 0;
    distance = rtp_seq_diff(c->newest_seq, c->keyframe_seq);
    return distance < 0 || distance > (int)c->mask ? 0 : (unsigned)distance + 1;
}

bool packet_replay_init(struct packet_replay *r, const struct packet_cache *c)
{
    unsigned n = packet_cache_since_keyframe(c);

    if (n == 0)
        return false;
    *r = (struct packet_replay){c->keyframe_seq, (uint16_t)n};
    return true;
}

struct packet *packet_replay_next(struct packet_replay *r, const struct packet_cache *c)
{
    while (r->left > 0) {
        struct packet *p = packet_cache_find(c, r->next_seq);

        r->next_seq++;
        r->left--;
        if (p)
            return p;
    }
    return NULL;
}
