#include "mediad/rtc/sdp_write.h"

#include <inttypes.h>

#include "common/macros.h"
#include "mediad/rtc/red.h"

enum description { DESCRIPTION_OFFER, DESCRIPTION_ANSWER };

static void write_session(struct buf *b, const struct local_transport *local)
{
    buf_printf(b, "v=0\r\no=- %" PRIu64 " %" PRIu64 " IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n",
               local->session_id, local->session_version);
    buf_add_str(b, "a=msid-semantic:WMS *\r\n");
    buf_printf(b, "a=fingerprint:%s\r\n", local->fingerprint);
    if (local->is_ice_lite)
        buf_add_str(b, "a=ice-lite\r\n");
    buf_add_str(b, "a=ice-options:trickle\r\n");
}

static void write_transport(struct buf *b, const struct local_transport *local, const char *setup,
                            const char *mid)
{
    buf_add_str(b, "c=IN IP4 0.0.0.0\r\n");
    buf_printf(b, "a=setup:%s\r\na=mid:%s\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", setup, mid,
               local->ufrag, local->pwd);
    buf_add_str(b, "a=rtcp-mux\r\n");
}

void sdp_write_candidates(struct buf *b, const struct local_transport *local)
{
    for (size_t i = 0; i < local->n_candidates; i++) {
        buf_add_str(b, "a=");
        candidate_write(b, &local->candidates[i]);
        buf_add_str(b, "\r\n");
    }
    if (local->has_end_of_candidates)
        buf_add_str(b, "a=end-of-candidates\r\n");
}

static void write_codec(struct buf *b, enum codec c, uint8_t pt, const char *fmtp, uint8_t feedback)
{
    const struct codec_info *info = codec_info(c);

    buf_printf(b, "a=rtpmap:%u %s/%" PRIu32, pt, info->sdp_name, info->clock_rate);
    if (info->channels > 1)
        buf_printf(b, "/%u", info->channels);
    buf_add_str(b, "\r\n");
    if (fmtp[0])
        buf_printf(b, "a=fmtp:%u %s\r\n", pt, fmtp);
    for (size_t i = 0; i < FEEDBACK_KINDS; i++) {
        if (feedback & feedback_kinds[i].bit)
            buf_printf(b, "a=rtcp-fb:%u %s\r\n", pt, feedback_kinds[i].text);
    }
}

static void write_rtx(struct buf *b, enum codec c, uint8_t rtx_pt, const char *fmtp)
{
    buf_printf(b, "a=rtpmap:%u rtx/%" PRIu32 "\r\na=fmtp:%u %s\r\n", rtx_pt,
               codec_info(c)->clock_rate, rtx_pt, fmtp);
}

static void write_red(struct buf *b, uint8_t red_pt, const char *fmtp)
{
    buf_printf(b, "a=rtpmap:%u red/%d/%d\r\na=fmtp:%u %s\r\n", red_pt, RED_CLOCK_RATE, RED_CHANNELS,
               red_pt, fmtp);
}

/* @param directed bits of those that have a direction: `direction` */
static void write_extensions(struct buf *b, const uint8_t *ids, uint8_t directed,
                             const char *direction)
{
    for (unsigned i = 0; i < HEADER_EXT_COUNT; i++) {
        if (ids[i])
            buf_printf(b, "a=extmap:%u%s%s %s\r\n", ids[i], directed >> i & 1 ? "/" : "",
                       directed >> i & 1 ? direction : "", header_ext_uri((enum header_ext)i));
    }
}

static void write_sources(struct buf *b, uint32_t ssrc, uint32_t rtx_ssrc, const char *cname)
{
    if (rtx_ssrc)
        buf_printf(b, "a=ssrc-group:FID %" PRIu32 " %" PRIu32 "\r\n", ssrc, rtx_ssrc);
    buf_printf(b, "a=ssrc:%" PRIu32 " cname:%s\r\n", ssrc, cname);
    if (rtx_ssrc)
        buf_printf(b, "a=ssrc:%" PRIu32 " cname:%s\r\n", rtx_ssrc, cname);
}

/* ---- answer ---- */

static void write_rids(struct buf *b, const struct up_section *s)
{
    for (unsigned i = 0; i < s->n_rids; i++)
        buf_printf(b, "a=rid:%s recv\r\n", s->rids[i].id);
    for (unsigned i = 0; i < s->n_rids; i++)
        buf_printf(b, "%s%s%s", i == 0 ? "a=simulcast:recv " : ";", s->rids[i].is_paused ? "~" : "",
                   s->rids[i].id);
    if (s->n_rids > 0)
        buf_add_str(b, "\r\n");
}

static void write_refused(struct buf *b, const struct up_section *s)
{
    buf_printf(b, "m=%s 0 %s %s\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n", s->media, s->proto,
               s->format);
    if (s->mid[0])
        buf_printf(b, "a=mid:%s\r\n", s->mid);
}

