#include "tests/bench/loadgen/pictures.h"

#include <string.h>

#include "mediad/rtc/payload_vp8.h"

/* A keyframe's header: three bytes, a start code of three, the size (RFC 6386 section 9.1). */
static uint16_t keyframe_width(const struct vp8_descriptor *d, struct span payload)
{
    const uint8_t *frame = payload.data + d->size;

    if (vp8_keyframe(payload) != KEYFRAME_YES || payload.len < d->size + 10u)
        return 0;
    return (uint16_t)((frame[6] | frame[7] << 8) & 0x3FFF);
}

static const struct picture_packet *packet_at(const struct pictures *p, uint64_t seq)
{
    const struct picture_packet *at = &p->ring[seq % PICTURES_RING];

    return at->seq == seq ? at : NULL;
}

/* @return the number behind the picture that begins at `seq`, or 0 while some of it is missing */
static uint64_t picture_end(const struct pictures *p, uint64_t seq, uint64_t *bytes)
{
    const struct picture_packet *at = packet_at(p, seq);

    if (!at || !at->is_start)
        return 0;
    for (*bytes = 0; at; at = packet_at(p, ++seq)) {
        *bytes += at->bytes;
        if (at->is_last)
            return seq + 1;
    }
    return 0;
}

/* A newer keyframe that is whole lets a receiver go on without what is missing. */
static uint64_t whole_keyframe(const struct pictures *p, uint64_t from)
{
    uint64_t bytes;

    for (uint64_t seq = from; seq <= p->highest; seq++) {
        const struct picture_packet *at = packet_at(p, seq);

        if (at && at->width > 0 && picture_end(p, seq, &bytes) > 0)
            return seq;
    }
    return 0;
}

static void show(struct pictures *p, uint64_t bytes, int64_t now_us)
{
    const struct picture_packet *first = packet_at(p, p->next);

    if (first->is_padding)
        return;
    if (first->width > 0)
        p->width = first->width;
    if (p->shown_us > 0 && now_us - p->shown_us > p->longest_us)
        p->longest_us = now_us - p->shown_us;
    p->shown_us = now_us;
    p->n_shown++;
    for (unsigned i = 0; i < PICTURES_SIZES; i++) {
        if (p->sizes[i].width != 0 && p->sizes[i].width != p->width)
            continue;
        p->sizes[i].width = p->width;
        p->sizes[i].bytes += bytes;
        p->sizes[i].pictures++;
        return;
    }
}

static uint64_t oldest(const struct pictures *p)
{
    return p->highest >= PICTURES_RING ? p->highest - PICTURES_RING + 1 : 1;
}

void pictures_start(struct pictures *p, int64_t now_us)
{
    p->n_shown = 0;
    p->longest_us = 0;
    p->shown_us = now_us;
    memset(p->sizes, 0, sizeof p->sizes);
}

static struct picture_packet describe(uint64_t seq, struct span payload, bool is_last)
{
    struct picture_packet packet = {.seq = seq, .bytes = (uint16_t)payload.len, .is_last = is_last};
    struct vp8_descriptor d;

    if (payload.len == 0) {
        packet.is_padding = packet.is_start = packet.is_last = true;
    } else if (vp8_descriptor_parse(&d, payload) == 0) {
        packet.width = keyframe_width(&d, payload);
        packet.is_start = d.is_start && d.partition == 0;
    }
    return packet;
}

/* Go on behind a newer keyframe when something is missing. @return the end of the picture to show,
 * or 0 */
static uint64_t find_next(struct pictures *p, uint64_t *bytes)
{
    uint64_t end = p->next ? picture_end(p, p->next, bytes) : 0;
    uint64_t key;

    if (end > 0)
        return end;
    key = whole_keyframe(p, p->next > oldest(p) ? p->next : oldest(p));
    if (key == 0)
        return 0;
    p->next = key;
    return picture_end(p, key, bytes);
}

void pictures_packet(struct pictures *p, uint64_t seq, struct span payload, bool is_last,
                     int64_t now_us)
{
    uint64_t end;
    uint64_t bytes;

    if (seq + PICTURES_RING <= p->highest)
        return;
    if (p->shown_us == 0)
        p->shown_us = now_us;
    if (seq > p->highest)
        p->highest = seq;
    p->ring[seq % PICTURES_RING] = describe(seq, payload, is_last);
    while ((end = find_next(p, &bytes)) > 0) {
        show(p, bytes, now_us);
        p->next = end;
    }
}

bool pictures_is_stuck(const struct pictures *p, int64_t now_us, int64_t for_us)
{
    return p->highest > 0 && p->highest >= p->next && now_us - p->shown_us > for_us;
}

int64_t pictures_longest_us(const struct pictures *p, int64_t now_us)
{
    int64_t open_us = p->shown_us > 0 ? now_us - p->shown_us : 0;

    return open_us > p->longest_us ? open_us : p->longest_us;
}
