/*
 * The last packets of one up track: a ring indexed by sequence number & mask, of references to
 * packets that the worker owns. What a receiver can still ask for is kept: packets up to an age,
 * and the newest few whatever their age, so that a quiet track has its last keyframe. Of a
 * publisher that answers no keyframe requests all is kept from the last keyframe on, as far as the
 * largest ring goes: who joins gets that, or would see nothing for seconds. The ring
 * follows the rate between two bounds; who owns it asks now and then whether it fits
 * (packet_cache_fit()) and gives it another size. Never allocates otherwise; for the track's worker
 * alone.
 */
#ifndef NEREID_MEDIAD_RTC_PACKET_CACHE_H
#define NEREID_MEDIAD_RTC_PACKET_CACHE_H

#include "mediad/rtc/packet.h"

enum {
    /** The smallest rings: at usual rates they hold more than a packet's age. */
    PACKET_CACHE_VIDEO = 512,
    PACKET_CACHE_AUDIO = 128,
    PACKET_CACHE_MAX = 4096,
    /** A receiver asks for a packet for a second at most (resend.h); this is some more, since a
     * repeat may be lost, too. */
    PACKET_CACHE_AGE_US = 1500 * 1000,
    /** A joiner gets the last keyframe from the cache when it is younger than this many packets;
     * else a new one is asked for. */
    PACKET_CACHE_REPLAY_MAX = 40,
    /** The newest packets, gaps counted, that have no age: a replay, and a packet before it. */
    PACKET_CACHE_AGELESS = 64,
};

struct packet_cache {
    struct packet **ring; /* owned array of borrowed or NULL entries */
    uint32_t mask;
    uint32_t min_size;
    uint32_t n;       /* packets that are there */
    bool keeps_group; /* set by its owner: nothing goes from the last keyframe on */
    bool has_newest;
    bool is_short;   /* since the last look a packet had to go that was young */
    uint8_t n_roomy; /* looks in a row at which half of it would have done */
    uint16_t newest_seq;
    uint16_t oldest_seq; /* nothing is there before it */
    bool has_keyframe;
    uint16_t keyframe_seq; /* first packet of the newest keyframe */
    uint32_t keyframe_ts;
    int64_t keyframe_us; /* its arrival */
};

/** @param size a power of two, at most PACKET_CACHE_MAX: it never gets smaller
 * @return 0, ERR_NO_MEMORY */
int packet_cache_init(struct packet_cache *c, uint32_t size) MUST_USE;
/** Packets that it can hold. */
uint32_t packet_cache_capacity(const struct packet_cache *c);
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

/** Take a packet out that is too old to be asked for, until NULL: after each put, and while none
 * comes now and then. */
struct packet *packet_cache_expire(struct packet_cache *c, int64_t now_us);

/** Take any one packet out, until NULL: at the end of a track, or when its numbering restarts. */
struct packet *packet_cache_take(struct packet_cache *c);

/**
 * Which capacity fits what came lately? Ask every half second or second, after expiring.
 * @return the present one; a larger one when young packets had to go or soon would; half of it when
 * that would have done for a while
 */
uint32_t packet_cache_fit(struct packet_cache *c);
/** Change to what packet_cache_fit() said.
 * @return 0; ERR_NO_MEMORY; ERR_BUSY: two packets would share a place. Then it is as before */
int packet_cache_resize(struct packet_cache *c, uint32_t size) MUST_USE;

/**
 * Find a packet that a receiver asked for again (generic NACK).
 * @param seq as the publisher sent it
 * @return borrowed until the next put, expire or take; NULL when it has gone or never came
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
