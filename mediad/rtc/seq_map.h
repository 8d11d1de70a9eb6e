/*
 * The numbering of one receiver: sequence numbers of the source become numbers without gaps where
 * packets were left out on purpose, with gaps where the network lost them. Also shifts VP8 picture
 * ids. 128 intervals are remembered for late packets. Pure; never allocates.
 */
#ifndef NEREID_MEDIAD_RTC_SEQ_MAP_H
#define NEREID_MEDIAD_RTC_SEQ_MAP_H

#include "common/error.h"
#include "common/span.h"

enum {
    SEQ_MAP_INTERVALS = 128,
    SEQ_MAP_JUMP_MAX = 8192, /* farther than this from the newest: everything is forgotten */
};

struct seq_interval {
    uint32_t first;     /* extended source number, modulo 2^32 */
    uint32_t last;      /* inclusive; the open interval ends with the newest packet */
    uint16_t delta;     /* out = source + delta, modulo 2^16 */
    uint16_t pid_delta; /* picture id out = picture id - pid_delta, modulo its bits */
};

struct seq_map {
    bool has_packet;
    bool is_switching; /* the next packet begins a new source numbering */
    uint8_t switch_gap;
    uint64_t newest;    /* highest source number seen, sent or dropped */
    uint16_t next_out;  /* the number that follows the highest one sent */
    uint16_t pid_delta; /* running */
    bool has_pid;
    uint16_t newest_pid;  /* picture id of the newest packet, sent or dropped */
    uint16_t out_pid;     /* of the newest packet sent, as it went out */
    unsigned n_intervals; /* in use, at most SEQ_MAP_INTERVALS */
    unsigned head;        /* index of the newest one */
    struct seq_interval intervals[SEQ_MAP_INTERVALS];
};

/** @param first_out the first outgoing number; below 2^15, or the receiver may misjudge the first
 * roll-over when packets are lost around it (RFC 3711 section 3.3.1) */
void seq_map_init(struct seq_map *m, uint16_t first_out);

/**
 * The number under which a packet goes out.
 * @param picture_id as in the packet; with `picture_id_bits` 0 it is ignored
 * @param out, pid_delta untouched on failure
 * @return true; false for a late packet whose place is not known any more or was dropped: discard
 * it
 */
bool seq_map_send(struct seq_map *m, uint16_t seq, unsigned picture_id_bits, uint16_t picture_id,
                  uint16_t *out, uint16_t *pid_delta);

/**
 * Leave a packet out without a gap.
 * @return true when it was the next expected one; false: it was not, and must be sent after all
 *         (seq_map_send()), or discarded if it is late
 */
bool seq_map_drop(struct seq_map *m, uint16_t seq, unsigned picture_id_bits, uint16_t picture_id);

/**
 * The next packet comes from another source numbering (rid switch, restart of the publisher): it
 * continues the outgoing numbers and picture ids. Earlier packets cannot be mapped any more.
 * @param after_marker the last packet sent ended its frame: continue with +1, else with +2, so that
 *        the decoder sees the frame as broken
 */
void seq_map_switch(struct seq_map *m, bool after_marker);

/** The number a packet went out by, without sending it again. @return false when it was not sent,
 * or is not remembered */
bool seq_map_out(const struct seq_map *m, uint16_t seq, uint16_t *out);

#endif
