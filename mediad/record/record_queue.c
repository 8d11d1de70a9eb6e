#include "mediad/record/record_queue.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    ENTRY_ALIGN = 8,
    KIND_SKIP = 0xff, /* nothing: the next entry is at the ring's beginning */
    LAST_ROOM = 4096, /* kept free for clocks and the end */
    CACHE_LINE = 64,
    PIECES = 128,     /* of the ring */
    PIECE_MIN = 4096, /* a page */
};

/* In the ring; the payload follows. An entry never wraps. */
struct entry {
    uint32_t size; /* of it all, a multiple of ENTRY_ALIGN */
    uint8_t kind;
    uint8_t track;
    uint8_t source;
    bool marker;
    /* a KIND_SKIP ends here */
    uint32_t len;
    uint32_t rtp_ts;
    uint64_t ext_seq;
    int64_t at_us;
    uint16_t height;
};

struct record_queue {
    uint8_t *ring;
    size_t size;
    atomic_uint refs;
    atomic_bool wants_keyframe;
    atomic_bool is_closed;
    atomic_uint dropped;
    _Alignas(CACHE_LINE) atomic_size_t tail; /* bytes ever put; the producer's */
    bool is_dropping;                        /* video, up to a keyframe */
    /* the consumer's */
    _Alignas(CACHE_LINE) atomic_size_t head; /* bytes ever given back, in whole pieces */
    size_t taken;                            /* bytes ever taken */
    size_t piece;                            /* what is given back at a time */
};

int record_queue_new(struct record_queue **out, size_t size)
{
    struct record_queue *q = aligned_alloc(CACHE_LINE, sizeof *q);

    if (!q)
        return ERR_NO_MEMORY;
    memset(q, 0, sizeof *q);
    q->piece = size / PIECES > PIECE_MIN ? size / PIECES : PIECE_MIN;
    q->ring = aligned_alloc(PIECE_MIN, size);
    if (!q->ring) {
        free(q);
        return ERR_NO_MEMORY;
    }
    q->size = size;
    atomic_init(&q->refs, 1);
    *out = q;
    return 0;
}

void record_queue_ref(struct record_queue *q)
{
    atomic_fetch_add_explicit(&q->refs, 1, memory_order_relaxed);
}

void record_queue_unref(struct record_queue *q)
{
    if (!q || atomic_fetch_sub_explicit(&q->refs, 1, memory_order_acq_rel) > 1)
        return;
    free(q->ring);
    free(q);
}

static struct entry *entry_at(const struct record_queue *q, size_t position)
{
    return (struct entry *)(void *)(q->ring + (position & (q->size - 1)));
}

static size_t entry_size(size_t payload_len)
{
    return (sizeof(struct entry) + payload_len + ENTRY_ALIGN - 1) & ~(size_t)(ENTRY_ALIGN - 1);
}

/* Bytes that `size` more take at `tail`: with those at the ring's end that are too few. */
static size_t taken_with_skip(const struct record_queue *q, size_t tail, size_t size)
{
    size_t to_end = q->size - (tail & (q->size - 1));

    return size <= to_end ? size : to_end + size;
}

static size_t room(const struct record_queue *q, size_t tail)
{
    return q->size - (tail - atomic_load_explicit(&q->head, memory_order_acquire));
}

/* Pictures leave a quarter to the sound, and once some were dropped they wait for half. */
static bool has_room(struct record_queue *q, size_t left, bool is_packet, bool is_video,
                     bool is_keyframe)
{
    if (!is_packet)
        return true;
    if (!is_video)
        return left >= LAST_ROOM;
    if (q->is_dropping)
        q->is_dropping = !is_keyframe || left < q->size / 2;
    else
        q->is_dropping = left < q->size / 4;
    return !q->is_dropping;
}

bool record_queue_put(struct record_queue *q, const struct record *r, bool is_video,
                      bool is_keyframe)
{
    size_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);
    size_t size = entry_size(r->payload.len);
    size_t free_bytes = room(q, tail);
    size_t taken = taken_with_skip(q, tail, size);
    struct entry *e;

    if (taken > free_bytes ||
        !has_room(q, free_bytes - taken, r->kind == RECORD_PACKET, is_video, is_keyframe)) {
        if (is_video && r->kind == RECORD_PACKET)
            q->is_dropping = true;
        atomic_fetch_add_explicit(&q->dropped, 1, memory_order_relaxed);
        return false;
    }
    e = entry_at(q, tail);
    if (taken > size) {
        e->size = (uint32_t)(taken - size);
        e->kind = KIND_SKIP;
        e = entry_at(q, tail + e->size);
    }
    *e = (struct entry){
        .size = (uint32_t)size,
        .kind = r->kind,
        .track = r->track,
        .source = r->source,
        .marker = r->marker,
        .len = (uint32_t)r->payload.len,
        .rtp_ts = r->rtp_ts,
        .ext_seq = r->ext_seq,
        .at_us = r->at_us,
        .height = r->height,
    };
    if (r->payload.len > 0)
        memcpy(e + 1, r->payload.data, r->payload.len);
    atomic_store_explicit(&q->tail, tail + taken, memory_order_release);
    return true;
}

bool record_queue_take_keyframe_wish(struct record_queue *q)
{
    return atomic_load_explicit(&q->wants_keyframe, memory_order_relaxed) &&
           atomic_exchange_explicit(&q->wants_keyframe, false, memory_order_relaxed);
}

bool record_queue_is_closed(const struct record_queue *q)
{
    return atomic_load_explicit(&q->is_closed, memory_order_relaxed);
}

/* Takes so many bytes more. Whole pieces are the producer's again, and their memory the system's
 * until then: of a ring whose reader keeps up little is in use. */
static void take(struct record_queue *q, size_t size)
{
    size_t head = atomic_load_explicit(&q->head, memory_order_relaxed), end;

    q->taken += size;
    end = q->taken & ~(q->piece - 1);
    for (size_t at = head; at < end; at += q->piece)
        (void)!madvise(q->ring + (at & (q->size - 1)), q->piece, MADV_DONTNEED);
    if (end > head)
        atomic_store_explicit(&q->head, end, memory_order_release);
}

/* The oldest entry that is one, NULL when there is none. */
static struct entry *oldest(struct record_queue *q)
{
    struct entry *e;

    if (q->taken == atomic_load_explicit(&q->tail, memory_order_acquire))
        return NULL;
    e = entry_at(q, q->taken);
    if (e->kind != KIND_SKIP)
        return e;
    take(q, e->size); /* it was put together with the one behind it */
    return entry_at(q, q->taken);
}

bool record_queue_peek(struct record_queue *q, struct record *out)
{
    const struct entry *e = oldest(q);

    if (!e)
        return false;
    *out = (struct record){
        .kind = e->kind,
        .track = e->track,
        .source = e->source,
        .marker = e->marker,
        .height = e->height,
        .rtp_ts = e->rtp_ts,
        .ext_seq = e->ext_seq,
        .at_us = e->at_us,
        .payload = span_of(e + 1, e->len),
    };
    return true;
}

void record_queue_next(struct record_queue *q)
{
    const struct entry *e = oldest(q);

    if (e)
        take(q, e->size);
}

void record_queue_want_keyframe(struct record_queue *q)
{
    atomic_store_explicit(&q->wants_keyframe, true, memory_order_relaxed);
}

unsigned record_queue_take_dropped(struct record_queue *q)
{
    return atomic_exchange_explicit(&q->dropped, 0, memory_order_relaxed);
}

void record_queue_close(struct record_queue *q)
{
    atomic_store_explicit(&q->is_closed, true, memory_order_relaxed);
}
