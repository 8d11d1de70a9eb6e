#include "mediad/rtc/slab.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/macros.h"

#define CHUNK_BYTES ((size_t)SLAB_CHUNK_SLOTS * SLOT_SIZE)
/* Free slots that stay whatever happens, and one for so many that are out: packets come in bursts.
 */
#define SPARE_SLOTS SLAB_CHUNK_SLOTS
#define SPARE_DIVISOR 8

struct slab_chunk {
    struct list_node in_slab;
    uint8_t *memory;
    unsigned n_touched; /* slots from its start on */
    unsigned n_home;    /* slots in the free list, as slab_trim() counts them; retired: in `home` */
    bool is_retired;
    struct packet_slot *home; /* retired: those that came home */
};

_Static_assert(sizeof(struct packet_slot) + DATAGRAM_MAX <= SLOT_SIZE, "a slot holds a datagram");
_Static_assert(SLOT_SIZE % 64 == 0, "the next slot begins with a cache line");
_Static_assert(CHUNK_BYTES % 4096 == 0, "a chunk is whole pages");

void slab_init(struct slab *slab, unsigned worker)
{
    memset(slab, 0, sizeof *slab);
    slab->worker = worker;
}

/* ---- chunks ---- */

static int add_chunk(struct slab *slab)
{
    struct slab_chunk *chunk = calloc(1, sizeof *chunk);
    void *memory = MAP_FAILED;

    if (chunk)
        memory = mmap(NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        free(chunk);
        return ERR_NO_MEMORY;
    }
    /* huge pages would take memory for slots that nobody uses; a kernel without them refuses */
    (void)madvise(memory, CHUNK_BYTES, MADV_NOHUGEPAGE);
    chunk->memory = memory;
    list_append(&slab->untouched, &chunk->in_slab);
    slab->n_slots += SLAB_CHUNK_SLOTS;
    return 0;
}

static void remove_chunk(struct slab *slab, struct slab_chunk *chunk)
{
    list_remove(&chunk->in_slab);
    munmap(chunk->memory, CHUNK_BYTES);
    slab->n_slots -= SLAB_CHUNK_SLOTS;
    slab->n_touched -= chunk->n_touched;
    free(chunk);
}

static void move_chunk(struct slab_chunk *chunk, struct list *to)
{
    list_remove(&chunk->in_slab);
    list_append(to, &chunk->in_slab);
}

void slab_release(struct slab *slab)
{
    struct list *lists[] = {&slab->untouched, &slab->used, &slab->retired};

    for (unsigned i = 0; i < LENGTH(lists); i++) {
        LIST_EACH_REMOVING (struct slab_chunk, chunk, lists[i], in_slab)
            remove_chunk(slab, chunk);
    }
    slab_init(slab, slab->worker);
}

int slab_reserve(struct slab *slab, size_t n)
{
    size_t needed = slab->n_reserved + n;

    while (slab->n_slots < needed) {
        if (add_chunk(slab) < 0)
            return ERR_NO_MEMORY;
    }
    slab->n_reserved = needed;
    return 0;
}

void slab_unreserve(struct slab *slab, size_t n)
{
    slab->n_reserved -= n;
}

/* ---- the free list ---- */

static void put_home(struct slab *slab, struct packet_slot *slot)
{
    struct slab_chunk *chunk = slot->chunk;

    if (chunk->is_retired) {
        slot->next = chunk->home;
        chunk->home = slot;
        chunk->n_home++;
    } else {
        slot->next = slab->free;
        slab->free = slot;
        slab->n_free++;
    }
}

static void put_all_home(struct slab *slab, struct packet_slot *slot)
{
    while (slot) {
        struct packet_slot *next = slot->next;

        put_home(slab, slot);
        slot = next;
    }
}

/* What other workers gave back. */
static void reclaim_returned(struct slab *slab)
{
    /* one exchange takes the whole list, so that no other thread can meddle with its links */
    put_all_home(slab, atomic_exchange_explicit(&slab->returned, NULL, memory_order_acquire));
}

/* A retired chunk's slots are needed again: cheaper than new pages. */
static void recall_chunk(struct slab *slab)
{
    struct slab_chunk *chunk = LIST_FIRST(&slab->retired, struct slab_chunk, in_slab);
    struct packet_slot *slot;

    if (!chunk)
        return;
    slot = chunk->home;
    chunk->home = NULL;
    chunk->is_retired = false;
    move_chunk(chunk, &slab->used);
    put_all_home(slab, slot);
}

