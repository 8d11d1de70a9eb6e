/*
 * ICE-lite over the shared port (RFC 8445 section 2.5): answers the browser's checks and follows
 * its nominations. Beyond ICE-lite, it asks an address that was nominated and has not proven
 * itself: a captured check that is sent again from elsewhere is authentic, but whoever sends it
 * cannot answer. Before there are keys the last nomination is followed at once, since the handshake
 * proves who is there; with keys the old path stays in use until the new address is proven. Sockets
 * and tables are its host's.
 */
#ifndef NEREID_MEDIAD_RTC_ICE_SHARED_H
#define NEREID_MEDIAD_RTC_ICE_SHARED_H

#include "mediad/rtc/binding.h"
#include "mediad/rtc/ice.h"
#include "mediad/rtc/udp_socket.h"

#define ICE_ADDRESSES_MAX 8

enum ice_shared_count {
    ICE_CHECK_VALID,
    ICE_CHECK_REFUSED,  /* authentic, but wrong: answered 400, 420 or 487 */
    ICE_CHECK_FORGED,   /* not authentic */
    ICE_CHECK_LIMITED,  /* authentic, over the rate, or from another connection's address */
    ICE_CHECK_REPEATED, /* authentic, but its transaction id was seen before */
};

/** What ice_shared.c needs of its worker. */
struct ice_host {
    /** Send one datagram; `path` is valid during the call only. */
    void (*send)(void *user, const struct send_path *path, const void *datagram, size_t len);
    /** From now on datagrams with this user fragment belong to `ice`. */
    int (*claim_ufrag)(void *user, const char *ufrag, struct ice *ice) MUST_USE;
    void (*release_ufrag)(void *user, const char *ufrag);
    /** An address was proven: its datagrams belong to this connection. @param arrival the check
     * @return 0; ERR_EXISTS: it belongs to another live one; ERR_NO_MEMORY */
    int (*claim_address)(void *user, const struct packet_slot *arrival) MUST_USE;
    void (*release_address)(void *user, const struct net_address *address);
    /** A path is about to change or end: let go of it. */
    void (*forget_path)(void *user, const struct send_path *path);
    void (*count)(void *user, enum ice_shared_count what, const struct packet_slot *datagram);
};

/** @param host    borrowed, as are all others, until free
 *  @param user    handed to the host's functions
 *  @param binding checks and builds STUN messages
 *  @param sockets the worker's, for udp_path_init() */
int ice_shared_new(struct ice **out, const struct ice_host *host, void *user,
                   struct binding *binding, const struct udp_socket *sockets,
                   int64_t now_us) MUST_USE;

#endif
