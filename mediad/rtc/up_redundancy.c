#include "mediad/rtc/up_redundancy.h"

#include <string.h>

#include "mediad/rtc/rtp.h"

enum {
    GAP_MAX = RED_BLOCKS_MAX + 1,
    LOOK_BACK_MAX = 64, /* numbers: publishers try their line with dozens of packets of padding */
};

/* What is missing before a packet, behind the newest one before it that has a frame. */
struct gap {
    unsigned n;                 /* numbers, */
    uint8_t distances[GAP_MAX]; /* so far before the packet, newest first */
    bool has_padding; /* some numbers had no frame, and missing ones may not have had any */
    uint32_t time;    /* from the packet before them, in units of the RTP clock */
};

/* More than a packet can make up for is none of our business. @return false: nothing is missing, or
 * too much */
static bool find_gap(const struct packet_cache *cache, const struct packet *p, struct gap *out)
{
    *out = (struct gap){0};
    for (unsigned back = 1; back <= LOOK_BACK_MAX; back++) {
        const struct packet *before = packet_cache_find(cache, (uint16_t)(p->seq - back));

        if (!before && out->n == GAP_MAX)
            return false;
        if (!before) {
            out->distances[out->n++] = (uint8_t)back;
            continue;
        }
        /* it may be of a numbering that was left */
        if (before->ext_seq + back != p->ext_seq || rtp_ts_diff(p->rtp_ts, before->rtp_ts) <= 0)
            return false;
        out->time = p->rtp_ts - before->rtp_ts;
        if (before->payload_len > 0)
            return out->n > 0;
        out->has_padding = true;
    }
    return out->n > 0;
}

static bool is_inside(const struct red_block *b, const struct gap *gap)
{
    return b->len > 0 && b->age > 0 && b->age < gap->time;
}

/* How many frames of the gap the packet has that are not older than so much. */
static unsigned count_inside(const struct red *red, const struct gap *gap, uint16_t age)
{
    unsigned n = 0;

    for (unsigned i = 0; i < red->n_blocks; i++)
        n += is_inside(&red->blocks[i], gap) && red->blocks[i].age <= age;
    return n;
}

/* By how many numbers a block's own packet came before: where there are as many frames as missing
 * numbers, by their order; where there are fewer, and the missing ones are evenly spaced, by time.
 * Which of the missing ones were padding is not known, and does not matter to who gets them in the
 * order of time: the newest frames have the newest numbers then.
 * @return 0: that is not known */
static unsigned distance_of(const struct red *red, const struct gap *gap, const struct red_block *b)
{
    uint32_t step = gap->time / (gap->n + 1);
    unsigned n = count_inside(red, gap, RED_AGE_MAX);

    if (!is_inside(b, gap) || n > gap->n)
        return 0;
    if (n == gap->n || gap->has_padding)
        return gap->distances[count_inside(red, gap, b->age) - 1];
    return gap->time % (gap->n + 1) == 0 && b->age % step == 0 ? b->age / step : 0;
}

static void rebuild(struct up_source *source, const struct packet *p, const struct red_block *b,
                    unsigned distance)
{
    struct worker *w = source->transport->worker;
    struct packet_slot *slot = slab_take(&w->slab);
    struct packet *lost;

    if (!slot)
        return;
    lost = &slot->packet;
    memcpy(slot->data, p->data + p->red_at + b->at, b->len);
    slot->len = b->len;
    lost->len = b->len;
    lost->arrival_us = p->arrival_us;
    lost->ext_seq = p->ext_seq - distance;
    lost->seq = (uint16_t)(p->seq - distance);
    lost->rtp_ts = p->rtp_ts - b->age;
    lost->ssrc = p->ssrc;
    lost->payload_at = 0;
    lost->payload_len = b->len;
    lost->red_len = 0;
    lost->marker = false;
    lost->is_repair = true;
    lost->has_audio_level = false;
    lost->descriptor.len = 0;
    memset(&lost->info, 0, sizeof lost->info);
    (void)loss_packet(&source->loss, lost->seq, w->now_us);
    worker_count(w, COUNT_REBUILT, 1);
    source->rebuilt[source->n_rebuilt++ % UP_REBUILT_MAX] = lost->ext_seq;
    track_push(source->track, lost);
}

void up_redundancy_rebuild(struct up_source *source, const struct packet *p, const struct red *red)
{
    struct gap gap;

    if (!find_gap(&source->track->cache, p, &gap))
        return;
    for (unsigned missing = gap.n; missing-- > 0;) {
        for (unsigned i = 0; i < red->n_blocks; i++) {
            if (distance_of(red, &gap, &red->blocks[i]) != gap.distances[missing])
                continue;
            rebuild(source, p, &red->blocks[i], gap.distances[missing]);
            break;
        }
    }
}

static bool has_older(const struct red *red, int64_t age)
{
    for (unsigned i = 0; i < red->n_blocks; i++) {
        if (red->blocks[i].len > 0 && red->blocks[i].age > age)
            return true;
    }
    return false;
}

void up_redundancy_watch_mute(struct up_source *source, struct packet *p, const struct red *red,
                              bool is_muted)
{
    if (is_muted)
        source->hearing = UP_MUTED;
    if (source->hearing == UP_MUTED)
        source->heard_ts = p->rtp_ts;
    if (is_muted || source->hearing == UP_HEARD)
        return;
    source->hearing = UP_UNMUTED;
    /* late packets are older than the first */
    int64_t since = rtp_ts_diff(p->rtp_ts, source->heard_ts);

    if (since > RED_AGE_MAX || since < -RED_AGE_MAX)
        source->hearing = UP_HEARD;
    else if (p->red_len && has_older(red, since))
        p->red_len = 0;
}

bool up_redundancy_came_late(struct up_source *source, const struct packet *known)
{
    for (unsigned i = 0; i < UP_REBUILT_MAX; i++) {
        if (source->rebuilt[i] != known->ext_seq)
            continue;
        source->rebuilt[i] = 0;
        return true;
    }
    return false;
}
