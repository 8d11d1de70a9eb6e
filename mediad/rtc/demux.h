/*
 * Whose datagram is this? First byte (RFC 7983), then the table of proven addresses, and for STUN
 * the user fragment. A fragment names the worker that owns its connection, and owners tell other
 * workers which addresses are theirs, so that no worker reads another one's tables.
 */
#ifndef NEREID_MEDIAD_RTC_DEMUX_H
#define NEREID_MEDIAD_RTC_DEMUX_H

#include "common/span.h"
#include "mediad/rtc/fixed_table.h"
#include "mediad/rtc/ice.h"
#include "mediad/rtc/net_address.h"

enum demux_kind { DEMUX_OTHER, DEMUX_STUN, DEMUX_DTLS, DEMUX_RTP, DEMUX_RTCP };

/** RFC 7983 section 7, RFC 5761 section 4. */
enum demux_kind demux_classify(struct span datagram);

struct demux {
    unsigned worker; /* our own index */
    struct fixed_table addresses;
    struct fixed_table ufrags;
};

/** @param seed random */
void demux_init(struct demux *d, unsigned worker, uint64_t seed);
/** Frees the tables, not what they lead to. */
void demux_release(struct demux *d);

/** Whose an address or a user fragment is. */
struct demux_owner {
    bool is_mine;    /* this worker's */
    unsigned worker; /* the owner's */
    void *endpoint;  /* what was added; NULL unless mine */
};

/** @return false: nobody proved this address */
bool demux_by_address(const struct demux *d, const struct net_address *a, struct demux_owner *out);
/** @param owner not NULL, at least 2-byte aligned @return 0, ERR_NO_MEMORY */
int demux_add_address(struct demux *d, const struct net_address *a, void *owner) MUST_USE;
/** After so many seconds without demux_add_foreign() another worker's mark may be replaced: an
 * address in use is checked more often (RFC 7675 section 5.1). */
#define DEMUX_FOREIGN_S 30
/** Another worker's. An address of our own is left alone, and so is one that a third worker has
 * marked and not let go. @return 0, ERR_EXISTS, ERR_NO_MEMORY */
int demux_add_foreign(struct demux *d, const struct net_address *a, unsigned worker,
                      int64_t now_us) MUST_USE;
/** Is it another worker's, by a mark that still counts? */
bool demux_is_foreign(const struct demux *d, const struct net_address *a, int64_t now_us);
/** @param owner removed only if it is still this one's */
void demux_remove_address(struct demux *d, const struct net_address *a, const void *owner);
/** @param worker removed only if it is still marked as this one's @return false: it is not */
bool demux_remove_foreign(struct demux *d, const struct net_address *a, unsigned worker);

/** Random bytes of a user fragment; the rest names the worker. */
#define DEMUX_UFRAG_RANDOM (ICE_UFRAG_LEN - 2)
/** A new user fragment of ICE_UFRAG_LEN characters for a connection of this worker.
 * @param random from the system's random source */
void demux_make_ufrag(char out[ICE_UFRAG_LEN + 1], unsigned worker,
                      const uint8_t random[DEMUX_UFRAG_RANDOM]);
/** @return false: no such fragment here, or of a worker that does not exist (the caller checks) */
bool demux_by_ufrag(const struct demux *d, struct span ufrag, struct demux_owner *out);
/** @param owner not NULL @return 0, ERR_NO_MEMORY */
int demux_add_ufrag(struct demux *d, const char *ufrag, void *owner) MUST_USE;
/** Nothing happens when it is not there. */
void demux_remove_ufrag(struct demux *d, const char *ufrag);

#endif
