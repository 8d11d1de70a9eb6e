#include "mediad/rtc/negotiate_down.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/negotiate_internal.h"

/* Ids that our offers give to header extensions; the same in all sections (RFC 8285 section 5). */
static const struct {
    enum header_ext ext;
    uint8_t id;
    bool is_for_audio, is_for_video;
} offered_extensions[] = {
    {HEADER_EXT_MID, 1, true, true},          {HEADER_EXT_ABS_SEND_TIME, 2, true, true},
    {HEADER_EXT_AUDIO_LEVEL, 3, true, false}, {HEADER_EXT_TRANSPORT_CC, 4, true, true},
    {HEADER_EXT_DEPENDENCY, 5, false, true},
};

/* Dynamic payload types that an offer may use. */
#define DYNAMIC_PTS (32 + 29)
/* What Chromium calls redundant audio. */
#define RED_PT_PREFERRED 63

void down_plan_init(struct down_plan *p, uint64_t seed)
{
    *p = (struct down_plan){.random = seed};
}

void down_plan_release(struct down_plan *p)
{
    free(p->sections);
    *p = (struct down_plan){0};
}

int down_plan_find(const struct down_plan *p, uint32_t key)
{
    for (unsigned i = 0; i < p->n_sections; i++) {
        if (p->sections[i].key == key && !p->sections[i].is_stopped)
            return (int)i;
    }
    return -1;
}

