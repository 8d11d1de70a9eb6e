#include "mediad/rtc/negotiate_up.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/negotiate_internal.h"
#include "mediad/rtc/negotiate_up_internal.h"

/* A text that does not fit counts as not signalled. */
static void copy_or_empty(struct span s, char *out, size_t size)
{
    if (!span_copy(s, out, size))
        out[0] = 0;
}

/* The codec's index in the group's list; -1 when it is not there. */
static int codec_rank(enum codec c, const char *const *codecs)
{
    for (int i = 0; codecs[i]; i++) {
        if (codec_by_name(span_str(codecs[i])) == c)
            return i;
    }
    return -1;
}

void offered_red(struct up_codec *out, const struct sdp_section *in, const struct sdp_format *f)
{
    const struct sdp_format *red = negotiate_red(in, out->codec, out->pt);

    if (!red || !span_copy(red->fmtp, out->red_fmtp, sizeof out->red_fmtp))
        return;
    out->red_pt = red->pt;
    out->is_red_first = red < f;
}

static bool read_codec(struct up_codec *out, const struct sdp_section *in,
                       const struct sdp_format *f, enum track_kind kind,
                       const struct up_choice *choice)
{
    enum codec c = negotiate_codec(f);
    const struct sdp_format *rtx;

    *out = (struct up_codec){.codec = c, .pt = f->pt};
    if (c == CODEC_NONE || codec_info(c)->kind != kind || codec_rank(c, choice->codecs) < 0 ||
        codec_match(c, f->fmtp) == 0 || !span_copy(f->fmtp, out->fmtp, sizeof out->fmtp))
        return false;
    out->feedback = negotiate_feedback(f) & codec_info(c)->feedback;
    rtx = codec_info(c)->rtx_pt ? negotiate_rtx(in, f->pt) : NULL;
    if (rtx && span_copy(rtx->fmtp, out->rtx_fmtp, sizeof out->rtx_fmtp))
        out->rtx_pt = rtx->pt;
    if (!choice->is_encrypted)
        offered_red(out, in, f);
    return true;
}

static bool is_decoded_by_all(const struct up_codec *c, const struct up_choice *choice)
{
    uint32_t bit = codec_variant_bit(c->codec, span_str(c->fmtp));

    return (choice->receivers & bit) == bit;
}

static bool was_chosen(const struct up_codec *c, const struct up_section *before)
{
    return before && before->is_accepted && before->codecs[0].codec == c->codec &&
           before->codecs[0].pt == c->pt;
}

/* True when `a`, which the client named later, is the better choice. */
static bool is_better(const struct up_codec *a, const struct up_codec *b,
                      const struct up_choice *choice, const struct up_section *before)
{
    int by[] = {
        (int)is_decoded_by_all(a, choice) - (int)is_decoded_by_all(b, choice),
        (int)was_chosen(a, before) - (int)was_chosen(b, before),
        codec_rank(b->codec, choice->codecs) - codec_rank(a->codec, choice->codecs),
        codec_match(a->codec, span_str(a->fmtp)) - codec_match(b->codec, span_str(b->fmtp)),
    };

    for (size_t i = 0; i < LENGTH(by); i++) {
        if (by[i] != 0)
            return by[i] > 0;
    }
    return false;
}

/* Insertion keeps the client's order where nothing else decides. Video keeps the best alone. */
static void choose_codecs(struct up_section *out, const struct sdp_section *in,
                          const struct up_choice *choice, const struct up_section *before)
{
    unsigned max = out->kind == TRACK_VIDEO ? 1 : NEGOTIATE_CODECS_MAX;

    for (unsigned i = 0; i < in->n_formats; i++) {
        struct up_codec codec;
        unsigned at = out->n_codecs;

        if (!read_codec(&codec, in, &in->formats[i], out->kind, choice))
            continue;
        while (at > 0 && is_better(&codec, &out->codecs[at - 1], choice, before))
            at--;
        if (at >= max)
            continue;
        if (out->n_codecs < max)
            out->n_codecs++;
        memmove(&out->codecs[at + 1], &out->codecs[at],
                (out->n_codecs - 1 - at) * sizeof out->codecs[0]);
        out->codecs[at] = codec;
    }
}

static void read_extensions(struct up_section *out, const struct sdp_section *in)
{
    for (unsigned i = 0; i < in->n_extmaps; i++) {
        const struct sdp_extmap *x = &in->extmaps[i];

        for (unsigned k = 0; k < HEADER_EXT_COUNT; k++) {
            if (!span_eq_str(x->uri, header_ext_uri((enum header_ext)k)) || out->ext_ids[k] ||
                x->direction == SDP_RECVONLY || x->direction == SDP_INACTIVE)
                continue;
            if (out->kind == TRACK_AUDIO &&
                (k == HEADER_EXT_RID || k == HEADER_EXT_RRID || k == HEADER_EXT_DEPENDENCY))
                continue;
            if (out->kind == TRACK_VIDEO && k == HEADER_EXT_AUDIO_LEVEL)
                continue;
            out->ext_ids[k] = x->id;
            if (x->direction == SDP_SENDONLY)
                out->ext_directed |= (uint8_t)(1u << k);
        }
    }
}

