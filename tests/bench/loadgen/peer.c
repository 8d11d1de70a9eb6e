#include "tests/bench/loadgen/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/now.h"
#include "mediad/rtc/rtp.h"
#include "tests/bench/loadgen/peer_sdp.h"

#define CHECK_EVERY_US (4 * US_PER_S)
#define RTCP_MAX 1000

static uint32_t random_u32(void)
{
    uint32_t value = 1;

    if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value)
        value = (uint32_t)now_monotonic_us();
    return value;
}

static void peer_fail(struct peer *p, const char *why)
{
    if (p->state == PEER_FAILED)
        return;
    p->state = PEER_FAILED;
    snprintf(p->why, sizeof p->why, "%s", why);
}

int peer_new(struct peer **out, const struct peer_config *config, const char *id, bool is_up,
             void *owner, struct error *e)
{
    struct peer *p = calloc(1, sizeof *p);
    int r;

    if (!p)
        return ERR_NO_MEMORY;
    p->config = config;
    p->owner = owner;
    p->is_up = is_up;
    p->fd = -1;
    p->n_attempts = 1;
    p->receive_video.is_video = true;
    snprintf(p->id, sizeof p->id, "%s", id);
    for (unsigned i = 0; i < peer_n_videos(p); i++)
        p->send_videos[i].flow =
            (struct send_flow){.ssrc = random_u32(), .pt = LOADGEN_PT_VP8, .clock_hz = 90000};
    p->send_audio =
        (struct send_flow){.ssrc = random_u32(), .pt = LOADGEN_PT_OPUS, .clock_hz = 48000};
    if (!is_up && config->wants_pictures)
        p->pictures = calloc(1, sizeof *p->pictures);
    r = agent_new(&p->agent, is_up, config->local_ip, e);
    if (r < 0) {
        peer_free(p);
        return r;
    }
    *out = p;
    return 0;
}

int peer_restart(struct peer *p, struct error *e)
{
    struct agent *agent;
    int r = agent_new(&agent, p->is_up, p->config->local_ip, e);

    if (r < 0)
        return r;
    dtls_transport_free(p->dtls);
    p->dtls = NULL;
    secure_rtp_release(&p->srtp);
    sdp_session_free(p->remote);
    p->remote = NULL;
    agent_free(p->agent);
    p->agent = agent;
    p->fd = -1;
    p->feedback_due_us = 0; /* main.c watches the new socket then */
    p->state = PEER_GATHERING;
    p->has_answered = false;
    p->n_attempts++;
    return 0;
}

void peer_free(struct peer *p)
{
    if (!p)
        return;
    dtls_transport_free(p->dtls);
    secure_rtp_release(&p->srtp);
    sdp_session_free(p->remote);
    agent_free(p->agent);
    for (unsigned i = 0; i < RIDS_MAX; i++)
        free(p->send_videos[i].sent_us);
    free(p->pictures);
    free(p->arrivals);
    free(p);
}

/* A line of the server's, or the relay instead: "candidate:F 1 udp PRIORITY ADDRESS PORT typ host".
 */
static void add_candidate(struct peer *p, const char *line)
{
    char head[65];
    char moved[160];
    int end = 0;

    if (p->config->via_port == 0) {
        agent_add_candidate(p->agent, line);
    } else if (sscanf(line, "candidate:%64s 1 udp %n", head, &end) == 1 && end > 0) {
        snprintf(moved, sizeof moved, "candidate:%s 1 udp 2130706431 %s %u typ host", head,
                 p->config->local_ip, p->config->via_port);
        agent_add_candidate(p->agent, moved);
    }
}

/* Hands each candidate line of a description to libnice. */
static void add_candidates(struct peer *p, struct span sdp)
{
    struct span line;

    while (span_split(&sdp, '\n', &line)) {
        char text[512];

        while (line.len > 0 && line.data[line.len - 1] == '\r')
            line.len--;
        if (span_starts_with(line, "a=candidate:") &&
            span_copy(span_sub(line, 2, line.len), text, sizeof text))
            add_candidate(p, text);
    }
}

void peer_add_candidate(struct peer *p, const char *line)
{
    if (line[0] &&
        (p->state == PEER_SIGNALLED || p->state == PEER_CHECKING || p->state == PEER_GATHERING))
        add_candidate(p, line);
}

static int start_checks(struct peer *p, struct span sdp, struct error *e)
{
    struct sdp_transport t = sdp_section_transport(p->remote, 0);
    char ufrag[257];
    char pwd[257];

    if (!span_copy(t.ufrag, ufrag, sizeof ufrag) || !span_copy(t.pwd, pwd, sizeof pwd) ||
        agent_set_remote(p->agent, ufrag, pwd, p->remote->is_ice_lite) < 0)
        return error_set(e, ERR_INVALID, NULL, "the server's ICE credentials are unusable");
    p->we_start_dtls = p->is_up ? t.setup != SDP_SETUP_ACTIVE : true;
    add_candidates(p, sdp);
    return 0;
}

int peer_set_remote(struct peer *p, struct span sdp, struct error *e)
{
    struct sdp_session *remote;
    int r = sdp_parse(&remote, sdp, e);

    if (r < 0)
        return r;
    if (remote->n_sections == 0) {
        sdp_session_free(remote);
        return error_set(e, ERR_INVALID, NULL, "a description without sections");
    }
    sdp_session_free(p->remote);
    p->remote = remote;
    p->has_answered = false;
    if (p->state > PEER_SIGNALLED)
        return 0; /* renegotiation on the same transport */
    r = start_checks(p, sdp, e);
    if (r == 0 && p->is_up)
        p->state = PEER_CHECKING;
    return r;
}

