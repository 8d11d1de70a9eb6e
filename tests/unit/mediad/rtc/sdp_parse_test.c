#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/sdp_parse.h"
#include "tests/unit/mediad/rtc/sdp_data.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
#define VIDEO "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:0\r\n"
#define FP32                                                                                       \
    "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:"                                             \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"

static struct sdp_session *parse(const char *text)
{
    struct sdp_session *s = NULL;
    struct error e = {0};
    int r = sdp_parse(&s, span_str(text), &e);

    if (r < 0)
        print_error("%s: %s\n", e.place, e.text);
    assert_int_equal(r, 0);
    return s;
}

static void assert_span(struct span s, const char *want)
{
    if (!span_eq_str(s, want))
        print_error("\"%.*s\", not \"%s\"\n", (int)s.len, (const char *)s.data, want);
    assert_true(span_eq_str(s, want));
}

static void test_refused(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        int code;
        const char *place;
    } rows[] = {
        {"nothing", "", ERR_SYNTAX, "line 1"},
        {"a line end only", "\r\n", ERR_SYNTAX, "line 1"},
        {"prose", "this is not SDP", ERR_SYNTAX, "line 1"},
        {"another version", "v=1\r\n", ERR_SYNTAX, "line 1"},
        {"no v line", "o=- 1 1 IN IP4 0.0.0.0\r\n", ERR_SYNTAX, "line 1"},
        {"a line without =", HEAD "nonsense\r\n", ERR_SYNTAX, "line 5"},
        {"an empty line inside", "v=0\r\n\r\ns=-\r\n", ERR_SYNTAX, "line 2"},
        {"a control character", HEAD "a=mid:\x01\r\n", ERR_SYNTAX, "line 5"},
        {"a bare carriage return", HEAD "a=x\ry\r\n", ERR_SYNTAX, "line 5"},
        {"m-line without port", HEAD "m=video\r\n", ERR_SYNTAX, "line 5"},
        {"port out of range", HEAD "m=video 65536 X 96\r\n", ERR_SYNTAX, "line 5"},
        {"payload type out of range", HEAD "m=video 9 X 128\r\n", ERR_SYNTAX, "line 5"},
        {"payload type twice", HEAD "m=video 9 X 96 96\r\n", ERR_SYNTAX, "line 5"},
        {"mid twice", HEAD VIDEO VIDEO, ERR_SYNTAX, "line 8"},
        {"empty mid", HEAD "m=audio 9 X 0\r\na=mid:\r\n", ERR_SYNTAX, "line 6"},
        {"unknown setup", HEAD VIDEO "a=setup:holdconn\r\n", ERR_SYNTAX, "line 7"},
        {"short fingerprint", HEAD "a=fingerprint:sha-256 00:11\r\n", ERR_SYNTAX, "line 5"},
        {"fingerprint with letters", HEAD "a=fingerprint:sha-256 GG" FP32 "\r\n", ERR_SYNTAX,
         "line 5"},
        {"rtpmap without rate", HEAD VIDEO "a=rtpmap:96 VP8\r\n", ERR_SYNTAX, "line 7"},
        {"rtpmap with rate 0", HEAD VIDEO "a=rtpmap:96 VP8/0\r\n", ERR_SYNTAX, "line 7"},
        {"extmap id 0", HEAD VIDEO "a=extmap:0 urn:x\r\n", ERR_SYNTAX, "line 7"},
        {"extmap without URI", HEAD VIDEO "a=extmap:1\r\n", ERR_SYNTAX, "line 7"},
        {"extmap to nowhere", HEAD VIDEO "a=extmap:1/up urn:x\r\n", ERR_SYNTAX, "line 7"},
        {"rid without direction", HEAD VIDEO "a=rid:h\r\n", ERR_SYNTAX, "line 7"},
        {"rid with odd letters", HEAD VIDEO "a=rid:h!h send\r\n", ERR_SYNTAX, "line 7"},
        {"rid twice", HEAD VIDEO "a=rid:h send\r\na=rid:h send\r\n", ERR_SYNTAX, "line 8"},
        {"simulcast without list", HEAD VIDEO "a=simulcast:send\r\n", ERR_SYNTAX, "line 7"},
        {"ssrc out of range", HEAD VIDEO "a=ssrc:4294967296 cname:x\r\n", ERR_SYNTAX, "line 7"},
        {"ssrc-group of words", HEAD VIDEO "a=ssrc-group:FID a b\r\n", ERR_SYNTAX, "line 7"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct sdp_session *s = NULL;
        struct error e = {0};
        int r = sdp_parse(&s, span_str(rows[i].text), &e);

        if (r != rows[i].code || strcmp(e.place, rows[i].place) != 0)
            print_error("%s: %d \"%s\" %s\n", rows[i].name, r, e.place, e.text);
        assert_int_equal(r, rows[i].code);
        assert_string_equal(e.place, rows[i].place);
        assert_null(s);
    }
}

