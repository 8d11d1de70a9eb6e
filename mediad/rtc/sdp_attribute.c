#include "mediad/rtc/sdp_attribute.h"

#include "common/hex.h"
#include "common/macros.h"

/* ---- one function for each attribute; `value` is what follows "a=name:" ---- */

static struct sdp_transport *current_transport(struct sdp_parser *p)
{
    return p->section ? &p->section->transport : &p->session->transport;
}

static int parse_mid(struct sdp_parser *p, struct span value)
{
    if (!p->section)
        return 0;
    if (value.len == 0)
        return sdp_fail(p, ERR_SYNTAX, "an empty mid");
    if (sdp_section_by_mid(p->session, value) >= 0)
        return sdp_fail(p, ERR_SYNTAX, "a mid that another section has");
    p->section->mid = value;
    return 0;
}

static int parse_ufrag(struct sdp_parser *p, struct span value)
{
    current_transport(p)->ufrag = value;
    return 0;
}

static int parse_pwd(struct sdp_parser *p, struct span value)
{
    current_transport(p)->pwd = value;
    return 0;
}

static int parse_ice_options(struct sdp_parser *p, struct span value)
{
    current_transport(p)->ice_options = value;
    return 0;
}

static int parse_ice_lite(struct sdp_parser *p, struct span value)
{
    (void)value;
    if (!p->section)
        p->session->is_ice_lite = true;
    return 0;
}

static int parse_setup(struct sdp_parser *p, struct span value)
{
    enum sdp_setup setup;

    if (span_eq_str(value, "actpass"))
        setup = SDP_SETUP_ACTPASS;
    else if (span_eq_str(value, "active"))
        setup = SDP_SETUP_ACTIVE;
    else if (span_eq_str(value, "passive"))
        setup = SDP_SETUP_PASSIVE;
    else
        return sdp_fail(p, ERR_SYNTAX, "setup must be actpass, active or passive");
    current_transport(p)->setup = setup;
    return 0;
}

