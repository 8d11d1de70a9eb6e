/*
 * One peer connection of the load generator: from offer and answer over ICE and DTLS to SRTP.
 * One thread drives all of them through peer_service() and peer_receive().
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_PEER_H
#define NEREID_TESTS_BENCH_LOADGEN_PEER_H

#include "mediad/rtc/dtls_identity.h"
#include "mediad/rtc/dtls_transport.h"
#include "mediad/rtc/feedback_recorder.h"
#include "mediad/rtc/sdp_parse.h"
#include "mediad/rtc/secure_rtp.h"
#include "tests/bench/loadgen/agent.h"
#include "tests/bench/loadgen/flow.h"
#include "tests/bench/loadgen/keepalive.h"
#include "tests/bench/loadgen/pictures.h"

enum peer_state {
    PEER_GATHERING, /* own candidates */
    PEER_SIGNALLED, /* up: offer sent, answer awaited */
    PEER_CHECKING,  /* ICE */
    PEER_HANDSHAKE, /* DTLS */
    PEER_CONNECTED,
    PEER_FAILED
};

#define RIDS_MAX 3

/** How receivers report. */
enum report_kind {
    REPORT_OFFERED, /* transport-wide where the server offers it, else REMB */
    REPORT_NONE,    /* receiver reports alone */
    REPORT_REMB,
    REPORT_TRANSPORT_CC
};

struct peer_config {
    const char *local_ip;
    const struct dtls_identity *identity;
    bool has_audio;
    unsigned n_rids;             /* of a publisher's video; 0: one layer without a rid */
    unsigned rids_bps[RIDS_MAX]; /* best first */
    enum report_kind feedback;
    uint16_t via_port;   /* 0, or a relay's at `local_ip` that takes the server's place */
    bool wants_pictures; /* receivers look at what they could show */
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
    struct send_video send_videos[RIDS_MAX]; /* the first ones, peer_n_videos() */
    struct send_flow send_audio;
    struct receive_flow receive_video, receive_audio;
    uint64_t received_bytes;   /* RTP datagrams with IP and UDP headers, while measuring */
    struct pictures *pictures; /* NULL unless wanted. Owned */
    struct feedback_recorder
        *arrivals;       /* NULL unless transport-wide feedback was negotiated. Owned */
    uint8_t arrivals_id; /* of its header extension */
    uint8_t rtx_pt;      /* of what the server sends again; 0: as it was sent first */
    int64_t feedback_due_us;
    int64_t report_due_us;
    int64_t pli_due_us;
    int64_t estimate_due_us; /* REMB or transport-wide feedback */
    unsigned n_attempts;     /* to connect */
    struct peer *source;     /* down: the up peer of this process with the same id, or NULL */
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
static inline unsigned peer_n_videos(const struct peer *p)
{
    return p->config->n_rids > 0 ? p->config->n_rids : 1;
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
