#include "mediad/mailbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CACHE_LINE 64

/* Indices grow for ever and are reduced by the mask; each side keeps what it last saw of the other
 * one's index, so that the shared lines move only when that is not enough. */
struct mail_ring {
    _Alignas(CACHE_LINE) atomic_uint head; /* next to take; written by the consumer */
    unsigned tail_seen;
    _Alignas(CACHE_LINE) atomic_uint tail; /* next to fill; written by the producer */
    unsigned head_seen;
    _Alignas(CACHE_LINE) unsigned capacity;
    struct mail *mails;
};

int mailbox_init(struct mailbox *box, unsigned n_producers, unsigned capacity)
{
    assert(capacity && (capacity & (capacity - 1)) == 0);
    struct mailbox made = {.n_producers = n_producers, .fd = -1};

    made.rings = aligned_alloc(CACHE_LINE, n_producers * sizeof *made.rings);
    if (!made.rings)
        return ERR_NO_MEMORY;
    memset(made.rings, 0, n_producers * sizeof *made.rings);
    for (unsigned i = 0; i < n_producers; i++) {
        made.rings[i].capacity = capacity;
        made.rings[i].mails = aligned_alloc(CACHE_LINE, capacity * sizeof(struct mail));
        if (!made.rings[i].mails) {
            mailbox_release(&made);
            return ERR_NO_MEMORY;
        }
    }
    made.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (made.fd < 0) {
        mailbox_release(&made);
        return ERR_IO;
    }
    box->rings = made.rings;
    box->n_producers = made.n_producers;
    box->fd = made.fd;
    atomic_init(&box->is_notified, false);
    return 0;
}

void mailbox_release(struct mailbox *box)
{
    if (!box->rings)
        return;
    for (unsigned i = 0; i < box->n_producers; i++)
        free(box->rings[i].mails);
    free(box->rings);
    box->rings = NULL;
    if (box->fd >= 0)
        close(box->fd);
    box->fd = -1;
}

unsigned mailbox_room(struct mailbox *box, unsigned producer)
{
    struct mail_ring *r = &box->rings[producer];
    unsigned tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

    r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
    return r->capacity - (tail - r->head_seen);
}

bool mailbox_post(struct mailbox *box, unsigned producer, const struct mail *mail)
{
    assert(producer < box->n_producers);
    struct mail_ring *r = &box->rings[producer];
    unsigned tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

    if (tail - r->head_seen == r->capacity) {
        r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
        if (tail - r->head_seen == r->capacity)
            return false;
    }
    r->mails[tail & (r->capacity - 1)] = *mail;
    atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
    return true;
}

void mailbox_notify(struct mailbox *box)
{
    uint64_t one = 1;

    /* The exchange also publishes what was posted before it: see mailbox_begin(). */
    if (atomic_exchange_explicit(&box->is_notified, true, memory_order_acq_rel))
        return;
    /* The counter cannot overflow, since one write at most waits to be read. */
    ssize_t n = write(box->fd, &one, sizeof one);
    (void)n;
}

int mailbox_fd(const struct mailbox *box)
{
    return box->fd;
}

void mailbox_begin(struct mailbox *box)
{
    uint64_t count;
    ssize_t n = read(box->fd, &count, sizeof count);

    (void)n; /* nothing to read is fine: the receiver may look at any time */
    /* A producer whose exchange came before this one wrote nothing to the descriptor and is seen by
     * the takes that follow; one whose exchange comes after writes. */
    atomic_exchange_explicit(&box->is_notified, false, memory_order_acq_rel);
}

bool mailbox_take(struct mailbox *box, unsigned producer, struct mail *out)
{
    struct mail_ring *r = &box->rings[producer];
    unsigned head = atomic_load_explicit(&r->head, memory_order_relaxed);

    if (head == r->tail_seen) {
        r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
        if (head == r->tail_seen)
            return false;
    }
    *out = r->mails[head & (r->capacity - 1)];
    atomic_store_explicit(&r->head, head + 1, memory_order_release);
    return true;
}