static void write_answer_section(struct buf *b, const struct negotiated *n, unsigned section,
                                 const struct local_transport *local, bool is_first)
{
    const struct up_section *s = &n->sections[section];
    const char *direction = n->is_sending ? "sendonly" : "recvonly";

    buf_printf(b, "m=%s 9 %s", s->media, s->proto);
    for (unsigned i = 0; i < s->n_codecs; i++) {
        const struct up_codec *c = &s->codecs[i];

        if (c->red_pt && c->is_red_first)
            buf_printf(b, " %u", c->red_pt);
        buf_printf(b, " %u", c->pt);
        if (c->rtx_pt)
            buf_printf(b, " %u", c->rtx_pt);
        if (c->red_pt && !c->is_red_first)
            buf_printf(b, " %u", c->red_pt);
    }
    buf_add_str(b, "\r\n");
    write_transport(b, local, n->remote.is_dtls_client ? "passive" : "active", s->mid);
    if (s->has_rsize)
        buf_add_str(b, "a=rtcp-rsize\r\n");
    for (unsigned i = 0; i < s->n_codecs; i++) {
        const struct up_codec *c = &s->codecs[i];

        write_codec(b, c->codec, c->pt, c->fmtp, c->feedback);
        if (c->rtx_pt)
            write_rtx(b, c->codec, c->rtx_pt, c->rtx_fmtp);
        if (c->red_pt)
            write_red(b, c->red_pt, c->red_fmtp);
    }
    write_extensions(b, s->ext_ids, s->ext_directed, direction);
    write_rids(b, s);
    if (n->is_sending) {
        buf_printf(b, "a=msid:%s %s\r\n", s->stream_id, s->track_id);
        write_sources(b, s->ssrc, s->rtx_ssrc, s->cname);
    }
    buf_printf(b, "a=%s\r\n", s->is_active ? direction : "inactive");
    if (is_first)
        sdp_write_candidates(b, local);
}

int sdp_write_answer(struct buf *b, const struct negotiated *n, const struct local_transport *local)
{
    bool is_first = true;

    write_session(b, local);
    if (n->has_extmap_allow_mixed)
        buf_add_str(b, "a=extmap-allow-mixed\r\n");
    if (n->has_bundle) {
        buf_add_str(b, "a=group:BUNDLE");
        for (unsigned i = 0; i < n->n_sections; i++) {
            if (n->sections[i].is_accepted)
                buf_printf(b, " %s", n->sections[i].mid);
        }
        buf_add_str(b, "\r\n");
    }
    for (unsigned i = 0; i < n->n_sections; i++) {
        if (!n->sections[i].is_accepted) {
            write_refused(b, &n->sections[i]);
            continue;
        }
        write_answer_section(b, n, i, local, is_first);
        is_first = false;
    }
    return buf_check(b);
}

/* ---- offer ---- */

static const char *section_media(const struct down_section *s)
{
    return s->kind == TRACK_AUDIO ? "audio" : "video";
}

static void write_offer_section(struct buf *b, const struct down_section *s,
                                const struct local_transport *local, bool is_first)
{
    buf_printf(b, "m=%s 9 UDP/TLS/RTP/SAVPF %u", section_media(s), s->pt);
    if (s->rtx_pt)
        buf_printf(b, " %u", s->rtx_pt);
    if (s->red_pt)
        buf_printf(b, " %u", s->red_pt);
    buf_add_str(b, "\r\n");
    write_transport(b, local, "actpass", s->mid);
    buf_add_str(b, "a=rtcp-rsize\r\n");
    write_codec(b, s->codec, s->pt, s->fmtp, s->feedback);
    if (s->rtx_pt) {
        char fmtp[16];

        snprintf(fmtp, sizeof fmtp, "apt=%u", s->pt);
        write_rtx(b, s->codec, s->rtx_pt, fmtp);
    }
    if (s->red_pt) {
        char fmtp[16];

        snprintf(fmtp, sizeof fmtp, "%u/%u", s->pt, s->pt);
        write_red(b, s->red_pt, fmtp);
    }
    write_extensions(b, s->ext_ids, 0, "");
    if (s->is_active) {
        buf_printf(b, "a=msid:%s %s\r\n", s->stream_id, s->track_id);
        write_sources(b, s->ssrc, s->rtx_ssrc, s->cname);
    }
    buf_printf(b, "a=%s\r\n", s->is_active ? "sendonly" : "inactive");
    if (is_first)
        sdp_write_candidates(b, local);
}

int sdp_write_offer(struct buf *b, const struct down_plan *p, const struct local_transport *local)
{
    bool is_first = true;

    write_session(b, local);
    buf_add_str(b, "a=extmap-allow-mixed\r\na=group:BUNDLE");
    for (unsigned i = 0; i < p->n_sections; i++) {
        if (!p->sections[i].is_stopped)
            buf_printf(b, " %s", p->sections[i].mid);
    }
    buf_add_str(b, "\r\n");
    for (unsigned i = 0; i < p->n_sections; i++) {
        const struct down_section *s = &p->sections[i];

        if (s->is_stopped) {
            buf_printf(b, "m=%s 0 UDP/TLS/RTP/SAVPF %u\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n",
                       section_media(s), s->pt);
            buf_printf(b, "a=mid:%s\r\n", s->mid);
            continue;
        }
        write_offer_section(b, s, local, is_first);
        is_first = false;
    }
    return buf_check(b);
}