/* SEC-45: `n` of something pass, one more does not. */
static void test_limits(void **state)
{
    static const struct {
        const char *name;
        const char *head;
        const char *line; /* with one %u */
        unsigned n;
    } rows[] = {
        {"sections", HEAD, "m=audio 9 X 0\r\na=mid:%u\r\n", SDP_SECTIONS_MAX},
        {"candidates", HEAD VIDEO, "a=candidate:1 1 udp 1 192.0.2.1 %u typ host\r\n",
         SDP_CANDIDATES_MAX},
        {"extensions", HEAD VIDEO, "a=extmap:1 urn:%u\r\n", SDP_EXTMAPS_MAX},
        {"rids", HEAD VIDEO, "a=rid:r%u send\r\n", SDP_RIDS_MAX},
        {"ssrcs", HEAD VIDEO, "a=ssrc:%u cname:c\r\n", SDP_SSRCS_MAX},
        {"ssrc-groups", HEAD VIDEO, "a=ssrc-group:FID 1 %u\r\n", SDP_GROUPS_MAX},
        {"feedback", HEAD VIDEO, "a=rtcp-fb:96 x%u\r\n", SDP_FEEDBACK_MAX},
        {"feedback for all", HEAD VIDEO, "a=rtcp-fb:* x%u\r\n", SDP_FEEDBACK_MAX},
        {"fingerprints", HEAD, "a=fingerprint:sha-256 " FP32 "\r\na=x:%u\r\n",
         SDP_FINGERPRINTS_MAX},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        for (unsigned more = 0; more < 2; more++) {
            struct buf b = {0};
            struct sdp_session *s = NULL;
            int r;

            buf_add_str(&b, rows[i].head);
            for (unsigned k = 0; k < rows[i].n + more; k++) {
                char line[256];
                const char *at = strstr(rows[i].line, "%u");

                snprintf(line, sizeof line, "%.*s%u%s", (int)(at - rows[i].line), rows[i].line, k,
                         at + 2);
                buf_add_str(&b, line);
            }
            r = sdp_parse(&s, buf_span(&b), NULL);
            if (r != (more ? ERR_TOO_LARGE : 0))
                print_error("%s, %u: %d\n", rows[i].name, rows[i].n + more, r);
            assert_int_equal(r, more ? ERR_TOO_LARGE : 0);
            sdp_session_free(s);
            buf_release(&b);
        }
    }
}

static void test_codec_limit(void **state)
{
    struct sdp_session *s = NULL;
    struct error e = {0};
    struct buf b = {0};

    (void)state;
    buf_add_str(&b, HEAD "m=video 9 X");
    for (unsigned pt = 0; pt < 33; pt++)
        buf_printf(&b, " %u", pt);
    buf_add_str(&b, "\r\n");
    assert_int_equal(sdp_parse(&s, buf_span(&b), &e), ERR_TOO_LARGE);
    assert_string_equal(e.place, "line 5");
    buf_add_str(&b, "a=rtpmap:32 rtx/90000\r\n"); /* retransmission formats do not count */
    assert_int_equal(sdp_parse(&s, buf_span(&b), NULL), 0);
    assert_int_equal(s->sections[0].n_formats, 33);
    sdp_session_free(s);
    buf_release(&b);
}

