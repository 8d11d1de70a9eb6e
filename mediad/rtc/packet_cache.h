/*
 * The last packets of one up track: a ring indexed by sequence number & mask, of references to
 * packets that the worker owns (spec/media.md 3.1: 1,024 for video, 128 for audio). Knows where the
 * last keyframe starts. Never allocates after init; for the track's worker alone.
 */
#ifndef NEREID_MEDIAD_RTC_PACKET_CACHE_H
#define NEREID_MEDIAD_RTC_PACKET_CACHE_H

#include "mediad/rtc/packet.h"

enum {
    PACKET_CACHE_VIDEO = 1024,
    PACKET_CACHE_AUDIO = 128,
    /** A joiner gets the last keyframe from the cache when it is younger than this many packets;
     * else a new one is asked for (spec/media.md 3.3). */
    PACKET_CACHE_REPLAY_MAX = 40,
};

struct packet_cache {
    struct packet **ring; /* owned array of borrowed or NULL entries */
    uint32_t mask;
    bool has_newest;
    uint16_t newest_seq;
    bool has_keyframe;
    uint16_t keyframe_seq; /* first packet of the newest keyframe */
    uint32_t keyframe_ts;
    int64_t keyframe_us; /* its arrival */
};

/** @param size a power of two, at most 4,096 @return 0, ERR_NO_MEMORY */
int packet_cache_init(struct packet_cache *c, uint32_t size) MUST_USE;
/** Bytes of the ring. */
size_t packet_cache_size(const struct packet_cache *c);
/** Frees the ring only: take the packets out first, with packet_cache_take(). */
void packet_cache_release(struct packet_cache *c);

/**
 * Store a packet; the cache takes over one reference of the caller.
 * @return the packet that had its place, whose reference is the caller's again; or NULL. A packet
 * of the same number that is there already stays, and `p` itself comes back. So does one that is
 * older than the whole ring.
 */
struct packet *packet_cache_put(struct packet_cache *c, struct packet *p) MUST_USE;

/** Take any one packet out, until NULL: at the end of a track, or when its numbering restarts. */
struct packet *packet_cache_take(struct packet_cache *c);

/**
 * Find a packet that a receiver asked for again (generic NACK).
 * @param seq as the publisher sent it
 * @return borrowed until the next put or take; NULL when it was overwritten or never came
 */
struct packet *packet_cache_find(const struct packet_cache *c, uint16_t seq);

/** Packets from the start of the last keyframe to the newest one, gaps counted; 0: no keyframe, or
 * its first packet is gone. */
unsigned packet_cache_since_keyframe(const struct packet_cache *c);

/** Walks from the last keyframe to what was the newest packet at the start. */
struct packet_replay {
    uint16_t next_seq;
    uint16_t left; /* numbers still to visit */
};

/** @return false when there is no keyframe to start from */
bool packet_replay_init(struct packet_replay *r, const struct packet_cache *c);
/** The next packet that is there, borrowed; gaps are passed over. NULL at the end. */
struct packet *packet_replay_next(struct packet_replay *r, const struct packet_cache *c);

#endif
