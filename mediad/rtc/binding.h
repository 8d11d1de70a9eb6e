/*
 * The server's side of ICE connectivity checks: a STUN binding request in, a verdict and the
 * reply's bytes out (RFC 8489, RFC 8445 section 7.3). No sockets, no clock, no
 * table of sessions: the caller finds the credentials by the user fragment that
 * binding_peek_ufrag() reads.
 */
#ifndef NEREID_MEDIAD_RTC_BINDING_H
#define NEREID_MEDIAD_RTC_BINDING_H

#include <stun/stunagent.h>

#include "common/span.h"
#include "mediad/rtc/net_address.h"

/** The largest reply: 76 bytes for IPv6, errors of up to 100. */
#define BINDING_REPLY_MAX 256

/** Of a transaction id: what follows the magic cookie. */
#define BINDING_ID_SIZE 12

/** A check of our own: user name of up to 16 + 1 + 256 bytes and 76 bytes around it. */
#define BINDING_CHECK_MAX 512

/** One per worker; 26 KiB. */
struct binding {
    StunAgent agent; /* answers */
    StunAgent asker; /* asks; keeps no transaction between calls */
};

enum binding_verdict {
    BINDING_DROP,   /* not proven to come from the peer: silence */
    BINDING_REFUSE, /* proven, but wrong: send the reply and do nothing else */
    BINDING_VALID,  /* send the reply; the source address is proven */
};

struct binding_result {
    enum binding_verdict verdict;
    size_t reply_len;    /* 0 with BINDING_DROP; never more than the request's length, so
                          * that a forged source is no victim of an amplifier */
    bool is_nominating;  /* USE-CANDIDATE or NOMINATION was there */
    uint32_t nomination; /* value of NOMINATION, 0 without (draft-thatcher-ice-renomination) */
    uint32_t priority;   /* PRIORITY of the check */
};

/** Prepares the STUN library for checks of either direction. */
void binding_init(struct binding *b);

/** Does the user name of a datagram that looks like a binding request have a fragment of ours?
 * Cheap, and proves nothing. @return false for everything else */
bool binding_peek_ufrag(struct span datagram, struct span *ufrag);

/**
 * Check a request and build the reply.
 *
 * @param local_ufrag  ours; the request's user name must be "local:remote"
 * @param local_pwd    ours, the key of MESSAGE-INTEGRITY both ways
 * @param remote_ufrag the peer's, or NULL while its description has not come
 * @param source       where the request came from; goes into XOR-MAPPED-ADDRESS
 */
struct binding_result binding_check(struct binding *b, struct span datagram,
                                    const char *local_ufrag, const char *local_pwd,
                                    const char *remote_ufrag, const struct net_address *source,
                                    uint8_t reply[BINDING_REPLY_MAX]);

/* ---- checks of our own ---- */

/** Where a STUN message of at least 20 bytes has its transaction id. */
static inline const uint8_t *binding_id(struct span datagram)
{
    return datagram.data + 8;
}

/** What a check of our own says: who is asked, by which credentials of theirs. */
struct binding_question {
    const char *local_ufrag;
    const char *remote_ufrag;
    const char *remote_pwd; /* key of MESSAGE-INTEGRITY both ways */
    const uint8_t *id;      /* BINDING_ID_SIZE random bytes */
};

/** A request in the controlled role (RFC 8445 section 7.1). @return its length, 0: it cannot be
 * built */
size_t binding_ask(struct binding *b, const struct binding_question *q,
                   uint8_t out[BINDING_CHECK_MAX]);
/** Does it look like the answer to a binding request, good or bad? Proves nothing. */
bool binding_is_answer(struct span datagram);
/** Is it the success response to this question, of somebody who has the password? */
bool binding_is_answered(struct binding *b, const struct binding_question *q, struct span datagram);

#endif
