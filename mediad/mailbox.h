/*
 * Small messages between threads: one mailbox per receiving thread, in it one bounded ring per
 * sending thread (single producer, single consumer, no locks), and one eventfd that wakes the
 * receiver. Knows nothing of what the messages mean.
 */
#ifndef NEREID_MEDIAD_MAILBOX_H
#define NEREID_MEDIAD_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/** One cache line. The meaning of all members is the users'. */
struct mail {
    uint32_t kind;
    uint32_t number;
    uint64_t id;
    void *pointer;
    uint64_t data[5];
};

struct mail_ring;

struct mailbox {
    struct mail_ring *rings;
    unsigned n_producers;
    int fd;
    atomic_bool is_notified;
};

/**
 * @param capacity messages per producer; a power of two
 * @return 0, ERR_NO_MEMORY or ERR_IO
 */
int mailbox_init(struct mailbox *box, unsigned n_producers, unsigned capacity) MUST_USE;
/** Frees the rings; nobody may post any more. Zeroed: nothing to do. */
void mailbox_release(struct mailbox *box);

/** Producer's thread only. The receiver may sleep on: mailbox_notify() when the batch is complete.
 * @return false when the ring is full; nothing happened */
bool mailbox_post(struct mailbox *box, unsigned producer, const struct mail *mail) MUST_USE;
/** Messages that still fit. Producer's thread only; the number can only grow behind its back. */
unsigned mailbox_room(struct mailbox *box, unsigned producer);
/** Wake the receiver, unless it has been woken and has not looked yet. Any thread. */
void mailbox_notify(struct mailbox *box);

/** Readable after a notify; for the receiver's epoll. */
int mailbox_fd(const struct mailbox *box);
/** The receiver starts looking: what is posted from here on will wake it again. */
void mailbox_begin(struct mailbox *box);
/** @return false when this producer's ring is empty */
bool mailbox_take(struct mailbox *box, unsigned producer, struct mail *out);

#endif
