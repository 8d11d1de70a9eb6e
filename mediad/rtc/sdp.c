#include "mediad/rtc/sdp.h"

#include <stdio.h>
#include <string.h>

#include "mediad/rtc/sdp_internal.h"

int sdp_fail(struct sdp_parser *p, int code, const char *text)
{
    char place[32];

    snprintf(place, sizeof place, "line %u", p->line);
    return error_set(p->error, code, place, "%s", text);
}

struct span sdp_next_token(struct span *rest)
{
    struct span piece = {NULL, 0};

    while (span_split(rest, ' ', &piece)) {
        if (piece.len > 0)
            return piece;
    }
    return span_of(NULL, 0);
}

bool sdp_number(struct span s, uint64_t max, uint64_t *out)
{
    uint64_t value;

    if (!span_u64(s, &value) || value > max)
        return false;
    *out = value;
    return true;
}

void sdp_cut(struct span s, uint8_t separator, struct span *before, struct span *after)
{
    size_t at = span_index(s, separator, 0);

    *before = span_sub(s, 0, at);
    *after = at < s.len ? span_sub(s, at + 1, s.len) : span_of(NULL, 0);
}

struct sdp_transport sdp_section_transport(const struct sdp_session *s, unsigned section)
{
    struct sdp_transport t = s->sections[section].transport;

    if (t.ufrag.len == 0)
        t.ufrag = s->transport.ufrag;
    if (t.pwd.len == 0)
        t.pwd = s->transport.pwd;
    if (t.ice_options.len == 0)
        t.ice_options = s->transport.ice_options;
    if (t.setup == SDP_SETUP_NONE)
        t.setup = s->transport.setup;
    if (t.n_fingerprints == 0) {
        memcpy(t.fingerprints, s->transport.fingerprints, sizeof t.fingerprints);
        t.n_fingerprints = s->transport.n_fingerprints;
    }
    return t;
}

bool sdp_in_bundle(const struct sdp_session *s, struct span mid)
{
    struct span rest = s->bundle;
    struct span token;

    while ((token = sdp_next_token(&rest)).len > 0) {
        if (span_eq(token, mid))
            return true;
    }
    return false;
}

int sdp_section_by_mid(const struct sdp_session *s, struct span mid)
{
    for (unsigned i = 0; mid.len > 0 && i < s->n_sections; i++) {
        if (span_eq(s->sections[i].mid, mid))
            return (int)i;
    }
    return -1;
}

const struct sdp_format *sdp_format_by_pt(const struct sdp_section *s, unsigned pt)
{
    for (unsigned i = 0; i < s->n_formats; i++) {
        if (s->formats[i].pt == pt)
            return &s->formats[i];
    }
    return NULL;
}

void sdp_msid_split(struct span msid, struct span *stream, struct span *track)
{
    *stream = sdp_next_token(&msid);
    *track = sdp_next_token(&msid);
}
