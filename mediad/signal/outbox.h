/*
 * The messages that wait for one client: one FIFO of shared frames, bounded in bytes and messages
 * (SIG-4, SIG-5, SEC-36). Nobody waits for it: a client that overflows it is dropped.
 */
#ifndef NEREID_MEDIAD_SIGNAL_OUTBOX_H
#define NEREID_MEDIAD_SIGNAL_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "mediad/frame.h"

/** Zeroed is empty. */
struct outbox {
    struct frame **slots; /* a ring; size is a power of two */
    size_t size, head, n;
    size_t bytes;
    /* Beyond the limits, for what a newcomer must be sent at once; shrinks as it leaves. */
    size_t extra_messages, extra_bytes;
    int64_t moved_us; /* when a message was taken last, or the queue last became non-empty */
};

void outbox_release(struct outbox *o);
/**
 * Queue a frame (one more reference).
 * @param is_greeting part of the snapshot for a newcomer: not held against the limits
 * @return 0, ERR_TOO_LARGE over a limit, ERR_NO_MEMORY; the queue is then as before
 */
int outbox_push(struct outbox *o, struct frame *f, bool is_greeting, size_t messages_max,
                size_t bytes_max, int64_t now_us) MUST_USE;
/** The oldest frame, owned by the caller now; NULL when empty. */
struct frame *outbox_take(struct outbox *o, int64_t now_us);

#endif
