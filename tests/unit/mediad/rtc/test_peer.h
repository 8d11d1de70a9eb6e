/*
 * A small WebRTC client for tests: one UDP socket, ICE checks of its own (libnice's STUN library,
 * controlling), DTLS client, SRTP. Publishes or receives against the real media plane over
 * loopback. Everything is static, since each test is a program of one object.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_PEER_H
#define NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_PEER_H

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <srtp2/srtp.h>
#include <stun/usages/ice.h>

#include "common/buf.h"
#include "common/now.h"
#include "mediad/rtc/demux.h"
#include "mediad/rtc/dtls_identity.h"
#include "mediad/rtc/dtls_transport.h"
#include "mediad/rtc/negotiate.h"
#include "mediad/rtc/rtcp.h"
#include "mediad/rtc/rtp.h"
#include "mediad/rtc/sdp_parse.h"
#include "mediad/rtc/secure_rtp.h"

#define TEST_PEER_KEPT 4096
#define TEST_CHECK_US INT64_C(50000)

enum { TEST_AUDIO_PT = 111, TEST_VIDEO_PT = 96, TEST_RTX_PT = 97 };
enum { TEST_MID_ID = 4, TEST_RID_ID = 10, TEST_RRID_ID = 11 };

struct test_packet {
    struct rtp_header header;
    size_t len;
    uint8_t data[1504];
};

struct test_peer {
    int fd;
    struct sockaddr_storage server;
    StunAgent agent;
    char ufrag[8];
    char pwd[32];
    char remote_ufrag[64];
    char remote_pwd[64];
    bool has_remote;
    bool is_passive; /* says a=setup:passive: the server starts the handshake */
    bool is_checked; /* a check was answered */
    bool checks_paused;
    bool answers_paused; /* the server's checks are not answered */
    unsigned n_asked;    /* checks of the server that came */
    int64_t next_check_us;
    struct dtls_identity *identity;
    struct dtls_transport *dtls;
    struct secure_rtp rtp;
    bool is_up;
    bool has_dtls;
    uint64_t first_record; /* sequence number of the first DTLS record that came */
    /* what was received */
    struct test_packet *packets;
    size_t n_packets;
    unsigned n_plis;
    unsigned n_nacks;
    uint16_t nacked_seq; /* the first number of the last NACK */
    unsigned n_srs;
    unsigned n_rembs;
    uint64_t remb_bps;
    uint32_t dlrr[2]; /* whom the last answer to a reference time is for, and to which (RFC 3611) */
    char cname[64];
    uint64_t n_received;
};

static const uint16_t test_known_attributes[] = {STUN_ATTRIBUTE_USERNAME,
                                                 STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
                                                 STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS,
                                                 STUN_ATTRIBUTE_ERROR_CODE,
                                                 STUN_ATTRIBUTE_PRIORITY,
                                                 STUN_ATTRIBUTE_USE_CANDIDATE,
                                                 0};

static inline int test_peer_socket(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int size = 4 * 1024 * 1024;

    assert_true(fd >= 0);
    assert_int_equal(0, bind(fd, (struct sockaddr *)&any, sizeof any));
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    return fd;
}