/* "AA:BB:…" of exactly `len` bytes. */
static bool fingerprint_decode(uint8_t *bytes, size_t len, struct span hex)
{
    if (hex.len != len * 3 - 1)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(hex.data[3 * i]);
        int low = hex_digit(hex.data[3 * i + 1]);

        if (high < 0 || low < 0 || (i + 1 < len && hex.data[3 * i + 2] != ':'))
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static int parse_fingerprint(struct sdp_parser *p, struct span value)
{
    static const struct {
        const char *name;
        enum sdp_hash hash;
        uint8_t len;
    } hashes[] = {
        {"sha-256", SDP_SHA_256, 32},
        {"sha-384", SDP_SHA_384, 48},
        {"sha-512", SDP_SHA_512, 64},
    };
    struct sdp_transport *t = current_transport(p);
    struct span name = sdp_next_token(&value);
    struct span hex = sdp_next_token(&value);

    for (size_t i = 0; i < LENGTH(hashes); i++) {
        struct sdp_fingerprint f = {hashes[i].hash, hashes[i].len, {0}};

        if (!span_eq_nocase(name, span_str(hashes[i].name)))
            continue;
        if (!fingerprint_decode(f.bytes, f.len, hex))
            return sdp_fail(p, ERR_SYNTAX, "a fingerprint that is not hexadecimal of its length");
        if (t->n_fingerprints == SDP_FINGERPRINTS_MAX)
            return sdp_fail(p, ERR_TOO_LARGE, "more than 4 fingerprints");
        t->fingerprints[t->n_fingerprints++] = f;
        return 0;
    }
    return 0; /* a weaker hash: as if it were not there */
}

static int parse_group(struct sdp_parser *p, struct span value)
{
    struct span semantics = sdp_next_token(&value);

    if (p->section || !span_eq_str(semantics, "BUNDLE") || p->session->has_bundle)
        return 0;
    p->session->bundle = value;
    p->session->has_bundle = true;
    return 0;
}

static int parse_extmap_allow_mixed(struct sdp_parser *p, struct span value)
{
    (void)value;
    if (p->section)
        p->section->has_extmap_allow_mixed = true;
    else
        p->session->has_extmap_allow_mixed = true;
    return 0;
}

static bool parse_direction(struct span text, enum sdp_direction *out)
{
    static const char *const names[] = {
        [SDP_SENDRECV] = "sendrecv",
        [SDP_SENDONLY] = "sendonly",
        [SDP_RECVONLY] = "recvonly",
        [SDP_INACTIVE] = "inactive",
    };

    for (int i = SDP_SENDRECV; i <= SDP_INACTIVE; i++) {
        if (span_eq_str(text, names[i])) {
            *out = (enum sdp_direction)i;
            return true;
        }
    }
    return false;
}

static int parse_extmap(struct sdp_parser *p, struct span value)
{
    struct sdp_extmap x = {0, SDP_SENDRECV, {NULL, 0}};
    struct span entry = sdp_next_token(&value);
    struct span id, direction;
    uint64_t number;

    if (!p->section)
        return 0;
    sdp_cut(entry, '/', &id, &direction);
    x.uri = sdp_next_token(&value);
    if (!span_u64(id, &number) || number < 1 || x.uri.len == 0 ||
        (direction.len > 0 && !parse_direction(direction, &x.direction)))
        return sdp_fail(p, ERR_SYNTAX, "extmap needs an id and a URI");
    if (number > 255 || number == 15)
        return 0; /* 4096 and up: ids to be chosen by the answerer (RFC 8285 section 7) */
    if (p->section->n_extmaps == SDP_EXTMAPS_MAX)
        return sdp_fail(p, ERR_TOO_LARGE, "more than 32 header extensions in a section");
    x.id = (uint8_t)number;
    p->section->extmaps[p->section->n_extmaps++] = x;
    return 0;
}

static struct sdp_format *find_format(struct sdp_parser *p, struct span pt)
{
    uint64_t number;

    if (!p->section || !sdp_number(pt, 127, &number))
        return NULL;
    for (unsigned i = 0; i < p->section->n_formats; i++) {
        if (p->section->formats[i].pt == number)
            return &p->section->formats[i];
    }
    return NULL;
}

static int parse_rtpmap(struct sdp_parser *p, struct span value)
{
    struct span pt = sdp_next_token(&value);
    struct sdp_format *f = find_format(p, pt);
    struct span encoding = sdp_next_token(&value);
    struct span name, rest, rate, channels;
    uint64_t number, n_channels = 1;

    sdp_cut(encoding, '/', &name, &rest);
    sdp_cut(rest, '/', &rate, &channels);
    if (name.len == 0 || !sdp_number(rate, UINT32_MAX, &number) || number == 0 ||
        (channels.len > 0 && (!sdp_number(channels, 255, &n_channels) || n_channels == 0)))
        return sdp_fail(p, ERR_SYNTAX, "rtpmap needs NAME/RATE or NAME/RATE/CHANNELS");
    if (!f)
        return 0; /* of a format that the m-line does not list */
    f->name = name;
    f->clock_rate = (uint32_t)number;
    f->channels = (uint8_t)n_channels;
    return 0;
}

static int parse_fmtp(struct sdp_parser *p, struct span value)
{
    struct span pt = sdp_next_token(&value);
    struct sdp_format *f = find_format(p, pt);

    if (f)
        f->fmtp = span_trim(value);
    return 0;
}

int sdp_add_feedback(struct sdp_parser *p, struct sdp_format *f, struct span feedback)
{
    if (f->n_feedback == SDP_FEEDBACK_MAX)
        return sdp_fail(p, ERR_TOO_LARGE, "more than 12 kinds of feedback for a format");
    f->feedback[f->n_feedback++] = feedback;
    return 0;
}

static int parse_rtcp_fb(struct sdp_parser *p, struct span value)
{
    struct span pt = sdp_next_token(&value);
    struct span feedback = span_trim(value);
    struct sdp_format *f;

    if (!p->section || feedback.len == 0)
        return 0;
    if (span_eq_str(pt, "*")) {
        if (p->n_all_feedback == SDP_FEEDBACK_MAX)
            return sdp_fail(p, ERR_TOO_LARGE, "more than 12 kinds of feedback for all formats");
        p->all_feedback[p->n_all_feedback++] = feedback;
        return 0;
    }
    f = find_format(p, pt);
    return f ? sdp_add_feedback(p, f, feedback) : 0;
}

static int parse_rid(struct sdp_parser *p, struct span value)
{
    struct sdp_rid rid = {{NULL, 0}, false, false};
    struct span direction;

    if (!p->section)
        return 0;
    rid.id = sdp_next_token(&value);
    direction = sdp_next_token(&value);
    rid.is_send = span_eq_str(direction, "send");
    if (rid.id.len == 0 || (!rid.is_send && !span_eq_str(direction, "recv")))
        return sdp_fail(p, ERR_SYNTAX, "rid needs an id and send or recv");
    for (size_t i = 0; i < rid.id.len; i++) {
        uint8_t c = rid.id.data[i];

        if (hex_digit(c) < 0 && !(c >= 'g' && c <= 'z') && !(c >= 'G' && c <= 'Z') && c != '-' &&
            c != '_')
            return sdp_fail(p, ERR_SYNTAX, "a rid is made of letters, digits, - and _");
    }
    for (unsigned i = 0; i < p->section->n_rids; i++) {
        if (span_eq(p->section->rids[i].id, rid.id))
            return sdp_fail(p, ERR_SYNTAX, "a rid that stands twice");
    }
    if (p->section->n_rids == SDP_RIDS_MAX)
        return sdp_fail(p, ERR_TOO_LARGE, "more than 8 rids in a section");
    p->section->rids[p->section->n_rids++] = rid;
    return 0;
}

/* "send h;~l recv x": keep the send list; it is applied when all rids are known. */
static int parse_simulcast(struct sdp_parser *p, struct span value)
{
    struct span token;

    if (!p->section)
        return 0;
    while ((token = sdp_next_token(&value)).len > 0) {
        struct span list = sdp_next_token(&value);

        if (list.len == 0 || (!span_eq_str(token, "send") && !span_eq_str(token, "recv")))
            return sdp_fail(p, ERR_SYNTAX, "simulcast needs send or recv and a list");
        if (span_eq_str(token, "send"))
            p->simulcast = list;
    }
    p->section->has_simulcast = p->simulcast.len > 0;
    return 0;
}

static int parse_ssrc(struct sdp_parser *p, struct span value)
{
    struct span id = sdp_next_token(&value);
    struct span name, text;
    struct sdp_ssrc *entry = NULL;
    uint64_t number;

    if (!p->section)
        return 0;
    if (!sdp_number(id, UINT32_MAX, &number))
        return sdp_fail(p, ERR_SYNTAX, "an ssrc that is not a number");
    for (unsigned i = 0; i < p->section->n_ssrcs; i++) {
        if (p->section->ssrcs[i].ssrc == number)
            entry = &p->section->ssrcs[i];
    }
    if (!entry) {
        if (p->section->n_ssrcs == SDP_SSRCS_MAX)
            return sdp_fail(p, ERR_TOO_LARGE, "more than 32 ssrcs in a section");
        entry = &p->section->ssrcs[p->section->n_ssrcs++];
        *entry = (struct sdp_ssrc){.ssrc = (uint32_t)number};
    }
    sdp_cut(span_trim(value), ':', &name, &text);
    if (span_eq_str(name, "cname"))
        entry->cname = text;
    else if (span_eq_str(name, "msid"))
        entry->msid = text;
    return 0;
}

static int parse_ssrc_group(struct sdp_parser *p, struct span value)
{
    struct sdp_ssrc_group group = {sdp_next_token(&value), {0}, 0};
    struct span token;

    if (!p->section)
        return 0;
    while ((token = sdp_next_token(&value)).len > 0) {
        uint64_t number;

        if (!sdp_number(token, UINT32_MAX, &number))
            return sdp_fail(p, ERR_SYNTAX, "an ssrc-group with something that is not a number");
        if (group.n_ssrcs < LENGTH(group.ssrcs))
            group.ssrcs[group.n_ssrcs++] = (uint32_t)number;
    }
    if (p->section->n_groups == SDP_GROUPS_MAX)
        return sdp_fail(p, ERR_TOO_LARGE, "more than 16 ssrc-groups in a section");
    p->section->groups[p->section->n_groups++] = group;
    return 0;
}

static int parse_msid(struct sdp_parser *p, struct span value)
{
    if (p->section && p->section->msid.len == 0)
        p->section->msid = span_trim(value);
    return 0;
}

static int parse_candidate(struct sdp_parser *p, struct span value)
{
    (void)value; /* its checks will reveal the address */
    if (!p->section)
        return 0;
    if (p->section->n_candidates == SDP_CANDIDATES_MAX)
        return sdp_fail(p, ERR_TOO_LARGE, "more than 32 candidates in a section");
    p->section->n_candidates++;
    return 0;
}

static int parse_end_of_candidates(struct sdp_parser *p, struct span value)
{
    (void)value;
    if (p->section)
        p->section->has_end_of_candidates = true;
    return 0;
}

static int parse_rtcp_mux(struct sdp_parser *p, struct span value)
{
    (void)value;
    if (p->section)
        p->section->has_rtcp_mux = true;
    return 0;
}

static int parse_rtcp_rsize(struct sdp_parser *p, struct span value)
{
    (void)value;
    if (p->section)
        p->section->has_rtcp_rsize = true;
    return 0;
}

static int parse_bundle_only(struct sdp_parser *p, struct span value)
{
    (void)value;
    if (p->section)
        p->section->is_bundle_only = true;
    return 0;
}

static const struct {
    const char *name;
    int (*parse)(struct sdp_parser *p, struct span value);
} attributes[] = {
    {"bundle-only", parse_bundle_only},
    {"candidate", parse_candidate},
    {"end-of-candidates", parse_end_of_candidates},
    {"extmap", parse_extmap},
    {"extmap-allow-mixed", parse_extmap_allow_mixed},
    {"fingerprint", parse_fingerprint},
    {"fmtp", parse_fmtp},
    {"group", parse_group},
    {"ice-lite", parse_ice_lite},
    {"ice-options", parse_ice_options},
    {"ice-pwd", parse_pwd},
    {"ice-ufrag", parse_ufrag},
    {"mid", parse_mid},
    {"msid", parse_msid},
    {"rid", parse_rid},
    {"rtcp-fb", parse_rtcp_fb},
    {"rtcp-mux", parse_rtcp_mux},
    {"rtcp-rsize", parse_rtcp_rsize},
    {"rtpmap", parse_rtpmap},
    {"setup", parse_setup},
    {"simulcast", parse_simulcast},
    {"ssrc", parse_ssrc},
    {"ssrc-group", parse_ssrc_group},
};

int sdp_attribute_parse(struct sdp_parser *p, struct span line)
{
    struct span name, value;
    enum sdp_direction direction;

    sdp_cut(line, ':', &name, &value);
    if (parse_direction(line, &direction)) {
        if (p->section)
            p->section->direction = direction;
        else
            p->session_direction = direction;
        return 0;
    }
    for (size_t i = 0; i < LENGTH(attributes); i++) {
        if (span_eq_str(name, attributes[i].name))
            return attributes[i].parse(p, value);
    }
    return 0;
}
