/*
 * What one receiver was sent, 8 bytes a packet: to find the source of a number that it reports as
 * lost, and to bound repeats: those within three quarters of the RTT are ignored, a packet goes out
 * again at most 4 times, packets over 1 s old are gone, and all repeats together stay below a
 * quarter of what is sent. The ring follows the rate between two bounds.
 */
#ifndef NEREID_MEDIAD_RTC_RESEND_H
#define NEREID_MEDIAD_RTC_RESEND_H

#include "common/error.h"
#include "common/span.h"

enum {
    RESEND_VIDEO = 256, /* the smallest rings */
    RESEND_AUDIO = 128,
    RESEND_MAX = 4096,
    RESEND_TIMES_MAX = 4,
    RESEND_AGE_MAX_US = 1000 * 1000,
    RESEND_EARLY_SHARE = 4,             /* whoever asks again so much before the RTT is heard */
    RESEND_RTT_UNKNOWN_US = 100 * 1000, /* used while the round-trip time is not known */
    RESEND_BUDGET_FIRST = 16 * 1024,    /* bytes: a first keyframe may need it */
    RESEND_BUDGET_MAX = 128 * 1024,     /* bytes that can be saved up */
    RESEND_BUDGET_MIN = 4 * 1024,       /* on a slow line */
};

/** How a packet went out, and must go out again. */
struct resend_packet {
    uint16_t source_seq;
    uint16_t pid_delta;
    bool marker;
};

struct resend_entry {
    uint16_t out_seq;
    uint16_t source_seq;
    uint16_t pid_delta;
    uint16_t sent_8ms : 12; /* time of sending or of the last repeat in 8 ms, modulo 32.7 s */
    uint16_t n_repeats : 3; /* 7: empty */
    uint16_t marker : 1;
};

struct resend_ring {
    struct resend_entry *entries; /* owned array */
    uint32_t mask;
    uint32_t min_size;
    int64_t budget_bytes; /* what may still be repeated: a quarter of what was sent, with a cap */
    int64_t budget_max_bytes;
};

/** @param size a power of two, at most RESEND_MAX: it never gets smaller @return 0, ERR_NO_MEMORY
 */
int resend_init(struct resend_ring *r, uint32_t size) MUST_USE;
void resend_release(struct resend_ring *r);
/** Bytes of the ring. */
size_t resend_size(const struct resend_ring *r);
/** Make room for what is sent at this rate until it is too old to be repeated; now and then, not on
 * the packet path. Without memory it stays as it is. */
void resend_fit(struct resend_ring *r, uint32_t packets_per_s);
/** Forget all packets: the source's numbers mean others from now on. */
void resend_clear(struct resend_ring *r);

/** The receiver's line carries so much: saved up is what it carries in an eighth of a second. */
void resend_set_rate(struct resend_ring *r, int64_t rate_bps);

/** A packet went out for the first time. */
void resend_sent(struct resend_ring *r, uint16_t out_seq, const struct resend_packet *packet,
                 size_t size_bytes, int64_t now_us);

/**
 * A receiver asks for a number again.
 * @param rtt_us -1 while unknown
 * @param packet set on success: what to take from the cache and how to rewrite it
 * @return 0; ERR_NOT_FOUND: not sent; ERR_BUSY: repeated within the RTT; ERR_TOO_LARGE: too old, or
 *         repeated often enough: it will not come. Success counts nothing yet: resend_repeated()
 *         does when it was really sent.
 */
int resend_want(const struct resend_ring *r, uint16_t out_seq, int64_t rtt_us, int64_t now_us,
                struct resend_packet *packet) MUST_USE;

/** How a number went out, whatever its age. @return false: it did not, or is forgotten */
bool resend_peek(const struct resend_ring *r, uint16_t out_seq, struct resend_packet *packet);

/** Account for a repeat. @return false when the budget does not allow it: do not send */
bool resend_repeated(struct resend_ring *r, uint16_t out_seq, size_t size_bytes,
                     int64_t now_us) MUST_USE;

/** Take a second copy of a repeat off the budget, of which half stays for what is asked for.
 *  @return false: there is no room */
bool resend_may_copy(struct resend_ring *r, size_t size_bytes) MUST_USE;

#endif