static inline void test_peer_init(struct test_peer *p, uint16_t server_port)
{
    static unsigned n_peers;
    struct sockaddr_in *server = (struct sockaddr_in *)&p->server;

    memset(p, 0, sizeof *p);
    p->fd = test_peer_socket();
    *server = (struct sockaddr_in){.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                   .sin_port = htons(server_port)};
    stun_agent_init(&p->agent, test_known_attributes, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    snprintf(p->ufrag, sizeof p->ufrag, "u%03u", ++n_peers % 1000);
    snprintf(p->pwd, sizeof p->pwd, "passwordpasswordpassword%04u", n_peers % 10000);
    assert_int_equal(0, dtls_identity_new(&p->identity, NULL));
    p->packets = calloc(TEST_PEER_KEPT, sizeof *p->packets);
    assert_non_null(p->packets);
}

static inline void test_peer_release(struct test_peer *p)
{
    dtls_transport_free(p->dtls);
    secure_rtp_release(&p->rtp);
    dtls_identity_free(p->identity);
    free(p->packets);
    close(p->fd);
}

/* ---- descriptions ---- */

static inline void test_sdp_session(struct test_peer *p, struct buf *b, const char *mids)
{
    buf_printf(b,
               "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE %s\r\n"
               "a=fingerprint:%s\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\n",
               mids, dtls_identity_fingerprint(p->identity), p->ufrag, p->pwd);
}

/* An offer like a browser's: audio in mid 0, video in mid 1; with rids when simulcast is wanted. An
 * SSRC of 0 is not announced. */
static inline void test_peer_offer(struct test_peer *p, struct buf *b, uint32_t audio_ssrc,
                                   uint32_t video_ssrc, bool is_simulcast)
{
    const char *setup = p->is_passive ? "passive" : "actpass";

    test_sdp_session(p, b, "0 1");
    buf_printf(b,
               "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=setup:%s\r\n"
               "a=sendonly\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:111 opus/48000/2\r\n"
               "a=fmtp:111 minptime=10;useinbandfec=1\r\na=msid:stream audio-track\r\n",
               setup);
    if (audio_ssrc)
        buf_printf(b, "a=ssrc:%u cname:test-cname\r\n", audio_ssrc);
    buf_printf(b,
               "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n"
               "a=setup:%s\r\na=sendonly\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
               "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 nack\r\n"
               "a=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 ccm fir\r\na=rtpmap:97 rtx/90000\r\n"
               "a=fmtp:97 apt=96\r\na=msid:stream video-track\r\n"
               "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
               "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
               "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n",
               setup);
    if (is_simulcast)
        buf_add_str(b, "a=rid:h send\r\na=rid:l send\r\na=simulcast:send h;l\r\n");
    else if (video_ssrc)
        buf_printf(b,
                   "a=ssrc-group:FID %u %u\r\na=ssrc:%u cname:test-cname\r\n"
                   "a=ssrc:%u cname:test-cname\r\n",
                   video_ssrc, video_ssrc + 1, video_ssrc, video_ssrc + 1);
}

static inline void test_peer_take_remote(struct test_peer *p, const struct sdp_session *s)
{
    struct sdp_transport t = sdp_section_transport(s, 0);

    assert_true(span_copy(t.ufrag, p->remote_ufrag, sizeof p->remote_ufrag));
    assert_true(span_copy(t.pwd, p->remote_pwd, sizeof p->remote_pwd));
    assert_true(t.n_fingerprints > 0);
    p->has_remote = true;
    p->next_check_us = 0;
    p->is_checked = false;
    if (p->dtls)
        return;
    extern void test_peer_send(void *user, const void *datagram, size_t len);

    assert_int_equal(0,
                     dtls_transport_new(&p->dtls, p->identity, !p->is_passive, t.fingerprints,
                                        t.n_fingerprints, test_peer_send, p, now_monotonic_us()));
}

/* The publisher's side of an answer. */
static inline void test_peer_take_answer(struct test_peer *p, struct span sdp)
{
    struct sdp_session *s = NULL;

    assert_int_equal(0, sdp_parse(&s, sdp, NULL));
    test_peer_take_remote(p, s);
    sdp_session_free(s);
}

/* The receiver's answer to whatever the server offers: everything is taken. */
static inline void test_peer_answer(struct test_peer *p, struct span offer, struct buf *b)
{
    struct sdp_session *s = NULL;
    struct buf mids = {0};

    assert_int_equal(0, sdp_parse(&s, offer, NULL));
    for (unsigned i = 0; i < s->n_sections; i++)
        buf_printf(&mids, "%s%.*s", i ? " " : "", (int)s->sections[i].mid.len,
                   (const char *)s->sections[i].mid.data);
    test_sdp_session(p, b, buf_str(&mids));
    for (unsigned i = 0; i < s->n_sections; i++) {
        const struct sdp_section *in = &s->sections[i];

        buf_printf(b, "m=%.*s 9 UDP/TLS/RTP/SAVPF %.*s\r\nc=IN IP4 0.0.0.0\r\n", (int)in->media.len,
                   (const char *)in->media.data, (int)in->format_list.len,
                   (const char *)in->format_list.data);
        buf_printf(b, "a=mid:%.*s\r\na=setup:%s\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=%s\r\n",
                   (int)in->mid.len, (const char *)in->mid.data,
                   p->is_passive ? "passive" : "active",
                   in->direction == SDP_INACTIVE ? "inactive" : "recvonly");
        for (unsigned f = 0; f < in->n_formats; f++) {
            const struct sdp_format *format = &in->formats[f];

            buf_printf(b, "a=rtpmap:%u %.*s/%u", format->pt, (int)format->name.len,
                       (const char *)format->name.data, format->clock_rate);
            buf_add_str(b, format->channels > 1 ? "/2\r\n" : "\r\n");
            if (format->fmtp.len)
                buf_printf(b, "a=fmtp:%u %.*s\r\n", format->pt, (int)format->fmtp.len,
                           (const char *)format->fmtp.data);
            for (unsigned k = 0; k < format->n_feedback; k++)
                buf_printf(b, "a=rtcp-fb:%u %.*s\r\n", format->pt, (int)format->feedback[k].len,
                           (const char *)format->feedback[k].data);
        }
        for (unsigned x = 0; x < in->n_extmaps; x++)
            buf_printf(b, "a=extmap:%u %.*s\r\n", in->extmaps[x].id, (int)in->extmaps[x].uri.len,
                       (const char *)in->extmaps[x].uri.data);
    }
    test_peer_take_remote(p, s);
    buf_release(&mids);
    sdp_session_free(s);
}

/* ---- network ---- */

void test_peer_send(void *user, const void *datagram, size_t len);
void test_peer_send(void *user, const void *datagram, size_t len)
{
    struct test_peer *p = user;

    (void)!sendto(p->fd, datagram, len, 0, (struct sockaddr *)&p->server,
                  sizeof(struct sockaddr_in));
}

static inline size_t test_peer_build_check(struct test_peer *p, uint8_t *out, size_t size)
{
    StunMessage m;
    char name[128];

    snprintf(name, sizeof name, "%s:%s", p->remote_ufrag, p->ufrag);
    return stun_usage_ice_conncheck_create(&p->agent, &m, out, size, (uint8_t *)name, strlen(name),
                                           (uint8_t *)p->remote_pwd, strlen(p->remote_pwd), true,
                                           true, 1853824767, 42, NULL,
                                           STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
}

static inline void test_peer_check(struct test_peer *p, int64_t now_us)
{
    uint8_t out[512];

    if (!p->has_remote || p->checks_paused || now_us < p->next_check_us)
        return;
    p->next_check_us = now_us + (p->is_checked ? 20 : 1) * TEST_CHECK_US;
    size_t len = test_peer_build_check(p, out, sizeof out);

    assert_true(len > 0);
    test_peer_send(p, out, len);
    StunTransactionId id;
    memcpy(id, out + 4, sizeof id);
    stun_agent_forget_transaction(&p->agent, id);
}

/* The network changes: new address, no signalling, the next check at once. */
static inline void test_peer_move(struct test_peer *p)
{
    close(p->fd);
    p->fd = test_peer_socket();
    p->is_checked = false;
    p->next_check_us = 0;
}

/* The server asks whether we are there (RFC 8445 section 7.3). */
static inline void test_peer_answer_check(struct test_peer *p, uint8_t *data, size_t len)
{
    char name[128];
    StunDefaultValidaterData users[] = {{(uint8_t *)name, 0, (uint8_t *)p->pwd, strlen(p->pwd)},
                                        {NULL, 0, NULL, 0}};
    uint8_t out[512];
    StunMessage question, m;

    users[0].username_len = (size_t)snprintf(name, sizeof name, "%s:%s", p->ufrag, p->remote_ufrag);
    p->n_asked++;
    if (p->answers_paused ||
        stun_agent_validate(&p->agent, &question, data, len, stun_agent_default_validater, users) !=
            STUN_VALIDATION_SUCCESS)
        return;
    assert_true(stun_agent_init_response(&p->agent, &m, out, sizeof out, &question));
    assert_int_equal(STUN_MESSAGE_RETURN_SUCCESS,
                     stun_message_append_xor_addr(&m, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &p->server,
                                                  sizeof(struct sockaddr_in)));
    size_t n = stun_agent_finish_message(&p->agent, &m, NULL, 0);

    assert_true(n > 0);
    test_peer_send(p, out, n);
}

static inline void test_peer_take_rtcp(struct test_peer *p, struct span datagram)
{
    struct rtcp_packet packet;

    assert_int_equal(0, rtcp_check(datagram));
    for (struct span rest = datagram, whole = rest; rtcp_next(&rest, &packet) == 1; whole = rest) {
        uint16_t mask;
        struct span cname;

        if (whole.data[1] == 207 && whole.len >= 24 && whole.data[8] == 5) {
            memcpy(p->dlrr, whole.data + 12, sizeof p->dlrr);
            for (unsigned i = 0; i < 2; i++)
                p->dlrr[i] = ntohl(p->dlrr[i]);
        }
        p->n_plis += packet.kind == RTCP_PLI;
        p->n_srs += packet.kind == RTCP_SR;
        if (packet.kind == RTCP_NACK && rtcp_nack_at(&packet, 0, &p->nacked_seq, &mask))
            p->n_nacks++;
        if (packet.kind == RTCP_REMB) {
            p->n_rembs++;
            p->remb_bps = packet.remb_bps;
        }
        uint32_t ssrc = 0;
        if (packet.kind == RTCP_SDES && packet.items.len >= 4) {
            memcpy(&ssrc, packet.items.data, 4);
            if (rtcp_sdes_cname(&packet, ntohl(ssrc), &cname))
                (void)span_copy(cname, p->cname, sizeof p->cname);
        }
    }
}

static inline void test_peer_take_rtp(struct test_peer *p, uint8_t *data, size_t len)
{
    struct test_packet *kept = &p->packets[p->n_packets % TEST_PEER_KEPT];

    memcpy(kept->data, data, len);
    kept->len = len;
    assert_int_equal(0, rtp_parse(&kept->header, span_of(kept->data, len)));
    p->n_packets++;
}

static inline void test_peer_take(struct test_peer *p, uint8_t *data, size_t len, int64_t now_us)
{
    enum demux_kind kind = demux_classify(span_of(data, len));

    if (kind == DEMUX_STUN) {
        if (len >= 20 && data[0] == 0x01 && data[1] == 0x01)
            p->is_checked = true;
        if (len >= 20 && data[0] == 0x00 && data[1] == 0x01)
            test_peer_answer_check(p, data, len);
    } else if (kind == DEMUX_DTLS) {
        for (unsigned i = 0; !p->has_dtls && i < 6; i++)
            p->first_record = p->first_record << 8 | data[5 + i];
        p->has_dtls = true;
        if (dtls_transport_receive(p->dtls, span_of(data, len), now_us) == DTLS_CONNECTED &&
            !p->rtp.receive) {
            struct dtls_keys keys;

            assert_int_equal(0, dtls_transport_keys(p->dtls, &keys));
            assert_int_equal(0, secure_rtp_init(&p->rtp, &keys));
            p->is_up = true;
        }
    } else if (kind == DEMUX_RTCP) {
        if (secure_rtp_unprotect_rtcp(&p->rtp, data, &len) == 0)
            test_peer_take_rtcp(p, span_of(data, len));
    } else if (secure_rtp_unprotect(&p->rtp, data, &len) == 0) {
        p->n_received++;
        test_peer_take_rtp(p, data, len);
    }
}

/* Everything that waits on the socket, and what is due. */
static inline void test_peer_run(struct test_peer *p)
{
    uint8_t data[2048];
    int64_t now_us = now_monotonic_us();

    test_peer_check(p, now_us);
    if (p->dtls && p->is_checked)
        dtls_transport_tick(p->dtls, now_us);
    for (ssize_t n; (n = recv(p->fd, data, sizeof data, 0)) > 0;)
        test_peer_take(p, data, (size_t)n, now_us);
}

/* ---- media ---- */

struct test_rtp {
    uint8_t pt;
    uint16_t seq;
    uint32_t rtp_ts;
    uint32_t ssrc;
    bool marker;
    const char *mid; /* NULL: without extensions */
    const char *rid;
};

static inline size_t test_build_rtp(uint8_t *out, const struct test_rtp *h, const uint8_t *payload,
                                    size_t payload_len)
{
    struct writer w = writer_init(out, 1480);

    writer_u8(&w, h->mid ? 0x90 : 0x80);
    writer_u8(&w, (uint8_t)(h->pt | (h->marker ? 0x80 : 0)));
    writer_u16(&w, h->seq);
    writer_u32(&w, h->rtp_ts);
    writer_u32(&w, h->ssrc);
    if (h->mid) {
        struct span mid = span_str(h->mid), rid = span_str(h->rid);
        size_t len = 1 + mid.len + (rid.len ? 1 + rid.len : 0);

        writer_u16(&w, 0xbede);
        writer_u16(&w, (uint16_t)((len + 3) / 4));
        writer_u8(&w, (uint8_t)(TEST_MID_ID << 4 | (mid.len - 1)));
        writer_span(&w, mid);
        if (rid.len) {
            writer_u8(&w, (uint8_t)(TEST_RID_ID << 4 | (rid.len - 1)));
            writer_span(&w, rid);
        }
        while (w.len % 4 != 0 && !w.bad)
            writer_u8(&w, 0);
    }
    writer_span(&w, span_of(payload, payload_len));
    assert_false(w.bad);
    return w.len;
}

static inline void test_peer_send_rtp(struct test_peer *p, const struct test_rtp *h,
                                      const uint8_t *payload, size_t payload_len)
{
    uint8_t out[1504];
    int len = (int)test_build_rtp(out, h, payload, payload_len);

    /* as browsers do: libsrtp2 keeps each SSRC's counter */
    assert_int_equal(srtp_err_status_ok, srtp_protect(p->rtp.send_rtcp, out, &len));
    test_peer_send(p, out, (size_t)len);
}

static inline void test_peer_send_rtcp(struct test_peer *p, struct writer *w, size_t size)
{
    size_t len = w->len;

    assert_false(w->bad);
    assert_int_equal(0, secure_rtp_protect_rtcp(&p->rtp, w->data, &len, size));
    test_peer_send(p, w->data, len);
}

/* A VP8 packet: descriptor with a 15-bit picture id, then the frame's first bytes. */
static inline size_t test_vp8(uint8_t *out, bool is_start, bool is_keyframe, uint16_t picture_id,
                              size_t size)
{
    memset(out, 0x55, size);
    out[0] = (uint8_t)(0x80 | (is_start ? 0x10 : 0)); /* X, S */
    out[1] = 0x80;                                    /* I */
    out[2] = (uint8_t)(0x80 | (picture_id >> 8 & 0x7f));
    out[3] = (uint8_t)picture_id;
    out[4] = is_keyframe ? 0x00 : 0x01; /* P bit */
    if (is_keyframe && size >= 14) {
        static const uint8_t start[] = {0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01};

        memcpy(out + 7, start, sizeof start);
    }
    return size;
}

#endif
