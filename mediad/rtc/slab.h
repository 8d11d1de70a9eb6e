/*
 * Fixed slots for received datagrams: each worker has a slab, takes from it without a system call
 * or lock, and gets back what other workers have done with. Room is set aside when a track is made
 * or its rate grows, never on the packet path. It is address space at first: pages are taken as
 * slots are used, and given back when fewer are in use for a while.
 */
#ifndef NEREID_MEDIAD_RTC_SLAB_H
#define NEREID_MEDIAD_RTC_SLAB_H

#include "common/error.h"
#include "common/list.h"
#include "mediad/rtc/net_address.h"
#include "mediad/rtc/packet.h"

/** A slot's head and a datagram, in whole cache lines: see slab.c. */
#define SLOT_SIZE 1728
/** Larger datagrams are dropped. */
#define DATAGRAM_MAX 1504
/** Slots are mapped and given back in chunks of so many: whole pages. */
#define SLAB_CHUNK_SLOTS 128

struct slab_chunk;

/** A datagram with where it came from, as other workers and DTLS need it. */
struct packet_slot {
    struct packet packet; /* first, so that a packet's address is its slot's */
    struct slab *home;
    struct slab_chunk *chunk; /* of its home, for that worker only */
    struct packet_slot *next; /* in the free list, or in a queue of its holder */
    uint16_t len;             /* of the datagram */
    uint8_t socket;           /* index of the socket it came by */
    uint8_t worker;           /* that received it */
    bool is_second_look;      /* it waited once for its address to become known */
    struct net_address source;
    struct net_address local; /* our address it was sent to; port 0; family 0 when not known */
    _Alignas(64) uint8_t data[];
};

struct slab {
    unsigned worker; /* index of the worker whose slab it is */
    struct packet_slot *free;
    size_t n_free;
    /* Each chunk is in one of these. */
    struct list untouched; /* some or all of its slots were never used: those have no pages yet */
    struct list used;
    struct list retired; /* no slot of it is given out any more: it waits for those still out */
    size_t n_slots;      /* mapped */
    size_t n_touched;    /* of them, used before */
    size_t n_reserved;   /* asked for */
    unsigned n_samples;  /* since the last trim */
    size_t least_free;   /* of these samples */
    _Alignas(64) _Atomic(struct packet_slot *) returned; /* by other workers; taken all at once */
};

void slab_init(struct slab *slab, unsigned worker);
/** Every thread that could hold a slot has ended. */
void slab_release(struct slab *slab);
/** Set room aside for `n` more slots. @return 0, ERR_NO_MEMORY */
int slab_reserve(struct slab *slab, size_t n) MUST_USE;
/** Somebody needs `n` slots less; the room serves the next reservation. */
void slab_unreserve(struct slab *slab, size_t n);
/**
 * Call it once a second, outside the packet path: every SLAB_TRIM_SAMPLES calls, what was free at
 * all of them, but for some to spare, is given back to the system. Chunks whose slots are partly
 * out are retired and follow when the last of these came home.
 */
void slab_trim(struct slab *slab);
#define SLAB_TRIM_SAMPLES 5

/** A slot with one reference, its packet's `data` at the slot's; owner's thread only.
 * @return NULL when all are in use */
struct packet_slot *slab_take(struct slab *slab);
/** A copy of a received datagram in a slot of one's own, so that the other worker gets its slot
 * back at once. @return NULL when all are in use */
struct packet_slot *slab_copy(struct slab *slab, const struct packet_slot *from);
/** Give up one reference; any worker's thread. `self` is that worker's own slab. */
void slab_unref(struct slab *self, struct packet *packet);
static inline void slab_ref(struct packet *packet)
{
    atomic_fetch_add_explicit(&packet->refs, 1, memory_order_relaxed);
}
static inline struct packet_slot *slot_of(struct packet *packet)
{
    return (struct packet_slot *)packet;
}

#endif
