/*
 * Fixed slots for received datagrams (spec/media.md 7.3): each worker has a slab, takes from it
 * without a system call or lock, and gets back what other workers have done with. Memory is set
 * aside when a track is made, never on the packet path.
 */
#ifndef NEREID_MEDIAD_RTC_SLAB_H
#define NEREID_MEDIAD_RTC_SLAB_H

#include "common/error.h"
#include "mediad/rtc/net_address.h"
#include "mediad/rtc/packet.h"

#define SLOT_SIZE 2048
/** Larger datagrams are dropped (spec/media.md 0). */
#define DATAGRAM_MAX 1504

/** A datagram with where it came from, as other workers and DTLS need it. */
struct slot {
    struct packet packet; /* first, so that a packet's address is its slot's */
    struct slab *home;
    struct slot *next;   /* in the free list, or in a queue of its holder */
    uint16_t len;        /* of the datagram */
    uint8_t socket;      /* index of the socket it came by */
    uint8_t worker;      /* that received it */
    bool is_second_look; /* it waited once for its address to become known */
    struct net_address source;
    struct net_address local; /* our address it was sent to; port 0; family 0 when not known */
    _Alignas(64) uint8_t data[];
};

struct slab_chunk;

struct slab {
    unsigned worker; /* index of the worker whose slab it is */
    struct slot *free;
    struct slab_chunk *chunks;
    uint8_t *fresh; /* slots of the newest chunk that were never used */
    size_t n_fresh;
    size_t n_slots;                               /* set aside */
    size_t n_reserved;                            /* asked for */
    _Alignas(64) _Atomic(struct slot *) returned; /* by other workers; taken back all at once */
};

void slab_init(struct slab *slab, unsigned worker);
/** Every thread that could hold a slot has ended. */
void slab_release(struct slab *slab);
/** Set memory aside for `n` more slots. @return 0, ERR_NO_MEMORY */
int slab_reserve(struct slab *slab, size_t n) MUST_USE;
/** Somebody needs `n` slots less; the memory serves the next reservation. */
void slab_unreserve(struct slab *slab, size_t n);

/** A slot with one reference, its packet's `data` at the slot's; owner's thread only.
 * @return NULL when all are in use */
struct slot *slab_take(struct slab *slab);
/** A copy of a received datagram in a slot of one's own, so that the other worker gets its slot
 * back at once. @return NULL when all are in use */
struct slot *slab_copy(struct slab *slab, const struct slot *from);
/** Give up one reference; any worker's thread. `self` is that worker's own slab. */
void slab_unref(struct slab *self, struct packet *packet);
static inline void slab_ref(struct packet *packet)
{
    atomic_fetch_add_explicit(&packet->refs, 1, memory_order_relaxed);
}
static inline struct slot *slot_of(struct packet *packet)
{
    return (struct slot *)packet;
}

#endif
