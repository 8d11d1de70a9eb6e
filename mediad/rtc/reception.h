/*
 * What was received of one up track (RFC 3550 sections 6.4 and A.8): extended sequence numbers,
 * loss before repair, jitter, rates, and the report block that the publisher gets. For the track's
 * worker alone.
 */
#ifndef NEREID_MEDIAD_RTC_RECEPTION_H
#define NEREID_MEDIAD_RTC_RECEPTION_H

#include "common/error.h"
#include "mediad/rtc/rtcp.h"

/** Counter of a rate over windows of 1 s. */
struct rate_meter {
    int64_t window_us; /* start of the running window */
    uint64_t bytes;    /* in the running window */
    uint32_t packets;
    uint64_t total_bytes; /* since the start */
    uint64_t rate_bps;    /* of the last whole window */
    uint32_t packets_per_s;
    bool is_running;
};

/** A packet of so many bytes passed; windows that are over are closed before. */
void rate_meter_add(struct rate_meter *m, size_t size_bytes, int64_t now_us);
/** Close windows that are over; 0 after a second of silence. */
void rate_meter_tick(struct rate_meter *m, int64_t now_us);

struct reception {
    uint32_t clock_rate; /* Hz */
    bool has_packet;
    uint64_t base_seq;    /* extended, first counted */
    uint64_t highest_seq; /* extended */
    uint64_t n_received;  /* first transmissions, repairs not counted */
    uint64_t n_repaired;
    uint64_t lost_before; /* of numberings that were restarted */
    bool has_stray;
    uint16_t stray_next; /* the number behind the last one that was out of range */
    uint64_t prior_expected;
    uint64_t prior_received;
    bool has_transit;
    uint32_t transit; /* clock units, modulo 2^32 */
    uint32_t last_ts;
    uint32_t jitter_16; /* jitter × 16, clock units */
    uint64_t sr_ntp;    /* the last sender report; 0: none yet */
    int64_t sr_arrival_us;
    struct rate_meter rate; /* of everything, repairs too */
};

enum reception_event {
    RECEPTION_NEWEST,  /* the highest number so far */
    RECEPTION_LATE,    /* at most 256 behind: reordered; or repaired */
    RECEPTION_RESTART, /* the second in a row that is out of range: a new numbering starts here */
    RECEPTION_STRAY,   /* over 256 behind or over 8,192 ahead: not counted, to be dropped */
};

/** Nothing was received yet. @param clock_rate of the codec, Hz */
void reception_init(struct reception *r, uint32_t clock_rate);

/**
 * Count one packet, not a duplicate.
 * @param is_repair came by RTX, or was asked for by NACK: it stays lost for the statistics, and may
 *                  be as late as it likes
 * @param ext_seq   its extended sequence number; monotonic over restarts. For RTX the original's.
 *                  Untouched for a stray
 * RFC 3550 appendix A.1: one packet may just have been late, two in a row have another numbering.
 */
enum reception_event reception_packet(struct reception *r, uint16_t seq, uint32_t rtp_ts,
                                      size_t size_bytes, bool is_repair, int64_t now_us,
                                      uint64_t *ext_seq);

/** Count a packet whose number had been made up for before it came (up_redundancy.h): late, but
 * received. Once for each such number. */
void reception_late(struct reception *r, uint32_t rtp_ts, size_t size_bytes, int64_t now_us);

/** Remember a sender report for LSR and DLSR. */
void reception_sr(struct reception *r, uint64_t ntp, int64_t now_us);

/** Fill the block and begin the next interval. @return false when nothing was received yet */
bool reception_report(struct reception *r, uint32_t ssrc, int64_t now_us, struct rtcp_report *out);

/** Lost since the start, and not made up for. */
uint64_t reception_missing(const struct reception *r);
/** Lost since the start, before repair. */
uint64_t reception_lost(const struct reception *r);
/** RFC 3550 jitter in microseconds. */
int64_t reception_jitter_us(const struct reception *r);

#endif
