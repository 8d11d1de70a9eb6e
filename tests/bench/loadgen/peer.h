/*
 * One peer connection of the load generator: from offer and answer over ICE and DTLS to SRTP.
 * One thread drives all of them through peer_service() and peer_receive().
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_PEER_H
#define NEREID_TESTS_BENCH_LOADGEN_PEER_H

#include "mediad/rtc/dtls_identity.h"
#include "mediad/rtc/dtls_transport.h"
#include "mediad/rtc/sdp_parse.h"
#include "mediad/rtc/secure_rtp.h"
#include "tests/bench/loadgen/agent.h"
#include "tests/bench/loadgen/flow.h"
#include "tests/bench/loadgen/keepalive.h"

enum peer_state {
    PEER_GATHERING, /* own candidates */
    PEER_SIGNALLED, /* up: offer sent, answer awaited */
    PEER_CHECKING,  /* ICE */
    PEER_HANDSHAKE, /* DTLS */
    PEER_CONNECTED,
    PEER_FAILED
};

#define SENT_RING 1024 /* packets that can be sent again, a power of two */

/** What went out under a sequence number. */
struct sent_packet {
    uint32_t index; /* in the VP8 loop */
    uint32_t rtp_ts;
};

struct peer_config {
    const char *local_ip;
    const struct dtls_identity *identity;
    bool has_audio;
    /* descriptions of these peers name a certificate that they do not have */
    bool is_up_impostor, is_down_impostor;
};

struct peer {
    struct peer *next;
    void *owner; /* the client */
    char id[64];
    bool is_up;
    enum peer_state state;
    char why[160]; /* of PEER_FAILED */
    const struct peer_config *config;
    struct agent *agent;
    struct sdp_session *remote; /* the last description of the other side */
    bool has_answered;          /* down: the answer to `remote` was handed out */
    bool we_start_dtls;
    int fd; /* -1 before PEER_HANDSHAKE; libnice's */
    struct sockaddr_storage address;
    socklen_t address_len;
    struct keepalive keepalive;
    int64_t check_due_us;
    struct dtls_transport *dtls;
    struct secure_rtp srtp;
    struct send_flow send_video, send_audio;
    struct receive_flow receive_video, receive_audio;
    int64_t feedback_due_us;
    int64_t report_due_us;
    struct sent_packet sent[SENT_RING];
    int64_t *sent_us;    /* up: when each packet of the loop left last, CLOCK_REALTIME. Owned */
    unsigned n_attempts; /* to connect */
    struct peer *source; /* down: the up peer of this process with the same id, or NULL */
};

/** @param id stream id  @param owner handed back as it is */
int peer_new(struct peer **out, const struct peer_config *config, const char *id, bool is_up,
             void *owner, struct error *e) MUST_USE;
void peer_free(struct peer *p);
/** Its server can never believe it. */
static inline bool peer_is_impostor(const struct peer *p)
{
    return p->is_up ? p->config->is_up_impostor : p->config->is_down_impostor;
}
/** Connect anew, with other ICE credentials: what a browser does when asked to renegotiate.
 * @return 0 or an error of ICE; it is as before then */
int peer_restart(struct peer *p, struct error *e) MUST_USE;

/**
 * Move on: gathering, checks, handshake, consent.
 * @param sdp appended to when there is an offer (up) or an answer (down) to be sent now
 * @return true when it was
 */
bool peer_service(struct peer *p, int64_t now_us, struct buf *sdp);

/** The other side's description: an answer for up, an offer (first or later) for down. */
int peer_set_remote(struct peer *p, struct span sdp, struct error *e) MUST_USE;
/** @param line "candidate:…" or "" */
void peer_add_candidate(struct peer *p, const char *line);

/** A datagram that is STUN or DTLS. RTP and RTCP are the caller's. */
void peer_receive(struct peer *p, struct span datagram, int64_t now_us);
/** One datagram to the server, unbatched. */
void peer_send(struct peer *p, const void *datagram, size_t len);
/** Protect and send a compound RTCP packet of at most 1,000 bytes. */
void peer_send_rtcp(struct peer *p, struct span packet);

#endif
