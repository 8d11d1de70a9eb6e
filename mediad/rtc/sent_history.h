/*
 * What left over one transport lately, by its transport-wide numbers: when, and how much
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01). The ring follows the rate between two
 * bounds.
 */
#ifndef NEREID_MEDIAD_RTC_SENT_HISTORY_H
#define NEREID_MEDIAD_RTC_SENT_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

enum {
    SENT_HISTORY_MIN = 128, /* packets */
    SENT_HISTORY_MAX = 4096,
};

struct sent_packet {
    uint32_t sent_us; /* modulo 2^32 */
    uint16_t number;
    uint16_t bytes;
    uint16_t probe; /* of which burst (bandwidth.h); 0: none */
    bool is_known;
    bool is_missing; /* the receiver said so */
};

/** Zeroed: off. */
struct sent_history {
    struct sent_packet *packets; /* owned ring */
    uint32_t mask;
    uint16_t next;  /* number of the next packet */
    uint16_t probe; /* that packets belong to now */
    uint64_t n_sent;
    uint64_t n_fitted; /* of them at the last sent_history_fit() */
};

/** The peer sends transport-wide feedback: remember what leaves, numbers from 0 on.
 * @return 0, ERR_NO_MEMORY; already on: 0 */
int sent_history_start(struct sent_history *h) MUST_USE;
/** Frees the ring; off then. */
void sent_history_release(struct sent_history *h);
static inline bool sent_history_is_on(const struct sent_history *h)
{
    return h->packets;
}
/** Bytes of the ring; 0 while off. */
size_t sent_history_size(const struct sent_history *h);
/** Once a second: make room for what is sent in one, or give it back. Without memory it
 * stays as it is. */
void sent_history_fit(struct sent_history *h);

/** A packet leaves, of so many bytes as a datagram; only while on. @return its number */
uint16_t sent_history_add(struct sent_history *h, size_t bytes, int64_t now_us);
/** The receiver says something of a number. Each packet counts as missing once, and as arrived
 * once, which may be later.
 * @param sent_us set to its time, which is at most an hour ago
 * @return false: not sent, forgotten, or said before */
bool sent_history_report(struct sent_history *h, uint16_t number, bool has_arrived, int64_t now_us,
                         int64_t *sent_us, struct sent_packet *out);

#endif
