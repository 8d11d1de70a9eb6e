#include "mediad/rtc/slab.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct slab_chunk {
    struct slab_chunk *next;
    void *memory;
    size_t size_bytes;
};

_Static_assert(sizeof(struct slot) + DATAGRAM_MAX + 64 <= SLOT_SIZE, "a slot holds a datagram");

void slab_init(struct slab *slab, unsigned worker)
{
    memset(slab, 0, sizeof *slab);
    slab->worker = worker;
}

void slab_release(struct slab *slab)
{
    while (slab->chunks) {
        struct slab_chunk *chunk = slab->chunks;

        slab->chunks = chunk->next;
        munmap(chunk->memory, chunk->size_bytes);
        free(chunk);
    }
    slab_init(slab, slab->worker);
}

int slab_reserve(struct slab *slab, size_t n)
{
    size_t needed = slab->n_reserved + n;

    if (needed > slab->n_slots) {
        size_t more = needed - slab->n_slots;
        struct slab_chunk *chunk = malloc(sizeof *chunk);

        if (!chunk)
            return ERR_NO_MEMORY;
        chunk->size_bytes = more * SLOT_SIZE;
        /* pages are touched, and so really taken, only as slots are used */
        chunk->memory = mmap(NULL, chunk->size_bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (chunk->memory == MAP_FAILED) {
            free(chunk);
            return ERR_NO_MEMORY;
        }
        /* slots of the chunk before that were never used go to the free list */
        while (slab->n_fresh) {
            struct slot *slot = (struct slot *)slab->fresh;

            slab->fresh += SLOT_SIZE;
            slab->n_fresh--;
            slot->next = slab->free;
            slab->free = slot;
        }
        chunk->next = slab->chunks;
        slab->chunks = chunk;
        slab->fresh = chunk->memory;
        slab->n_fresh = more;
        slab->n_slots = needed;
    }
    slab->n_reserved = needed;
    return 0;
}

void slab_unreserve(struct slab *slab, size_t n)
{
    slab->n_reserved -= n;
}

struct slot *slab_take(struct slab *slab)
{
    struct slot *slot = slab->free;

    if (!slot) {
        /* one exchange takes the whole list, so that no other thread can meddle with its links */
        slot = atomic_exchange_explicit(&slab->returned, NULL, memory_order_acquire);
        slab->free = slot;
    }
    if (slot) {
        slab->free = slot->next;
    } else if (slab->n_fresh) {
        slot = (struct slot *)slab->fresh;
        slab->fresh += SLOT_SIZE;
        slab->n_fresh--;
    } else {
        return NULL;
    }
    slot->next = NULL;
    slot->home = slab;
    slot->packet.data = slot->data;
    atomic_store_explicit(&slot->packet.refs, 1, memory_order_relaxed);
    return slot;
}

struct slot *slab_copy(struct slab *slab, const struct slot *from)
{
    struct slot *slot = slab_take(slab);

    if (!slot)
        return NULL;
    slot->len = from->len;
    slot->socket = from->socket;
    slot->worker = from->worker;
    slot->is_second_look = from->is_second_look;
    slot->source = from->source;
    slot->local = from->local;
    memcpy(slot->data, from->data, from->len);
    return slot;
}

void slab_unref(struct slab *self, struct packet *packet)
{
    if (atomic_fetch_sub_explicit(&packet->refs, 1, memory_order_acq_rel) != 1)
        return;
    struct slot *slot = slot_of(packet);
    struct slab *home = slot->home;

    if (home == self) {
        slot->next = home->free;
        home->free = slot;
        return;
    }
    struct slot *head = atomic_load_explicit(&home->returned, memory_order_relaxed);

    do {
        slot->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&home->returned, &head, slot,
                                                    memory_order_release, memory_order_relaxed));
}