/* splitmix64: spreads the seed, which is what must be unpredictable. */
static uint64_t plan_random(struct down_plan *p)
{
    uint64_t z = p->random += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static uint32_t plan_new_ssrc(struct down_plan *p)
{
    for (;;) {
        uint32_t ssrc = (uint32_t)plan_random(p);
        bool is_used = ssrc == 0;

        for (unsigned i = 0; i < p->n_sections; i++)
            is_used = is_used || p->sections[i].ssrc == ssrc || p->sections[i].rtx_ssrc == ssrc;
        if (!is_used)
            return ssrc;
    }
}

/* In a bundle one payload type has one meaning (RFC 8843 section 9.1). */
static bool pt_is_free(const struct down_plan *p, unsigned upto, uint8_t pt)
{
    for (unsigned i = 0; i < upto; i++) {
        const struct down_section *s = &p->sections[i];

        if (s->pt == pt || (s->rtx_pt && s->rtx_pt == pt) || (s->red_pt && s->red_pt == pt))
            return false;
    }
    return true;
}

/* The n-th number to try: dynamic ones from 96 to 127, then 35 to 63 (RFC 3551 section 3; 64 to 95
 * would look like RTCP). @param n from 1 to DYNAMIC_PTS */
static unsigned dynamic_pt(unsigned n)
{
    return n <= 32 ? 95 + n : 2 + n;
}

/* Two numbers in a row for a codec and its retransmissions: preferred ones, else dynamic ones. */
static bool plan_choose_pt(const struct down_plan *p, unsigned upto, struct down_section *s)
{
    const struct codec_info *info = codec_info(s->codec);
    uint8_t preferred = codec_offer_pt(s->codec, span_str(s->fmtp));
    uint8_t n = info->rtx_pt ? 2 : 1;

    for (unsigned i = 0; i < upto; i++) {
        const struct down_section *other = &p->sections[i];

        if (other->codec == s->codec && strcmp(other->fmtp, s->fmtp) == 0) {
            s->pt = other->pt;
            s->rtx_pt = other->rtx_pt;
            return true;
        }
    }
    for (unsigned i = 0; i <= DYNAMIC_PTS; i++) {
        unsigned pt = i == 0 ? preferred : dynamic_pt(i);
        bool is_allowed = i == 0 || (pt >= 96 ? pt + n <= 128 : pt >= 35 && pt + n <= 64);

        if (!is_allowed || !pt_is_free(p, upto, (uint8_t)pt) ||
            (n == 2 && !pt_is_free(p, upto, (uint8_t)(pt + 1))))
            continue;
        s->pt = (uint8_t)pt;
        s->rtx_pt = n == 2 ? (uint8_t)(pt + 1) : 0;
        return true;
    }
    return false;
}

/* Sections with the same number for Opus share that of redundant audio, too. */
static void plan_choose_red(const struct down_plan *p, unsigned upto, struct down_section *s)
{
    s->red_pt = 0;
    if (!s->has_red)
        return;
    for (unsigned i = 0; i < upto; i++) {
        if (p->sections[i].pt == s->pt && p->sections[i].red_pt) {
            s->red_pt = p->sections[i].red_pt;
            return;
        }
    }
    for (unsigned i = 0; i <= DYNAMIC_PTS; i++) {
        uint8_t pt = (uint8_t)(i == 0 ? RED_PT_PREFERRED : dynamic_pt(i));

        if (pt == s->pt || !pt_is_free(p, upto, pt))
            continue;
        s->red_pt = pt;
        return;
    }
}

static int wish_check(const struct down_wish *wishes, size_t i, struct error *e)
{
    const struct down_wish *w = &wishes[i];

    for (size_t k = 0; k < i; k++) {
        if (wishes[k].key == w->key)
            return error_set(e, ERR_INVALID, NULL, "a track that is wanted twice");
    }

    if (!codec_info(w->codec) || codec_info(w->codec)->kind != w->kind)
        return error_set(e, ERR_INVALID, NULL, "a track without a codec of its kind");
    if (strlen(w->fmtp) >= NEGOTIATE_FMTP_MAX || strlen(w->stream_id) >= NEGOTIATE_ID_MAX ||
        strlen(w->track_id) >= NEGOTIATE_ID_MAX || strlen(w->cname) >= NEGOTIATE_ID_MAX)
        return error_set(e, ERR_INVALID, NULL, "a track with too long a name");
    return 0;
}

/* Names go into lines of text: what is no token (RFC 8830) becomes "_". */
static void copy_token(char *out, size_t size, const char *text, const char *if_empty)
{
    size_t len = 0;

    for (; text[len] && len + 1 < size; len++) {
        char c = text[len];

        out[len] = (c > ' ' && c < 0x7f) ? c : '_';
    }
    out[len] = 0;
    if (len == 0)
        snprintf(out, size, "%s", if_empty);
}

/* Receivers of VP8 and H.264 do without the dependency descriptor. */
static void offer_extensions(struct down_section *s)
{
    bool has_layers = s->codec == CODEC_AV1 || s->codec == CODEC_VP9;

    for (size_t i = 0; i < LENGTH(offered_extensions); i++) {
        if (s->kind == TRACK_AUDIO ? offered_extensions[i].is_for_audio
                                   : offered_extensions[i].is_for_video)
            s->ext_ids[offered_extensions[i].ext] = offered_extensions[i].id;
    }
    if (!has_layers)
        s->ext_ids[HEADER_EXT_DEPENDENCY] = 0;
}

static void section_apply_wish(struct down_section *s, const struct down_wish *w)
{
    s->is_active = true;
    s->codec = w->codec;
    s->has_red = w->has_red;
    /* it only receives, so it learns the round trip in no other way */
    s->feedback = codec_info(w->codec)->feedback | FEEDBACK_RRTR;
    offer_extensions(s);
    snprintf(s->fmtp, sizeof s->fmtp, "%s", w->fmtp);
    copy_token(s->stream_id, sizeof s->stream_id, w->stream_id, "-");
    copy_token(s->track_id, sizeof s->track_id, w->track_id, s->mid);
    copy_token(s->cname, sizeof s->cname, w->cname, "-");
}

/* No two active sections may have the same msid, or Chromium refuses the offer. */
static void section_make_unique(struct down_section *s, const struct down_plan *p)
{
    for (unsigned i = 0; i < p->n_sections; i++) {
        const struct down_section *other = &p->sections[i];
        char mid[8];
        size_t len, room = sizeof s->track_id - 1;

        if (other == s || !other->is_active || strcmp(other->stream_id, s->stream_id) != 0 ||
            strcmp(other->track_id, s->track_id) != 0)
            continue;
        snprintf(mid, sizeof mid, "-%.5s", s->mid);
        len = strlen(s->track_id);
        if (len > room - strlen(mid))
            len = room - strlen(mid);
        snprintf(s->track_id + len, sizeof s->track_id - len, "%s", mid);
    }
}

static void section_draw_ssrcs(struct down_section *s, struct down_plan *p)
{
    s->ssrc = plan_new_ssrc(p);
    do {
        s->rtx_ssrc = s->kind == TRACK_VIDEO ? plan_new_ssrc(p) : 0;
    } while (s->rtx_ssrc == s->ssrc);
}

static void section_init(struct down_section *s, struct down_plan *p, unsigned index,
                         const struct down_wish *w)
{
    *s = (struct down_section){.key = w->key, .kind = w->kind};
    snprintf(s->mid, sizeof s->mid, "%u", index);
    section_draw_ssrcs(s, p);
}

/* Work on a copy, so that a failure leaves the plan as it was. */
static int plan_apply(struct down_plan *next, const struct down_wish *wishes, size_t n_wishes,
                      struct error *e)
{
    bool was_active[SDP_SECTIONS_MAX] = {false};

    for (unsigned i = 0; i < next->n_sections; i++) {
        was_active[i] = next->sections[i].is_active;
        next->sections[i].is_active = false;
    }
    for (size_t i = 0; i < n_wishes; i++) {
        const struct down_wish *w = &wishes[i];
        int at = down_plan_find(next, w->key);

        if (at >= 0 && next->sections[at].kind != w->kind)
            return error_set(e, ERR_INVALID, NULL, "a track that changed its kind");
        if (at < 0) {
            if (next->n_sections == SDP_SECTIONS_MAX)
                return error_set(e, ERR_TOO_LARGE, NULL, "more than 64 sections");
            at = (int)next->n_sections;
            section_init(&next->sections[at], next, (unsigned)at, w);
            next->n_sections++;
        } else if (!was_active[at] || next->sections[at].codec != w->codec) {
            /* The worker starts new numbers, which SRTP would take for replays under the old SSRC;
             * and Chromium shows nothing of a stream that returns under it. */
            section_draw_ssrcs(&next->sections[at], next);
        }
        section_apply_wish(&next->sections[at], w);
        section_make_unique(&next->sections[at], next);
    }
    for (unsigned i = 0; i < next->n_sections; i++) {
        if (!plan_choose_pt(next, i, &next->sections[i]))
            return error_set(e, ERR_TOO_LARGE, NULL, "no payload type is left");
        plan_choose_red(next, i, &next->sections[i]);
    }
    return 0;
}

int down_plan_set(struct down_plan *p, const struct down_wish *wishes, size_t n_wishes,
                  struct error *e)
{
    struct down_plan next = *p;
    int r;

    for (size_t i = 0; i < n_wishes; i++) {
        r = wish_check(wishes, i, e);
        if (r < 0)
            return r;
    }
    next.sections = calloc(p->n_sections + n_wishes + 1, sizeof next.sections[0]);
    if (!next.sections)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (p->n_sections > 0)
        memcpy(next.sections, p->sections, p->n_sections * sizeof next.sections[0]);
    r = plan_apply(&next, wishes, n_wishes, e);
    if (r < 0) {
        free(next.sections);
        return r;
    }
    /* most wishes have a section already */
    struct down_section *fitting =
        realloc(next.sections, (next.n_sections ? next.n_sections : 1) * sizeof next.sections[0]);

    if (fitting)
        next.sections = fitting;
    free(p->sections);
    *p = next;
    return 0;
}

/* ---- the answer ---- */

/* The format that means our codec: our own number if it is among them. */
static const struct sdp_format *answer_format(const struct sdp_section *in,
                                              const struct down_section *s)
{
    const struct sdp_format *found = NULL;

    for (unsigned i = 0; i < in->n_formats; i++) {
        const struct sdp_format *f = &in->formats[i];

        if (negotiate_codec(f) != s->codec)
            continue;
        if (f->pt == s->pt)
            return f;
        if (!found)
            found = f;
    }
    return found;
}

/* A descriptor may be longer than the one-byte form carries, and then a stream has both (RFC 8285
 * section 4.1.2). */
static void route_read_extensions(struct down_route *route, const struct sdp_section *in,
                                  const struct down_section *s, bool is_mixed)
{
    for (unsigned i = 0; i < in->n_extmaps; i++) {
        for (unsigned k = 0; k < HEADER_EXT_COUNT; k++) {
            if (s->ext_ids[k] && in->extmaps[i].direction != SDP_SENDONLY &&
                in->extmaps[i].direction != SDP_INACTIVE &&
                span_eq_str(in->extmaps[i].uri, header_ext_uri((enum header_ext)k)))
                route->ext_ids[k] = in->extmaps[i].id;
        }
    }
    if (!is_mixed)
        route->ext_ids[HEADER_EXT_DEPENDENCY] = 0;
}

static int route_read(struct down_route *route, const struct sdp_section *in, bool is_mixed,
                      const struct down_section *s, unsigned section, struct error *e)
{
    const struct sdp_format *f, *rtx, *red;

    if (!span_eq_str(in->mid, s->mid) && !(in->port == 0 && in->mid.len == 0))
        return negotiate_fail(e, ERR_INVALID, section, "another mid than in the offer");
    if (in->port == 0 || s->is_stopped)
        return 0;
    if (in->kind != (s->kind == TRACK_AUDIO ? SDP_AUDIO : SDP_VIDEO))
        return negotiate_fail(e, ERR_INVALID, section, "another kind of media than in the offer");
    if (!s->is_active || in->direction == SDP_INACTIVE || in->direction == SDP_SENDONLY)
        return 0;
    if (!in->has_rtcp_mux)
        return negotiate_fail(e, ERR_UNSUPPORTED, section, "no rtcp-mux");
    f = answer_format(in, s);
    if (!f)
        return negotiate_fail(e, ERR_INVALID, section, "none of the codecs that were offered");
    route->pt = f->pt;
    route->feedback = negotiate_feedback(f) & s->feedback;
    rtx = s->rtx_ssrc && s->rtx_pt ? negotiate_rtx(in, f->pt) : NULL;
    route->rtx_pt = rtx ? rtx->pt : 0;
    red = s->red_pt ? negotiate_red(in, s->codec, f->pt) : NULL;
    route->red_pt = red ? red->pt : 0;
    route_read_extensions(route, in, s, is_mixed || in->has_extmap_allow_mixed);
    route->is_accepted = true;
    return 0;
}

static int answer_read(struct down_answer *out, const struct down_plan *p,
                       const struct sdp_session *answer, struct error *e)
{
    int transport = negotiate_transport_section(answer);
    unsigned n_open = 0;
    int r;

    if (answer->n_sections != p->n_sections)
        return error_set(e, ERR_INVALID, NULL, "not as many m-lines as in the offer");
    out->n_sections = p->n_sections;
    for (unsigned i = 0; i < p->n_sections; i++) {
        const struct sdp_section *in = &answer->sections[i];

        r = route_read(&out->routes[i], in, answer->has_extmap_allow_mixed, &p->sections[i], i, e);
        if (r < 0)
            return r;
        if (in->port == 0)
            continue;
        n_open++;
        if (answer->has_bundle ? !sdp_in_bundle(answer, in->mid) : n_open > 1)
            return negotiate_fail(e, ERR_UNSUPPORTED, i, "not in the BUNDLE group");
    }
    if (n_open == 0)
        return 0;
    if (transport < 0)
        return error_set(e, ERR_INVALID, NULL, "the BUNDLE group names no section");
    return negotiate_transport(&out->remote, answer, (unsigned)transport, true, e);
}

int down_plan_answer(struct down_plan *p, const struct sdp_session *answer, struct down_answer *out,
                     struct error *e)
{
    struct down_answer result = {0};
    int r = answer_read(&result, p, answer, e);

    if (r < 0)
        return r;
    for (unsigned i = 0; i < p->n_sections; i++) {
        if (answer->sections[i].port == 0)
            p->sections[i].is_stopped = true;
    }
    *out = result;
    return 0;
}
