#include "mediad/rtc/packet_cache.h"

#include <assert.h>
#include <stdlib.h>

#include "mediad/rtc/rtp.h"

enum { PACKET_CACHE_MAX = 4096 };

int packet_cache_init(struct packet_cache *c, uint32_t size)
{
    struct packet **ring;

    assert(size > 0 && size <= PACKET_CACHE_MAX && (size & (size - 1)) == 0);
    ring = calloc(size, sizeof *ring);
    if (!ring)
        return ERR_NO_MEMORY;
    *c = (struct packet_cache){.ring = ring, .mask = size - 1};
    return 0;
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

struct packet *packet_cache_put(struct packet_cache *c, struct packet *p)
{
    struct packet **place = &c->ring[p->seq & c->mask];
    struct packet *old = *place;

    if (c->has_newest && rtp_seq_diff(c->newest_seq, p->seq) > (int)c->mask)
        return p;
    if (old && old->seq == p->seq)
        return p;
    *place = p;
    if (!c->has_newest || rtp_seq_diff(p->seq, c->newest_seq) > 0)
        c->newest_seq = p->seq;
    c->has_newest = true;
    note_keyframe(c, p);
    return old;
}

struct packet *packet_cache_take(struct packet_cache *c)
{
    for (uint32_t i = 0; c->ring && i <= c->mask; i++) {
        struct packet *p = c->ring[i];

        if (p) {
            c->ring[i] = NULL;
            return p;
        }
    }
    c->has_newest = false;
    c->has_keyframe = false;
    return NULL;
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
