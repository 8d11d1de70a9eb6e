/*
 * sdp_parse: never over its limits, every span inside its own copy of the text, and an error that
 * names a line.
 */
#include <stdlib.h>
#include <string.h>

#include "mediad/rtc/sdp_parse.h"
#include "check.h"

static void check_span(const struct sdp_session *s, struct span span, size_t size)
{
    const uint8_t *text = (const uint8_t *)s->text;

    check(span.len == 0 || (span.data >= text && span.data + span.len <= text + size));
    check(span.len == 0 || !memchr(span.data, '\n', span.len));
}

static void check_section(const struct sdp_session *s, unsigned i, size_t size)
{
    const struct sdp_section *in = &s->sections[i];
    struct sdp_transport t = sdp_section_transport(s, i);
    struct span stream, track;
    unsigned n_codecs = 0;

    check(in->n_formats <= SDP_FORMATS_MAX && in->n_extmaps <= SDP_EXTMAPS_MAX);
    check(in->n_rids <= SDP_RIDS_MAX && in->n_ssrcs <= SDP_SSRCS_MAX);
    check(in->n_groups <= SDP_GROUPS_MAX && in->n_candidates <= SDP_CANDIDATES_MAX);
    check(t.n_fingerprints <= SDP_FINGERPRINTS_MAX);
    check_span(s, in->mid, size);
    check_span(s, in->media, size);
    check_span(s, in->format_list, size);
    check_span(s, t.ufrag, size);
    check_span(s, t.pwd, size);
    if (in->mid.len > 0)
        check(sdp_section_by_mid(s, in->mid) == (int)i);
    sdp_msid_split(in->msid, &stream, &track);
    check_span(s, stream, size);
    check_span(s, track, size);
    for (unsigned k = 0; k < in->n_formats; k++) {
        check(sdp_format_by_pt(in, in->formats[k].pt) == &in->formats[k]);
        check(in->formats[k].n_feedback <= SDP_FEEDBACK_MAX);
        check_span(s, in->formats[k].name, size);
        check_span(s, in->formats[k].fmtp, size);
        n_codecs += !span_eq_nocase(in->formats[k].name, span_str("rtx"));
    }
    check(n_codecs <= SDP_CODECS_MAX);
    for (unsigned k = 0; k < in->n_rids; k++)
        check_span(s, in->rids[k].id, size);
    for (unsigned k = 0; k < in->n_extmaps; k++)
        check(in->extmaps[k].id != 0 && in->extmaps[k].uri.len > 0);
    (void)sdp_in_bundle(s, in->mid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sdp_session *s = NULL;
    struct error e = {0};
    int r = sdp_parse(&s, span_of(data, size), &e);

    if (r < 0) {
        check(!s && e.code == r && e.text[0]);
        check(r == ERR_NO_MEMORY || size > SDP_SIZE_MAX || strncmp(e.place, "line ", 5) == 0);
        return 0;
    }
    check(s->n_sections <= SDP_SECTIONS_MAX);
    check_span(s, s->bundle, size);
    for (unsigned i = 0; i < s->n_sections; i++)
        check_section(s, i, size);
    sdp_session_free(s);
    return 0;
}