/* Simulcast counts when its packets can be told apart: by the rid extension. */
static int read_rids(struct up_section *out, const struct sdp_section *in, unsigned section,
                     struct error *e)
{
    if (out->kind != TRACK_VIDEO || !in->has_simulcast || !out->ext_ids[HEADER_EXT_RID])
        return 0;
    for (unsigned i = 0; i < in->n_rids && out->n_rids < NEGOTIATE_RIDS_MAX; i++) {
        struct up_rid *rid = &out->rids[out->n_rids];

        if (!in->rids[i].is_send)
            continue;
        if (!span_copy(in->rids[i].id, rid->id, sizeof rid->id))
            return negotiate_fail(e, ERR_INVALID, section, "a rid of more than 16 characters");
        rid->is_paused = in->rids[i].is_paused;
        out->n_rids++;
    }
    return 0;
}

static void read_sources(struct up_section *out, const struct sdp_section *in)
{
    struct span msid = in->msid;
    struct span stream, track;

    if (in->n_ssrcs > 0) {
        copy_or_empty(in->ssrcs[0].cname, out->cname, sizeof out->cname);
        if (msid.len == 0)
            msid = in->ssrcs[0].msid;
    }
    sdp_msid_split(msid, &stream, &track);
    if (!span_eq_str(stream, "-"))
        copy_or_empty(stream, out->stream_id, sizeof out->stream_id);
    copy_or_empty(track, out->track_id, sizeof out->track_id);
    if (out->n_rids > 0 || in->n_ssrcs == 0)
        return; /* with simulcast SSRCs say nothing of which rid they carry */
    out->ssrc = in->ssrcs[0].ssrc;
    for (unsigned i = 0; i < in->n_groups; i++) {
        const struct sdp_ssrc_group *g = &in->groups[i];

        if (span_eq_str(g->semantics, "FID") && g->n_ssrcs == 2 && g->ssrcs[0] != g->ssrcs[1]) {
            out->ssrc = g->ssrcs[0];
            out->rtx_ssrc = g->ssrcs[1];
            return;
        }
    }
}

/* "UDP/TLS/RTP/SAVPF" and its older spellings (RFC 9429 section 5.1.2). */
static bool is_rtp_over_dtls(struct span proto)
{
    static const char *const protos[] = {"UDP/TLS/RTP/SAVPF",  "UDP/TLS/RTP/SAVP",
                                         "TCP/DTLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF",
                                         "RTP/SAVPF",          "RTP/SAVP"};

    for (size_t i = 0; i < LENGTH(protos); i++) {
        if (span_eq_str(proto, protos[i]))
            return true;
    }
    return false;
}

static int copy_m_line(struct up_section *out, const struct sdp_section *in, unsigned section,
                       struct error *e)
{
    struct span format = span_sub(in->format_list, 0, span_index(in->format_list, ' ', 0));

    if (!negotiate_is_refused(in) && in->mid.len == 0)
        return negotiate_fail(e, ERR_UNSUPPORTED, section,
                              "no mid: only unified plan is supported");
    if (!span_copy(in->mid, out->mid, sizeof out->mid))
        return negotiate_fail(e, ERR_INVALID, section, "a mid of more than 64 characters");
    if (!span_copy(in->media, out->media, sizeof out->media) ||
        !span_copy(in->proto, out->proto, sizeof out->proto) ||
        !span_copy(format, out->format, sizeof out->format))
        return negotiate_fail(e, ERR_INVALID, section, "an m-line with too long a word");
    if (out->format[0] == 0)
        out->format[0] = '0';
    return 0;
}

int offered_section_begin(struct up_section *out, const struct sdp_session *offer, unsigned section,
                          struct error *e)
{
    const struct sdp_section *in = &offer->sections[section];
    int r = copy_m_line(out, in, section, e);

    if (r < 0)
        return r;
    if (negotiate_is_refused(in) || in->kind == SDP_OTHER || !is_rtp_over_dtls(in->proto))
        return 0;
    if (offer->has_bundle ? !sdp_in_bundle(offer, in->mid)
                          : (int)section != negotiate_transport_section(offer))
        return 0; /* it would need a transport of its own */
    out->kind = in->kind == SDP_AUDIO ? TRACK_AUDIO : TRACK_VIDEO;
    return 1;
}

