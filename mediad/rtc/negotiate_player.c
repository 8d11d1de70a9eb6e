#include "mediad/rtc/negotiate_player.h"

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/negotiate_internal.h"
#include "mediad/rtc/negotiate_up_internal.h"

/* Longer mids, higher ids and descriptors need the two-byte form (RFC 8285 section 4.3), which
 * stands beside the other only where both sides say so. */
#define ONE_BYTE_ID_MAX 14
#define ONE_BYTE_LEN_MAX 16

static enum track_kind kind_of(const struct player_codec *c)
{
    return codec_info(c->codec)->kind;
}

/* ---- formats ---- */

/* How well the player's format fits; 0: not at all. */
static int fit(const struct sdp_format *f, const struct player_codec *c)
{
    if (negotiate_codec(f) != c->codec)
        return 0;
    return c->fmtp ? codec_decodes(c->codec, f->fmtp, span_str(c->fmtp))
                   : codec_match(c->codec, f->fmtp);
}

static bool has_format(const struct up_section *s, uint8_t pt)
{
    for (unsigned i = 0; i < s->n_codecs; i++) {
        if (s->codecs[i].pt == pt)
            return true;
    }
    return false;
}

static void add_format(struct up_section *out, const struct sdp_section *in,
                       const struct sdp_format *f, enum codec codec)
{
    struct up_codec *c = &out->codecs[out->n_codecs];
    const struct codec_info *info = codec_info(codec);
    const struct sdp_format *rtx = info->rtx_pt ? negotiate_rtx(in, f->pt) : NULL;

    if (out->n_codecs == NEGOTIATE_CODECS_MAX || has_format(out, f->pt))
        return;
    *c = (struct up_codec){
        .codec = codec, .pt = f->pt, .feedback = negotiate_feedback(f) & info->feedback};
    if (!span_copy(f->fmtp, c->fmtp, sizeof c->fmtp))
        return;
    if (rtx && span_copy(rtx->fmtp, c->rtx_fmtp, sizeof c->rtx_fmtp))
        c->rtx_pt = rtx->pt;
    offered_red(c, in, f);
    out->n_codecs++;
}

static void choose_best(struct up_section *out, const struct sdp_section *in,
                        const struct player_codec *c)
{
    const struct sdp_format *best = NULL;

    for (unsigned i = 0; i < in->n_formats; i++) {
        if (fit(&in->formats[i], c) > (best ? fit(best, c) : 0))
            best = &in->formats[i];
    }
    if (best)
        add_format(out, in, best, c->codec);
}

static void choose_formats(struct up_section *out, const struct sdp_section *in,
                           const struct player_codec *codecs, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (kind_of(&codecs[k]) != out->kind)
            continue;
        if (codecs[k].fmtp) {
            choose_best(out, in, &codecs[k]);
            continue;
        }
        for (unsigned i = 0; i < in->n_formats; i++) {
            if (fit(&in->formats[i], &codecs[k]) > 0)
                add_format(out, in, &in->formats[i], codecs[k].codec);
        }
    }
}

/* ---- what does not fit ---- */

static void add_name(char *out, size_t size, const char *name)
{
    size_t len = strlen(out);

    snprintf(out + len, size - len, "%s%s", len > 0 ? ", " : "", name);
}

/* The player's codecs that we know of, each once. */
static void name_offered(char *out, size_t size, const struct sdp_section *in)
{
    bool is_named[CODEC_COUNT] = {[CODEC_NONE] = true};

    out[0] = '\0';
    for (unsigned i = 0; i < in->n_formats; i++) {
        enum codec c = negotiate_codec(&in->formats[i]);

        if (!is_named[c])
            add_name(out, size, codec_info(c)->sdp_name);
        is_named[c] = true;
    }
    if (out[0] == '\0')
        add_name(out, size, "no codec that this server forwards");
}

static int fail_format(const struct up_section *out, const struct sdp_section *in, unsigned section,
                       const struct player_codec *codecs, size_t n, struct error *e)
{
    char theirs[64], ours[64] = "", text[sizeof e->text];
    const char *kind = out->kind == TRACK_AUDIO ? "audio" : "video";
    bool is_published = false;

    name_offered(theirs, sizeof theirs, in);
    for (size_t i = 0; i < n; i++) {
        if (kind_of(&codecs[i]) != out->kind)
            continue;
        add_name(ours, sizeof ours, codec_info(codecs[i].codec)->sdp_name);
        is_published = is_published || codecs[i].fmtp;
    }
    if (ours[0] == '\0')
        add_name(ours, sizeof ours, "none");
    snprintf(text, sizeof text, "the player takes %s, but the %s's %s is %s", theirs,
             is_published ? "stream" : "group", kind, ours);
    return negotiate_fail(e, ERR_UNSUPPORTED, section, text);
}

/* ---- sections ---- */

