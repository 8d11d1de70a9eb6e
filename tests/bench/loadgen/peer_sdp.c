#include "tests/bench/loadgen/peer_sdp.h"

#include <string.h>

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

static void offer_section(const struct peer *p, struct buf *out, const struct send_flow *flow,
                          const char *kind, const char *mid, const char *codec)
{
    buf_printf(out, "m=%s 9 UDP/TLS/RTP/SAVPF %u\r\nc=IN IP4 0.0.0.0\r\na=mid:%s\r\n", kind,
               flow->pt, mid);
    transport_lines(p, out, "actpass");
    buf_printf(out,
               "a=sendonly\r\na=rtpmap:%u %s\r\na=msid:%s %s\r\na=ssrc:%u cname:%s\r\n"
               "a=ssrc:%u msid:%s %s\r\n",
               flow->pt, codec, p->id, kind, flow->ssrc, p->id, flow->ssrc, p->id, kind);
}

void peer_sdp_offer(const struct peer *p, struct buf *out)
{
    session_lines(p, out, p->config->has_audio ? " 0 1" : " 0");
    offer_section(p, out, &p->send_video, "video", "0", "VP8/90000");
    buf_printf(out,
               "a=rtcp-fb:%u nack\r\na=rtcp-fb:%u nack pli\r\na=rtcp-fb:%u ccm fir\r\n"
               "a=rtcp-fb:%u goog-remb\r\n",
               p->send_video.pt, p->send_video.pt, p->send_video.pt, p->send_video.pt);
    agent_write_candidates(p->agent, out);
    buf_add_str(out, "a=end-of-candidates\r\n");
    if (p->config->has_audio)
        offer_section(p, out, &p->send_audio, "audio", "1", "opus/48000/2");
}

static const struct sdp_format *first_codec(const struct sdp_section *s)
{
    for (unsigned i = 0; i < s->n_formats; i++) {
        if (!span_eq_nocase(s->formats[i].name, span_str("rtx")))
            return &s->formats[i];
    }
    return NULL;
}

static void answer_section(const struct peer *p, struct buf *out, const struct sdp_section *s)
{
    const struct sdp_format *f = first_codec(s);
    bool inactive = s->direction == SDP_INACTIVE || !f || s->port == 0;

    buf_printf(out, "m=%.*s %d UDP/TLS/RTP/SAVPF %u\r\nc=IN IP4 0.0.0.0\r\n", (int)s->media.len,
               (const char *)s->media.data, f ? 9 : 0, f ? f->pt : 0);
    if (!f)
        return;
    buf_printf(out, "a=mid:%.*s\r\n", (int)s->mid.len, (const char *)s->mid.data);
    transport_lines(p, out, "active");
    buf_printf(out, "a=%s\r\na=rtpmap:%u %.*s/%u%s\r\n", inactive ? "inactive" : "recvonly", f->pt,
               (int)f->name.len, (const char *)f->name.data, f->clock_rate,
               f->channels == 2 ? "/2" : "");
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
        if (i == 0) {
            agent_write_candidates(p->agent, out);
            buf_add_str(out, "a=end-of-candidates\r\n");
        }
    }
}
