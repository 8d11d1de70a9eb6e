#include "tests/bench/loadgen/peer_sdp.h"

#include <string.h>

#include "mediad/rtc/negotiate_internal.h"

#define TRANSPORT_CC_URI "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

static void session_lines(const struct peer *p, struct buf *out, const char *bundle)
{
    const char *fingerprint = dtls_identity_fingerprint(p->config->identity);
    size_t len = strlen(fingerprint) - 1;
    char last = fingerprint[len];

    if (peer_is_impostor(p))
        last = last == '0' ? '1' : '0';
    buf_printf(out,
               "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE%s\r\n"
               "a=fingerprint:%.*s%c\r\n",
               bundle, (int)len, fingerprint, last);
}

static void transport_lines(const struct peer *p, struct buf *out, const char *setup)
{
    buf_printf(out, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=setup:%s\r\na=rtcp-mux\r\n",
               agent_ufrag(p->agent), agent_pwd(p->agent), setup);
}

/* Behind a relay the server must find no way past it. */
static void candidate_lines(const struct peer *p, struct buf *out)
{
    if (p->config->via_port == 0)
        agent_write_candidates(p->agent, out);
    buf_add_str(out, "a=end-of-candidates\r\n");
}

char peer_sdp_rid(unsigned index)
{
    return "hml"[index % RIDS_MAX];
}

uint8_t peer_sdp_arrivals_id(const struct sdp_section *s)
{
    for (unsigned i = 0; i < s->n_extmaps; i++) {
        if (span_eq(s->extmaps[i].uri, span_str(TRANSPORT_CC_URI)))
            return s->extmaps[i].id;
    }
    return 0;
}

static void offer_section(const struct peer *p, struct buf *out, const struct send_flow *flow,
                          const char *kind, const char *mid, const char *codec)
{
    buf_printf(out, "m=%s 9 UDP/TLS/RTP/SAVPF %u\r\nc=IN IP4 0.0.0.0\r\na=mid:%s\r\n", kind,
               flow->pt, mid);
    transport_lines(p, out, "actpass");
    buf_printf(out, "a=sendonly\r\na=rtpmap:%u %s\r\na=msid:%s %s\r\n", flow->pt, codec, p->id,
               kind);
}

static void ssrc_lines(const struct peer *p, struct buf *out, const struct send_flow *flow,
                       const char *kind)
{
    buf_printf(out, "a=ssrc:%u cname:%s\r\na=ssrc:%u msid:%s %s\r\n", flow->ssrc, p->id, flow->ssrc,
               p->id, kind);
}

static void rid_lines(const struct peer *p, struct buf *out)
{
    buf_printf(out,
               "a=extmap:%d urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
               "a=extmap:%d urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n",
               LOADGEN_EXT_MID, LOADGEN_EXT_RID);
    for (unsigned i = 0; i < p->config->n_rids; i++)
        buf_printf(out, "a=rid:%c send\r\n", peer_sdp_rid(i));
    buf_add_str(out, "a=simulcast:send ");
    for (unsigned i = 0; i < p->config->n_rids; i++)
        buf_printf(out, "%s%c", i > 0 ? ";" : "", peer_sdp_rid(i));
    buf_add_str(out, "\r\n");
}

void peer_sdp_offer(const struct peer *p, struct buf *out)
{
    const struct send_flow *video = &p->send_videos[0].flow;

    session_lines(p, out, p->config->has_audio ? " 0 1" : " 0");
    offer_section(p, out, video, "video", "0", "VP8/90000");
    if (p->config->n_rids > 0)
        rid_lines(p, out);
    else
        ssrc_lines(p, out, video, "video");
    buf_printf(out,
               "a=rtcp-fb:%u nack\r\na=rtcp-fb:%u nack pli\r\na=rtcp-fb:%u ccm fir\r\n"
               "a=rtcp-fb:%u goog-remb\r\n",
               video->pt, video->pt, video->pt, video->pt);
    candidate_lines(p, out);
    if (p->config->has_audio) {
        offer_section(p, out, &p->send_audio, "audio", "1", "opus/48000/2");
        ssrc_lines(p, out, &p->send_audio, "audio");
    }
}

static const struct sdp_format *first_codec(const struct sdp_section *s)
{
    for (unsigned i = 0; i < s->n_formats; i++) {
        if (!span_eq_nocase(s->formats[i].name, span_str("rtx")))
            return &s->formats[i];
    }
    return NULL;
}

/* Retransmissions serve those who report each packet: the server probes with them. */
static const struct sdp_format *taken_rtx(const struct peer *p, const struct sdp_section *s,
                                          uint8_t pt)
{
    return p->arrivals_id == 0 ? NULL : negotiate_rtx(s, pt);
}

uint8_t peer_sdp_rtx_pt(const struct peer *p)
{
    for (unsigned i = 0; p->remote && i < p->remote->n_sections; i++) {
        const struct sdp_section *s = &p->remote->sections[i];
        const struct sdp_format *f = first_codec(s), *rtx = f ? taken_rtx(p, s, f->pt) : NULL;

        if (rtx)
            return rtx->pt;
    }
    return 0;
}

static void answer_section(const struct peer *p, struct buf *out, const struct sdp_section *s)
{
    const struct sdp_format *f = first_codec(s);
    const struct sdp_format *rtx = f ? taken_rtx(p, s, f->pt) : NULL;
    bool inactive = s->direction == SDP_INACTIVE || !f || s->port == 0;

    buf_printf(out, "m=%.*s %d UDP/TLS/RTP/SAVPF %u", (int)s->media.len,
               (const char *)s->media.data, f ? 9 : 0, f ? f->pt : 0);
    if (rtx)
        buf_printf(out, " %u", rtx->pt);
    buf_add_str(out, "\r\nc=IN IP4 0.0.0.0\r\n");
    if (!f)
        return;
    buf_printf(out, "a=mid:%.*s\r\n", (int)s->mid.len, (const char *)s->mid.data);
    transport_lines(p, out, "active");
    buf_printf(out, "a=%s\r\na=rtpmap:%u %.*s/%u%s\r\n", inactive ? "inactive" : "recvonly", f->pt,
               (int)f->name.len, (const char *)f->name.data, f->clock_rate,
               f->channels == 2 ? "/2" : "");
    if (rtx)
        buf_printf(out, "a=rtpmap:%u rtx/%u\r\na=fmtp:%u apt=%u\r\n", rtx->pt, f->clock_rate,
                   rtx->pt, f->pt);
    if (p->arrivals_id != 0 && peer_sdp_arrivals_id(s) == p->arrivals_id)
        buf_printf(out, "a=extmap:%u " TRANSPORT_CC_URI "\r\n", p->arrivals_id);
    for (unsigned i = 0; i < f->n_feedback; i++)
        buf_printf(out, "a=rtcp-fb:%u %.*s\r\n", f->pt, (int)f->feedback[i].len,
                   (const char *)f->feedback[i].data);
}

void peer_sdp_answer(const struct peer *p, struct buf *out)
{
    struct buf bundle = {0};

    for (unsigned i = 0; i < p->remote->n_sections; i++) {
        if (first_codec(&p->remote->sections[i]))
            buf_printf(&bundle, " %.*s", (int)p->remote->sections[i].mid.len,
                       (const char *)p->remote->sections[i].mid.data);
    }
    session_lines(p, out, buf_str(&bundle));
    buf_release(&bundle);
    for (unsigned i = 0; i < p->remote->n_sections; i++) {
        answer_section(p, out, &p->remote->sections[i]);
        if (i == 0)
            candidate_lines(p, out);
    }
}