static bool is_usable(enum header_ext x, const struct up_section *out)
{
    switch (x) {
    case HEADER_EXT_MID:
    case HEADER_EXT_ABS_SEND_TIME:
    case HEADER_EXT_TRANSPORT_CC:
        return true;
    case HEADER_EXT_AUDIO_LEVEL:
        return out->kind == TRACK_AUDIO;
    case HEADER_EXT_DEPENDENCY:
        for (unsigned i = 0; i < out->n_codecs; i++) {
            if (out->codecs[i].codec == CODEC_AV1 || out->codecs[i].codec == CODEC_VP9)
                return true;
        }
        return false;
    default:
        return false;
    }
}

static bool needs_two_bytes(enum header_ext x, uint8_t id, const struct up_section *out)
{
    return id > ONE_BYTE_ID_MAX || x == HEADER_EXT_DEPENDENCY ||
           (x == HEADER_EXT_MID && strlen(out->mid) > ONE_BYTE_LEN_MAX);
}

static void read_extensions(struct up_section *out, const struct sdp_section *in, bool is_mixed)
{
    for (unsigned i = 0; i < in->n_extmaps; i++) {
        const struct sdp_extmap *x = &in->extmaps[i];

        for (unsigned k = 0; k < HEADER_EXT_COUNT; k++) {
            if (!span_eq_str(x->uri, header_ext_uri((enum header_ext)k)) || out->ext_ids[k] ||
                x->direction == SDP_SENDONLY || x->direction == SDP_INACTIVE ||
                !is_usable((enum header_ext)k, out) ||
                (!is_mixed && needs_two_bytes((enum header_ext)k, x->id, out)))
                continue;
            out->ext_ids[k] = x->id;
            if (x->direction == SDP_RECVONLY)
                out->ext_directed |= (uint8_t)(1u << k);
        }
    }
}

static int decide_section(struct negotiated *n, const struct sdp_session *offer, unsigned section,
                          const struct player_codec *codecs, size_t n_codecs, struct error *e)
{
    const struct sdp_section *in = &offer->sections[section];
    struct up_section *out = &n->sections[section];
    int r = offered_section_begin(out, offer, section, e);

    if (r <= 0)
        return r;
    if (player_section(n, out->kind) >= 0 || in->direction == SDP_SENDONLY ||
        in->direction == SDP_INACTIVE)
        return 0;
    choose_formats(out, in, codecs, n_codecs);
    if (out->n_codecs == 0)
        return fail_format(out, in, section, codecs, n_codecs, e);
    if (!in->has_rtcp_mux)
        return negotiate_fail(e, ERR_INVALID, section, "no rtcp-mux");
    read_extensions(out, in, n->has_extmap_allow_mixed);
    out->has_rsize = in->has_rtcp_rsize;
    out->is_active = true;
    out->is_accepted = true;
    return 0;
}

static int decide_sections(struct negotiated *n, const struct sdp_session *offer,
                           const struct player_codec *codecs, size_t n_codecs, struct error *e)
{
    int transport = negotiate_transport_section(offer);

    for (unsigned i = 0; i < offer->n_sections; i++) {
        int r = decide_section(n, offer, i, codecs, n_codecs, e);

        if (r < 0)
            return r;
    }
    if (player_section(n, TRACK_AUDIO) < 0 && player_section(n, TRACK_VIDEO) < 0)
        return error_set(e, ERR_INVALID, NULL, "no audio or video that the player receives");
    if (transport < 0)
        return error_set(e, ERR_INVALID, NULL, "the BUNDLE group names no section");
    return negotiate_transport(&n->remote, offer, (unsigned)transport, false, e);
}

int negotiate_player(struct negotiated **out, const struct sdp_session *offer,
                     const struct player_codec *codecs, size_t n_codecs, struct error *e)
{
    struct negotiated *n = negotiated_new(offer);
    int r;

    if (!n)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    n->is_sending = true;
    r = decide_sections(n, offer, codecs, n_codecs, e);
    if (r < 0) {
        negotiated_free(n);
        return r;
    }
    *out = n;
    return 0;
}

/* ---- what became of it ---- */

int player_section(const struct negotiated *n, enum track_kind kind)
{
    for (unsigned i = 0; i < n->n_sections; i++) {
        if (n->sections[i].is_accepted && n->sections[i].kind == kind)
            return (int)i;
    }
    return -1;
}

int player_format(const struct up_section *s, const struct player_codec *published)
{
    int best = -1, best_fit = 0;

    for (unsigned i = 0; i < s->n_codecs; i++) {
        int here = s->codecs[i].codec == published->codec
                       ? codec_decodes(published->codec, span_str(s->codecs[i].fmtp),
                                       span_str(published->fmtp))
                       : 0;

        if (here <= best_fit)
            continue;
        best = (int)i;
        best_fit = here;
    }
    return best;
}

struct down_route player_route(const struct up_section *s, unsigned format)
{
    const struct up_codec *c = &s->codecs[format];
    struct down_route route = {.is_accepted = true,
                               .pt = c->pt,
                               .rtx_pt = c->rtx_pt,
                               .red_pt = c->red_pt,
                               .feedback = c->feedback};

    memcpy(route.ext_ids, s->ext_ids, sizeof route.ext_ids);
    return route;
}