static void test_size_limits(void **state)
{
    struct sdp_session *s = NULL;
    struct buf b = {0};

    (void)state;
    buf_add_str(&b, HEAD "a=");
    for (unsigned i = 0; i < SDP_LINE_MAX - 2; i++)
        buf_add_char(&b, 'x');
    assert_int_equal(sdp_parse(&s, buf_span(&b), NULL), 0);
    sdp_session_free(s);
    s = NULL;
    buf_add_char(&b, 'x');
    assert_int_equal(sdp_parse(&s, buf_span(&b), NULL), ERR_TOO_LARGE);
    while (b.len <= SDP_SIZE_MAX)
        buf_add_str(&b, "\r\na=x");
    assert_int_equal(sdp_parse(&s, buf_span(&b), NULL), ERR_TOO_LARGE);
    assert_null(s);
    buf_release(&b);
}

static void test_chromium_simulcast(void **state)
{
    struct buf b = sdp_data("offer-chromium-simulcast");
    struct sdp_session *s = parse(buf_str(&b));
    const struct sdp_section *video;

    (void)state;
    assert_int_equal(s->n_sections, 2);
    assert_true(s->has_bundle && s->has_extmap_allow_mixed && !s->is_ice_lite);
    assert_span(s->bundle, "0 1");
    assert_true(sdp_in_bundle(s, span_str("1")));
    assert_false(sdp_in_bundle(s, span_str("10")));
    assert_int_equal(sdp_section_by_mid(s, span_str("1")), 1);
    assert_int_equal(sdp_section_by_mid(s, span_str("2")), -1);
    assert_int_equal(s->sections[0].kind, SDP_AUDIO);
    assert_int_equal(s->sections[0].n_formats, 8);
    assert_span(s->sections[0].formats[0].name, "opus");
    assert_int_equal(s->sections[0].formats[0].channels, 2);
    assert_span(s->sections[0].formats[0].fmtp, "minptime=10;useinbandfec=1");
    assert_int_equal(s->sections[0].n_ssrcs, 1);

    video = &s->sections[1];
    assert_int_equal(video->kind, SDP_VIDEO);
    assert_int_equal(video->n_formats, 23);
    assert_int_equal(video->direction, SDP_SENDONLY);
    assert_true(video->has_rtcp_mux && video->has_rtcp_rsize && video->has_simulcast);
    assert_int_equal(video->n_rids, 2);
    assert_span(video->rids[0].id, "h");
    assert_span(video->rids[1].id, "l");
    assert_true(video->rids[0].is_send && !video->rids[0].is_paused);
    assert_int_equal(video->n_extmaps, 13);
    assert_int_equal(video->n_ssrcs, 0);
    assert_int_equal(video->formats[0].n_feedback, 5);
    assert_span(video->formats[0].feedback[4], "nack pli");
    assert_span(sdp_format_by_pt(video, 97)->fmtp, "apt=96");
    assert_null(sdp_format_by_pt(video, 95));
    assert_int_equal(video->transport.setup, SDP_SETUP_ACTPASS);
    assert_int_equal(video->transport.n_fingerprints, 1);
    assert_int_equal(video->transport.fingerprints[0].len, 32);
    assert_int_equal(video->transport.ufrag.len, 4);
    assert_int_equal(video->transport.pwd.len, 24);
    sdp_session_free(s);
    buf_release(&b);
}

static void test_paused_rid(void **state)
{
    struct buf b = sdp_data("offer-chromium-simulcast-paused");
    struct sdp_session *s = parse(buf_str(&b));

    (void)state;
    assert_false(s->sections[0].rids[0].is_paused);
    assert_true(s->sections[0].rids[1].is_paused);
    sdp_session_free(s);
    buf_release(&b);
}

/* Firefox writes attributes in alphabetical order, and the fingerprint at session level. */
static void test_firefox_camera(void **state)
{
    struct buf b = sdp_data("offer-firefox-camera");
    struct sdp_session *s = parse(buf_str(&b));
    struct sdp_transport t = sdp_section_transport(s, 1);
    const struct sdp_section *video = &s->sections[1];

    (void)state;
    assert_int_equal(video->transport.n_fingerprints, 0);
    assert_int_equal(t.n_fingerprints, 1);
    assert_int_equal(t.setup, SDP_SETUP_ACTPASS);
    assert_span(t.ice_options, "trickle");
    assert_int_equal(video->n_ssrcs, 2);
    assert_int_equal(video->n_groups, 1);
    assert_span(video->groups[0].semantics, "FID");
    assert_int_equal(video->groups[0].n_ssrcs, 2);
    assert_int_equal(video->groups[0].ssrcs[0], video->ssrcs[0].ssrc);
    assert_true(video->ssrcs[0].cname.len > 0);
    sdp_session_free(s);
    buf_release(&b);
}