void peer_send(struct peer *p, const void *datagram, size_t len)
{
    /* A full socket buffer loses the datagram, as a network would. */
    if (sendto(p->fd, datagram, len, MSG_DONTWAIT, (struct sockaddr *)&p->address, p->address_len) <
        0)
        return;
}

static void send_dtls(void *user, const void *datagram, size_t len)
{
    peer_send(user, datagram, len);
}

static void start_handshake(struct peer *p, int64_t now_us)
{
    struct sdp_transport t = sdp_section_transport(p->remote, 0);
    char ufrag[257];
    char pwd[257];

    if (agent_take_socket(p->agent, &p->fd, &p->address, &p->address_len) < 0 ||
        !span_copy(t.ufrag, ufrag, sizeof ufrag) || !span_copy(t.pwd, pwd, sizeof pwd)) {
        peer_fail(p, "no usable pair");
        return;
    }
    keepalive_init(&p->keepalive, agent_ufrag(p->agent), agent_pwd(p->agent), ufrag, pwd,
                   agent_is_controlling(p->agent));
    p->check_due_us = now_us;
    if (dtls_transport_new(&p->dtls, p->config->identity, p->we_start_dtls, t.fingerprints,
                           t.n_fingerprints, send_dtls, p, now_us) < 0) {
        peer_fail(p, "DTLS could not start");
        return;
    }
    p->state = PEER_HANDSHAKE;
}

static void after_dtls(struct peer *p, enum dtls_state state)
{
    struct dtls_keys keys;

    if (state == DTLS_FAILED) {
        peer_fail(p, dtls_transport_reason(p->dtls));
    } else if (state == DTLS_CONNECTED && p->state == PEER_HANDSHAKE) {
        if (dtls_transport_keys(p->dtls, &keys) < 0 || secure_rtp_init(&p->srtp, &keys) < 0)
            peer_fail(p, "no SRTP keys");
        else
            p->state = PEER_CONNECTED;
        explicit_bzero(&keys, sizeof keys);
    }
}

/* Transport-wide feedback counts the packets of all sections: one header extension for all. */
static void choose_feedback(struct peer *p)
{
    enum report_kind wish = p->config->feedback;

    p->arrivals_id = 0;
    for (unsigned i = 0; i < p->remote->n_sections && p->arrivals_id == 0; i++)
        p->arrivals_id = peer_sdp_arrivals_id(&p->remote->sections[i]);
    if (wish == REPORT_TRANSPORT_CC && p->arrivals_id == 0)
        peer_fail(p, "the server offers no transport-wide feedback");
    if (wish == REPORT_NONE || wish == REPORT_REMB)
        p->arrivals_id = 0;
    p->rtx_pt = peer_sdp_rtx_pt(p);
    if (p->arrivals_id != 0 && !p->arrivals)
        p->arrivals = calloc(1, sizeof *p->arrivals);
}

static bool make_description(struct peer *p, struct buf *sdp)
{
    if (!agent_is_gathered(p->agent))
        return false;
    if (p->is_up && p->state == PEER_GATHERING) {
        peer_sdp_offer(p, sdp);
        p->state = PEER_SIGNALLED;
        return true;
    }
    if (!p->is_up && p->remote && !p->has_answered) {
        choose_feedback(p);
        peer_sdp_answer(p, sdp);
        p->has_answered = true;
        if (p->state == PEER_GATHERING)
            p->state = PEER_CHECKING;
        return true;
    }
    return false;
}

static void receive_early(struct peer *p, int64_t now_us)
{
    struct span datagram;

    for (unsigned i = 0; (datagram = agent_early_datagram(p->agent, i)).len > 0; i++)
        peer_receive(p, datagram, now_us);
}

bool peer_service(struct peer *p, int64_t now_us, struct buf *sdp)
{
    uint8_t message[KEEPALIVE_MESSAGE_MAX];

    if (p->state == PEER_FAILED)
        return false;
    if (p->state < PEER_HANDSHAKE)
        agent_service(p->agent);
    if (p->state == PEER_CHECKING && agent_is_ready(p->agent)) {
        start_handshake(p, now_us);
        receive_early(p, now_us);
    }
    if (p->state == PEER_CHECKING && agent_has_failed(p->agent))
        peer_fail(p, "ICE failed");
    if (p->dtls && dtls_transport_due_us(p->dtls) <= now_us)
        after_dtls(p, dtls_transport_tick(p->dtls, now_us));
    if (p->state >= PEER_HANDSHAKE && p->check_due_us <= now_us) {
        peer_send(p, message, keepalive_check(&p->keepalive, message));
        p->check_due_us = now_us + CHECK_EVERY_US;
    }
    return make_description(p, sdp);
}

void peer_receive(struct peer *p, struct span datagram, int64_t now_us)
{
    uint8_t reply[KEEPALIVE_MESSAGE_MAX];
    size_t len;

    if (datagram.len == 0 || p->state == PEER_FAILED)
        return;
    if (datagram.data[0] < 4) {
        len = keepalive_answer(&p->keepalive, datagram, &p->address, p->address_len, reply);
        if (len > 0)
            peer_send(p, reply, len);
    } else if (datagram.data[0] >= 20 && datagram.data[0] < 64 && p->dtls) {
        after_dtls(p, dtls_transport_receive(p->dtls, datagram, now_us));
    }
}

void peer_send_rtcp(struct peer *p, struct span packet)
{
    uint8_t room[RTCP_MAX + SECURE_RTP_TRAILER_MAX];
    size_t len = packet.len;

    if (p->state != PEER_CONNECTED || len > RTCP_MAX)
        return;
    memcpy(room, packet.data, len);
    if (secure_rtp_protect_rtcp(&p->srtp, room, &len, sizeof room) == 0)
        peer_send(p, room, len);
}
