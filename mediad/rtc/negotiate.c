#include "mediad/rtc/negotiate.h"

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/dependency_descriptor.h"
#include "mediad/rtc/ice_text.h"
#include "mediad/rtc/negotiate_internal.h"
#include "mediad/rtc/red.h"

static const char *const header_ext_uris[HEADER_EXT_COUNT] = {
    [HEADER_EXT_MID] = "urn:ietf:params:rtp-hdrext:sdes:mid",
    [HEADER_EXT_RID] = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    [HEADER_EXT_RRID] = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    [HEADER_EXT_ABS_SEND_TIME] = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    [HEADER_EXT_DEPENDENCY] = DEPENDENCY_URI,
    [HEADER_EXT_AUDIO_LEVEL] = "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    [HEADER_EXT_TRANSPORT_CC] =
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
};

const char *header_ext_uri(enum header_ext x)
{
    return header_ext_uris[x];
}

int negotiate_fail(struct error *e, int code, unsigned section, const char *text)
{
    char place[32];

    snprintf(place, sizeof place, "m-line %u", section + 1);
    return error_set(e, code, place, "%s", text);
}

bool remote_transport_is_restart(const struct remote_transport *old,
                                 const struct remote_transport *now)
{
    return strcmp(old->ufrag, now->ufrag) != 0 || strcmp(old->pwd, now->pwd) != 0;
}

static bool fingerprint_eq(const struct sdp_fingerprint *a, const struct sdp_fingerprint *b)
{
    return a->hash == b->hash && memcmp(a->bytes, b->bytes, a->len) == 0;
}

bool remote_transport_same_fingerprints(const struct remote_transport *a,
                                        const struct remote_transport *b)
{
    if (a->n_fingerprints != b->n_fingerprints)
        return false;
    for (unsigned i = 0; i < a->n_fingerprints; i++) {
        bool is_found = false;

        for (unsigned k = 0; k < b->n_fingerprints; k++)
            is_found = is_found || fingerprint_eq(&a->fingerprints[i], &b->fingerprints[k]);
        if (!is_found)
            return false;
    }
    return true;
}

bool negotiate_is_refused(const struct sdp_section *s)
{
    return s->port == 0 && !s->is_bundle_only;
}

int negotiate_transport_section(const struct sdp_session *s)
{
    if (s->has_bundle) {
        struct span rest = s->bundle;
        struct span mid;

        while (span_split(&rest, ' ', &mid)) {
            if (mid.len > 0)
                return sdp_section_by_mid(s, mid);
        }
    }
    for (unsigned i = 0; i < s->n_sections; i++) {
        if (!negotiate_is_refused(&s->sections[i]))
            return (int)i;
    }
    return -1;
}

/* Some stacks put these into passwords, besides ice-char (RFC 8839 section 5.4). */
static const char tolerated[] = "-_=";

int negotiate_credentials(struct remote_transport *out, struct span ufrag, struct span pwd,
                          struct error *e)
{
    if (!ice_text_check(ufrag, 4, sizeof out->ufrag - 1, tolerated))
        return error_set(e, ERR_INVALID, NULL, "ice-ufrag is missing or malformed");
    if (!ice_text_check(pwd, 22, sizeof out->pwd - 1, tolerated))
        return error_set(e, ERR_INVALID, NULL, "ice-pwd is missing or malformed");
    if (!span_copy(ufrag, out->ufrag, sizeof out->ufrag) ||
        !span_copy(pwd, out->pwd, sizeof out->pwd))
        return error_set(e, ERR_INVALID, NULL, "ICE credentials are malformed");
    return 0;
}

int negotiate_transport(struct remote_transport *out, const struct sdp_session *s, unsigned section,
                        bool is_answer, struct error *e)
{
    struct sdp_transport t = sdp_section_transport(s, section);
    struct error why = {0};

    if (negotiate_credentials(out, t.ufrag, t.pwd, &why) < 0)
        return negotiate_fail(e, ERR_INVALID, section, why.text);
    if (t.n_fingerprints == 0)
        return negotiate_fail(e, ERR_INVALID, section,
                              "no certificate fingerprint of SHA-256 or better");
    if (is_answer && t.setup == SDP_SETUP_ACTPASS)
        return negotiate_fail(e, ERR_INVALID, section, "setup of an answer must not be actpass");
    out->is_ice_lite = s->is_ice_lite;
    memcpy(out->fingerprints, t.fingerprints, sizeof out->fingerprints);
    out->n_fingerprints = t.n_fingerprints;
    out->is_dtls_client = t.setup != SDP_SETUP_PASSIVE;
    return 0;
}

enum codec negotiate_codec(const struct sdp_format *f)
{
    if (f->name.len == 0)
        return codec_by_static_pt(f->pt);
    return codec_by_rtpmap(f->name, f->clock_rate, f->channels);
}

const struct sdp_format *negotiate_rtx(const struct sdp_section *s, uint8_t pt)
{
    for (unsigned i = 0; i < s->n_formats; i++) {
        struct span apt;
        uint64_t number;

        if (span_eq_nocase(s->formats[i].name, span_str("rtx")) &&
            codec_fmtp_value(s->formats[i].fmtp, "apt", &apt) && span_u64(apt, &number) &&
            number == pt)
            return &s->formats[i];
    }
    return NULL;
}

/* "111/111": the primary block's payload type, then those of the redundant ones (RFC 2198 section
 * 5). */
static bool is_red_of(struct span fmtp, uint8_t pt)
{
    struct span piece;
    unsigned n = 0;

    while (span_split(&fmtp, '/', &piece)) {
        uint64_t number;

        if (!span_u64(span_trim(piece), &number) || number != pt)
            return false;
        n++;
    }
    return n >= 2;
}

const struct sdp_format *negotiate_red(const struct sdp_section *s, enum codec codec, uint8_t pt)
{
    for (unsigned i = 0; codec == CODEC_OPUS && i < s->n_formats; i++) {
        const struct sdp_format *f = &s->formats[i];

        if (span_eq_nocase(f->name, span_str("red")) && f->clock_rate == RED_CLOCK_RATE &&
            f->channels == RED_CHANNELS && is_red_of(f->fmtp, pt))
            return f;
    }
    return NULL;
}

uint8_t negotiate_feedback(const struct sdp_format *f)
{
    uint8_t bits = 0;

    for (unsigned i = 0; i < f->n_feedback; i++) {
        for (size_t k = 0; k < FEEDBACK_KINDS; k++) {
            if (span_eq_str(f->feedback[i], feedback_kinds[k].text))
                bits |= feedback_kinds[k].bit;
        }
    }
    return bits;
}