static int decide_section(struct up_section *out, const struct sdp_session *offer, unsigned section,
                          const struct up_choice *choice, struct error *e)
{
    const struct negotiated *previous = choice->previous;
    const struct sdp_section *in = &offer->sections[section];
    int r = offered_section_begin(out, offer, section, e);

    if (r <= 0)
        return r;
    choose_codecs(out, in, choice,
                  previous && section < previous->n_sections ? &previous->sections[section] : NULL);
    if (out->n_codecs == 0)
        return 0;
    if (!in->has_rtcp_mux)
        return negotiate_fail(e, ERR_UNSUPPORTED, section, "no rtcp-mux");
    read_extensions(out, in);
    r = read_rids(out, in, section, e);
    if (r < 0)
        return r;
    read_sources(out, in);
    out->has_rsize = in->has_rtcp_rsize;
    out->is_active = in->direction == SDP_SENDRECV || in->direction == SDP_SENDONLY;
    out->is_accepted = true;
    return 0;
}

/* Sections keep their indexes; one that was accepted keeps its mid until it is refused. */
static int check_previous(const struct sdp_session *offer, const struct negotiated *previous,
                          struct error *e)
{
    if (offer->n_sections < previous->n_sections)
        return error_set(e, ERR_INVALID, NULL, "fewer m-lines than in the offer before");
    for (unsigned i = 0; i < previous->n_sections; i++) {
        if (previous->sections[i].is_accepted && !negotiate_is_refused(&offer->sections[i]) &&
            !span_eq_str(offer->sections[i].mid, previous->sections[i].mid))
            return negotiate_fail(e, ERR_INVALID, i, "another mid than in the offer before");
    }
    return 0;
}

struct negotiated *negotiated_new(const struct sdp_session *offer)
{
    struct negotiated *n = calloc(1, sizeof *n + offer->n_sections * sizeof n->sections[0]);

    if (!n)
        return NULL;
    n->n_sections = offer->n_sections;
    n->has_bundle = offer->has_bundle;
    n->has_extmap_allow_mixed = offer->has_extmap_allow_mixed;
    for (unsigned i = 0; i < offer->n_sections; i++)
        n->has_extmap_allow_mixed =
            n->has_extmap_allow_mixed || offer->sections[i].has_extmap_allow_mixed;
    return n;
}

static int decide_sections(struct negotiated *n, const struct sdp_session *offer,
                           const struct up_choice *choice, struct error *e)
{
    int transport = negotiate_transport_section(offer);
    bool is_any_accepted = false;
    int r;

    for (unsigned i = 0; i < offer->n_sections; i++) {
        r = decide_section(&n->sections[i], offer, i, choice, e);
        if (r < 0)
            return r;
        is_any_accepted = is_any_accepted || n->sections[i].is_accepted;
    }
    if (!is_any_accepted)
        return error_set(e, ERR_UNSUPPORTED, NULL,
                         "no audio or video in a codec that this group allows");
    if (transport < 0)
        return error_set(e, ERR_INVALID, NULL, "the BUNDLE group names no section");
    return negotiate_transport(&n->remote, offer, (unsigned)transport, false, e);
}

int negotiate_offer(struct negotiated **out, const struct sdp_session *offer,
                    const struct up_choice *choice, struct error *e)
{
    struct negotiated *n;
    int r = choice->previous ? check_previous(offer, choice->previous, e) : 0;

    if (r < 0)
        return r;
    n = negotiated_new(offer);
    if (!n)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    r = decide_sections(n, offer, choice, e);
    if (r < 0) {
        negotiated_free(n);
        return r;
    }
    *out = n;
    return 0;
}

uint32_t negotiate_offered_variants(const struct sdp_session *offer)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < offer->n_sections; i++) {
        const struct sdp_section *s = &offer->sections[i];

        for (unsigned k = 0; s->kind == SDP_VIDEO && k < s->n_formats; k++)
            bits |= codec_variant_bit(negotiate_codec(&s->formats[k]), s->formats[k].fmtp);
    }
    return bits;
}

void negotiated_free(struct negotiated *n)
{
    free(n);
}

const struct up_codec *up_section_by_pt(const struct up_section *s, uint8_t pt, bool *is_rtx)
{
    for (unsigned i = 0; i < s->n_codecs; i++) {
        const struct up_codec *c = &s->codecs[i];
        bool is_media = c->pt == pt || (c->red_pt && c->red_pt == pt);

        if (!is_media && (c->rtx_pt == 0 || c->rtx_pt != pt))
            continue;
        *is_rtx = !is_media;
        return c;
    }
    return NULL;
}

size_t negotiated_tracks(const struct negotiated *n, struct up_track *tracks, size_t max)
{
    size_t count = 0;

    for (unsigned i = 0; i < n->n_sections; i++) {
        const struct up_section *s = &n->sections[i];
        unsigned n_tracks = s->n_rids ? s->n_rids : 1;

        for (unsigned k = 0; s->is_accepted && s->is_active && k < n_tracks; k++) {
            if (count < max)
                tracks[count] = (struct up_track){(uint8_t)i, s->n_rids ? (int8_t)k : -1};
            count++;
        }
    }
    return count;
}