static void touch_slot(struct slab *slab)
{
    struct slab_chunk *chunk = LIST_FIRST(&slab->untouched, struct slab_chunk, in_slab);
    struct packet_slot *slot;

    if (!chunk)
        return;
    slot = (struct packet_slot *)(chunk->memory + (size_t)chunk->n_touched * SLOT_SIZE);
    slot->home = slab;
    slot->chunk = chunk;
    put_home(slab, slot);
    slab->n_touched++;
    if (++chunk->n_touched == SLAB_CHUNK_SLOTS)
        move_chunk(chunk, &slab->used);
}

static void refill(struct slab *slab)
{
    reclaim_returned(slab);
    while (!slab->free && !list_is_empty(&slab->retired))
        recall_chunk(slab);
    if (!slab->free)
        touch_slot(slab);
}

struct packet_slot *slab_take(struct slab *slab)
{
    if (!slab->free)
        refill(slab);
    struct packet_slot *slot = slab->free;

    if (!slot)
        return NULL;
    slab->free = slot->next;
    slab->n_free--;
    slot->next = NULL;
    slot->packet.data = slot->data;
    atomic_store_explicit(&slot->packet.refs, 1, memory_order_relaxed);
    return slot;
}

struct packet_slot *slab_copy(struct slab *slab, const struct packet_slot *from)
{
    struct packet_slot *slot = slab_take(slab);

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
    struct packet_slot *slot = slot_of(packet);
    struct slab *home = slot->home;

    if (home == self) {
        put_home(home, slot);
        return;
    }
    struct packet_slot *head = atomic_load_explicit(&home->returned, memory_order_relaxed);

    do {
        slot->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&home->returned, &head, slot,
                                                    memory_order_release, memory_order_relaxed));
}

/* ---- giving back ---- */

/* Of each chunk in use: how many of its slots are in the free list. */
static void count_home(struct slab *slab)
{
    LIST_EACH (struct slab_chunk, chunk, &slab->used, in_slab)
        chunk->n_home = 0;
    for (const struct packet_slot *slot = slab->free; slot; slot = slot->next)
        slot->chunk->n_home++;
}

/* Those with the most slots at home first: they are soonest complete. */
static void retire_chunks(struct slab *slab, size_t n)
{
    count_home(slab);
    for (unsigned least = SLAB_CHUNK_SLOTS; n > 0 && least > 0; least /= 2) {
        LIST_EACH_REMOVING (struct slab_chunk, chunk, &slab->used, in_slab) {
            if (n == 0 || chunk->n_home < least)
                continue;
            chunk->n_home = 0;
            chunk->is_retired = true;
            move_chunk(chunk, &slab->retired);
            n--;
        }
    }
    /* the free list anew, without their slots */
    struct packet_slot *slot = slab->free;

    slab->free = NULL;
    slab->n_free = 0;
    while (slot) {
        struct packet_slot *next = slot->next;

        put_home(slab, slot);
        slot = next;
    }
}

/* The pages of a chunk without a slot out; the room stays when it is reserved. */
static void give_back(struct slab *slab, struct slab_chunk *chunk)
{
    if (slab->n_slots - SLAB_CHUNK_SLOTS >= slab->n_reserved) {
        remove_chunk(slab, chunk);
        return;
    }
    if (madvise(chunk->memory, CHUNK_BYTES, MADV_DONTNEED) < 0)
        return; /* still whole, and retired: tried again the next time */
    slab->n_touched -= chunk->n_touched;
    chunk->n_touched = 0;
    chunk->n_home = 0;
    chunk->home = NULL;
    chunk->is_retired = false;
    move_chunk(chunk, &slab->untouched);
}

static void give_back_all(struct slab *slab)
{
    LIST_EACH_REMOVING (struct slab_chunk, chunk, &slab->retired, in_slab) {
        if (chunk->n_home == SLAB_CHUNK_SLOTS)
            give_back(slab, chunk);
    }
    LIST_EACH_REMOVING (struct slab_chunk, chunk, &slab->untouched, in_slab) {
        if (slab->n_slots - SLAB_CHUNK_SLOTS < slab->n_reserved)
            return;
        if (chunk->n_touched == 0)
            remove_chunk(slab, chunk);
    }
}

void slab_trim(struct slab *slab)
{
    reclaim_returned(slab);
    if (slab->n_samples == 0 || slab->n_free < slab->least_free)
        slab->least_free = slab->n_free;
    if (++slab->n_samples < SLAB_TRIM_SAMPLES)
        return;
    slab->n_samples = 0;
    size_t spare = SPARE_SLOTS + (slab->n_touched - slab->n_free) / SPARE_DIVISOR;

    if (slab->least_free >= spare + SLAB_CHUNK_SLOTS)
        retire_chunks(slab, (slab->least_free - spare) / SLAB_CHUNK_SLOTS);
    give_back_all(slab);
}