static void test_candidates_and_data(void **state)
{
    struct buf b = sdp_data("offer-firefox-camera-gathered");
    struct sdp_session *s = parse(buf_str(&b));

    (void)state;
    assert_int_equal(s->sections[0].n_candidates, 8);
    assert_true(s->sections[0].has_end_of_candidates);
    sdp_session_free(s);
    buf_release(&b);
    b = sdp_data("offer-chromium-audio-data");
    s = parse(buf_str(&b));
    assert_int_equal(s->sections[1].kind, SDP_OTHER);
    assert_span(s->sections[1].format_list, "webrtc-datachannel");
    sdp_session_free(s);
    buf_release(&b);
}

static void test_details(void **state)
{
    struct sdp_session *s =
        parse("v=0\na=recvonly\na=ice-lite\na=fingerprint:SHA-512 " FP32 ":" FP32 "\n"
              "a=fingerprint:sha-1 00:11\n"
              "m=audio 0 UDP/TLS/RTP/SAVPF 0 101\na=bundle-only\na=rtcp-fb:* nack\n"
              "a=rtpmap:101 opus/48000/2\na=fmtp:101   x=1 ; y \na=rtcp-fb:101 ccm fir\n"
              "a=msid:st tr\na=msid:other one\na=ssrc:7 msid:a b\na=ssrc:7 cname:me\n"
              "m=video 9/2 RTP/SAVPF 96\na=sendonly\na=rid:a recv\na=rid:b send\na=rid:c send\n"
              "a=rid:d send max-width=640\na=simulcast:recv a send c,x;~b\na=extmap:16 urn:two\n"
              "a=extmap:4096 urn:any\na=extmap:15 urn:end\na=ssrc-group:SIM 1 2 3 4 5");
    struct span stream, track;

    (void)state;
    assert_int_equal(s->transport.n_fingerprints, 1); /* SHA-1 counts as none */
    assert_int_equal(s->transport.fingerprints[0].hash, SDP_SHA_512);
    assert_true(s->is_ice_lite && s->sections[0].is_bundle_only);
    assert_int_equal(s->sections[0].direction, SDP_RECVONLY);
    assert_int_equal(s->sections[0].formats[0].n_feedback, 1);
    assert_int_equal(s->sections[0].formats[1].n_feedback, 2);
    assert_span(s->sections[0].formats[1].fmtp, "x=1 ; y");
    assert_int_equal(s->sections[0].n_ssrcs, 1);
    assert_span(s->sections[0].ssrcs[0].cname, "me");
    sdp_msid_split(s->sections[0].msid, &stream, &track);
    assert_span(stream, "st");
    assert_span(track, "tr");
    sdp_msid_split(span_str("alone"), &stream, &track);
    assert_span(stream, "alone");
    assert_int_equal(track.len, 0);

    assert_int_equal(s->sections[1].port, 9);
    assert_int_equal(s->sections[1].direction, SDP_SENDONLY);
    assert_int_equal(s->sections[1].n_rids, 4);
    assert_span(s->sections[1].rids[0].id, "c"); /* simulcast's order, then the rest */
    assert_span(s->sections[1].rids[1].id, "b");
    assert_true(s->sections[1].rids[1].is_paused);
    assert_span(s->sections[1].rids[2].id, "a");
    assert_span(s->sections[1].rids[3].id, "d");
    assert_int_equal(s->sections[1].n_extmaps, 1);
    assert_int_equal(s->sections[1].extmaps[0].id, 16);
    assert_int_equal(s->sections[1].groups[0].n_ssrcs, 4);
    sdp_session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_codec_limit),
        cmocka_unit_test(test_size_limits),
        cmocka_unit_test(test_chromium_simulcast),
        cmocka_unit_test(test_paused_rid),
        cmocka_unit_test(test_firefox_camera),
        cmocka_unit_test(test_candidates_and_data),
        cmocka_unit_test(test_details),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
