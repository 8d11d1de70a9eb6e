/*
 * The seam between a peer connection and the ways to reach its peer: one shared port (ice_shared.c,
 * ICE-lite) today, a full agent for servers behind NAT later. A table of functions; the peer
 * connection does not know which one runs. All of it for the connection's worker alone.
 */
#ifndef NEREID_MEDIAD_RTC_ICE_H
#define NEREID_MEDIAD_RTC_ICE_H

#include "common/error.h"
#include "mediad/rtc/slab.h"

#define ICE_UFRAG_LEN 16
#define ICE_PWD_LEN 32

/** Our own side's. */
struct ice_credentials {
    char ufrag[ICE_UFRAG_LEN + 1];
    char pwd[ICE_PWD_LEN + 1];
};

enum ice_event {
    ICE_NOTHING,
    ICE_CONNECTED, /* there is a path now, and there was none */
    ICE_MOVED,     /* the path changed */
    ICE_LOST,      /* no valid check for 30 s: nothing may be sent any more */
};

struct ice;
struct send_path; /* send_path.h: for the send batch; what is inside depends on the protocol */

struct ice_ops {
    /** Memory it takes. */
    size_t (*size)(const struct ice *ice);
    void (*free)(struct ice *ice);
    /** Our credentials; the previous ones stay valid until the first check with these. */
    int (*set_local)(struct ice *ice, const struct ice_credentials *local) MUST_USE;
    /** The peer's description has come (again): it has 30 s for its next check. */
    void (*set_remote)(struct ice *ice, const char *ufrag, const char *pwd, int64_t now_us);
    /** Are there keys? From then on the path changes only to an address that proved itself. */
    void (*set_secured)(struct ice *ice, bool has_keys);
    /** A STUN datagram: for one of our user fragments, or an answer from one of our addresses. */
    enum ice_event (*receive)(struct ice *ice, const struct packet_slot *datagram, int64_t now_us);
    /** Something came that only the peer can have sent (SRTP, SRTCP, the end of a handshake): if
     * its source is what the peer chose last, the path moves there. */
    enum ice_event (*proven)(struct ice *ice, const struct packet_slot *datagram, int64_t now_us);
    /** A DTLS datagram came: it counts for what its source may be sent. */
    void (*received)(struct ice *ice, const struct packet_slot *datagram);
    /** May so many bytes be sent over the path? Counts them. An address that has not proven itself
     * gets at most three times what came from it (as in RFC 9000 section 8.1). */
    bool (*may_send)(struct ice *ice, size_t len);
    /** Once a second or so. */
    enum ice_event (*tick)(struct ice *ice, int64_t now_us);
    /** Where to send, or NULL: nothing may be sent. Valid until the next call of any function. */
    const struct send_path *(*path)(const struct ice *ice);
    /** Did this datagram come by the path in use? */
    bool (*is_by_path)(const struct ice *ice, const struct packet_slot *datagram);
    /** Does the path in use lead to this address? */
    bool (*uses_address)(const struct ice *ice, const struct net_address *remote);
    /** No check for 5 s: for statistics. */
    bool (*is_stale)(const struct ice *ice, int64_t now_us);
};

/** First member of every implementation. */
struct ice {
    const struct ice_ops *ops;
};

#endif
