#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/negotiate_up.h"
#include "mediad/rtc/sdp_parse.h"
#include "tests/unit/mediad/rtc/sdp_data.h"

static const char *const default_codecs[] = {"vp8", "opus", NULL};

#define FP                                                                                         \
    "a=fingerprint:sha-256 "                                                                       \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"                                             \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
#define UFRAG "a=ice-ufrag:abcd\r\n"
#define PWD "a=ice-pwd:abcdefghijklmnopqrstuv\r\n"
#define HEAD "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
#define BUNDLE "a=group:BUNDLE 0 1\r\n"
#define AUDIO                                                                                      \
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
#define VIDEO                                                                                      \
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n"      \
    "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"

static int negotiate_text(struct negotiated **out, const char *text, const char *const *codecs,
                          const struct negotiated *previous, struct error *e)
{
    struct sdp_session *s = NULL;
    int r = sdp_parse(&s, span_str(text), e);

    if (r == 0)
        r = negotiate_offer(out, s, &(struct up_choice){codecs, UINT32_MAX, false, previous}, e);
    sdp_session_free(s);
    return r;
}

static struct negotiated *negotiate_data(const char *name, const char *const *codecs)
{
    struct buf b = sdp_data(name);
    struct negotiated *n = NULL;
    struct error e = {0};
    int r = negotiate_text(&n, buf_str(&b), codecs, NULL, &e);

    if (r < 0)
        print_error("%s: %s %s\n", name, e.place, e.text);
    assert_int_equal(r, 0);
    buf_release(&b);
    return n;
}

static void test_refused(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        int code;
        const char *place;
    } rows[] = {
        {"no section", HEAD, ERR_UNSUPPORTED, ""},
        {"all well", HEAD BUNDLE UFRAG PWD FP AUDIO VIDEO, 0, ""},
        {"no ufrag", HEAD BUNDLE PWD FP AUDIO VIDEO, ERR_INVALID, "m-line 1"},
        {"no password", HEAD BUNDLE UFRAG FP AUDIO VIDEO, ERR_INVALID, "m-line 1"},
        {"short password", HEAD BUNDLE UFRAG "a=ice-pwd:abc\r\n" FP AUDIO, ERR_INVALID, "m-line 1"},
        {"ufrag with odd letters", HEAD BUNDLE "a=ice-ufrag:ab:cd\r\n" PWD FP AUDIO, ERR_INVALID,
         "m-line 1"},
        {"no fingerprint", HEAD BUNDLE UFRAG PWD AUDIO VIDEO, ERR_INVALID, "m-line 1"},
        {"SHA-1 alone", HEAD BUNDLE UFRAG PWD "a=fingerprint:sha-1 00:11\r\n" AUDIO, ERR_INVALID,
         "m-line 1"},
        {"no mid", HEAD UFRAG PWD FP "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=rtcp-mux\r\n",
         ERR_UNSUPPORTED, "m-line 1"},
        {"no mid in the second", HEAD BUNDLE UFRAG PWD FP AUDIO "m=video 9 X 96\r\n",
         ERR_UNSUPPORTED, "m-line 2"},
        {"no rtcp-mux",
         HEAD UFRAG PWD FP
         "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n",
         ERR_UNSUPPORTED, "m-line 1"},
        {"no common codec",
         HEAD UFRAG PWD FP "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=rtcp-mux\r\n",
         ERR_UNSUPPORTED, ""},
        {"plain RTP",
         HEAD UFRAG PWD FP
         "m=audio 9 RTP/AVP 111\r\na=mid:0\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n",
         ERR_UNSUPPORTED, ""},
        {"a codec in the wrong kind of section",
         HEAD UFRAG PWD FP "m=video 9 UDP/TLS/RTP/SAVPF "
                           "111\r\na=mid:0\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n",
         ERR_UNSUPPORTED, ""},
        {"BUNDLE of strangers", HEAD "a=group:BUNDLE x\r\n" UFRAG PWD FP AUDIO, ERR_UNSUPPORTED,
         ""},
        {"BUNDLE led by a stranger", HEAD "a=group:BUNDLE x 0\r\n" UFRAG PWD FP AUDIO, ERR_INVALID,
         ""},
        {"a rid over 16 letters",
         HEAD BUNDLE UFRAG PWD FP VIDEO
         "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
         "a=rid:abcdefghijklmnopq send\r\na=simulcast:send abcdefghijklmnopq\r\n",
         ERR_INVALID, "m-line 1"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct negotiated *n = NULL;
        struct error e = {0};
        int r = negotiate_text(&n, rows[i].text, default_codecs, NULL, &e);

        if (r != rows[i].code || strcmp(e.place, rows[i].place) != 0)
            print_error("%s: %d \"%s\" %s\n", rows[i].name, r, e.place, e.text);
        assert_int_equal(r, rows[i].code);
        assert_string_equal(e.place, rows[i].place);
        assert_true((n != NULL) == (r == 0));
        negotiated_free(n);
    }
}

static void test_chromium_simulcast(void **state)
{
    struct negotiated *n = negotiate_data("offer-chromium-simulcast", default_codecs);
    const struct up_section *audio = &n->sections[0], *video = &n->sections[1];
    struct up_track tracks[3] = {{0}};
    const struct up_codec *codec;
    bool is_rtx;

    (void)state;
    assert_int_equal(n->n_sections, 2);
    assert_true(n->has_bundle && n->has_extmap_allow_mixed);
    assert_true(n->remote.is_dtls_client);
    assert_string_equal(n->remote.ufrag, "95Uq");
    assert_true(audio->is_accepted && audio->is_active && audio->kind == TRACK_AUDIO);
    assert_int_equal(audio->n_codecs, 1);
    assert_int_equal(audio->codecs[0].pt, 111);
    assert_int_equal(audio->codecs[0].rtx_pt, 0);
    assert_int_equal(audio->codecs[0].feedback, FEEDBACK_TRANSPORT_CC);
    assert_string_equal(audio->codecs[0].fmtp, "minptime=10;useinbandfec=1");
    assert_int_equal(audio->ext_ids[HEADER_EXT_MID], 4);
    assert_int_equal(audio->ext_ids[HEADER_EXT_RID], 0);
    assert_int_equal(audio->ext_ids[HEADER_EXT_AUDIO_LEVEL], 1);
    assert_int_equal(audio->ext_ids[HEADER_EXT_TRANSPORT_CC], 3);
    assert_int_equal(audio->ssrc, 3595542174u);
    assert_string_equal(audio->cname, "8tjJhRh5iKu84/Xd");
    assert_string_equal(audio->stream_id, "d8a5dd9d-29a9-4330-9634-960acc8cd4f2");

    assert_int_equal(video->n_codecs, 1);
    assert_int_equal(video->codecs[0].codec, CODEC_VP8);
    assert_int_equal(video->codecs[0].rtx_pt, 97);
    assert_int_equal(video->codecs[0].feedback, FEEDBACK_REMB | FEEDBACK_NACK | FEEDBACK_PLI |
                                                    FEEDBACK_FIR | FEEDBACK_TRANSPORT_CC);
    assert_int_equal(video->ext_ids[HEADER_EXT_TRANSPORT_CC], 3);
    assert_int_equal(video->ext_ids[HEADER_EXT_MID], 4);
    assert_int_equal(video->ext_ids[HEADER_EXT_RID], 10);
    assert_int_equal(video->ext_ids[HEADER_EXT_RRID], 11);
    assert_int_equal(video->ext_ids[HEADER_EXT_AUDIO_LEVEL], 0);
    assert_int_equal(video->n_rids, 2);
    assert_string_equal(video->rids[0].id, "h");
    assert_string_equal(video->rids[1].id, "l");
    assert_int_equal(video->ssrc, 0);

    codec = up_section_by_pt(video, 97, &is_rtx);
    assert_ptr_equal(codec, &video->codecs[0]);
    assert_true(is_rtx);
    codec = up_section_by_pt(video, 96, &is_rtx);
    assert_ptr_equal(codec, &video->codecs[0]);
    assert_false(is_rtx);
    assert_null(up_section_by_pt(video, 98, &is_rtx));
    assert_null(up_section_by_pt(audio, 0, &is_rtx)); /* no rtx does not mean payload type 0 */

    assert_int_equal(negotiated_tracks(n, tracks, 2), 3);
    assert_int_equal(tracks[2].section, 0); /* only as many as fit */
    assert_int_equal(negotiated_tracks(n, tracks, 3), 3);
    assert_int_equal(tracks[0].rid, -1);
    assert_int_equal(tracks[1].section, 1);
    assert_int_equal(tracks[1].rid, 0);
    assert_int_equal(tracks[2].rid, 1);
    negotiated_free(n);
}

static void test_ssrcs(void **state)
{
    struct negotiated *n = negotiate_data("offer-firefox-camera", default_codecs);
    const struct up_section *video = &n->sections[1];

    (void)state;
    assert_true(video->ssrc != 0 && video->rtx_ssrc != 0 && video->ssrc != video->rtx_ssrc);
    assert_int_equal(video->cname[0], '{');
    assert_int_equal(video->n_rids, 0);
    negotiated_free(n);
    n = negotiate_data("offer-firefox-simulcast", default_codecs);
    assert_int_equal(n->sections[1].ssrc, 0); /* SSRCs of simulcast are found by rid */
    assert_int_equal(n->sections[1].n_rids, 2);
    assert_int_equal(n->sections[1].ext_directed,
                     1u << HEADER_EXT_RID | 1u << HEADER_EXT_RRID | 1u << HEADER_EXT_DEPENDENCY);
    negotiated_free(n);
}

/* An extension that the client only wants to receive is of no use to us. */
static void test_extension_directions(void **state)
{
    static const struct {
        const char *id;
        uint8_t want, recvonly;
    } rows[] = {{"7", 7, 0},
                {"7/sendrecv", 7, 0},
                {"7/sendonly", 7, 1u << HEADER_EXT_AUDIO_LEVEL},
                {"7/recvonly", 0, 0},
                {"7/inactive", 0, 0}};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct negotiated *n = NULL;
        char text[2048];

        snprintf(text, sizeof text, "%sa=extmap:%s urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n",
                 HEAD UFRAG PWD FP AUDIO, rows[i].id);
        assert_int_equal(negotiate_text(&n, text, default_codecs, NULL, NULL), 0);
        if (n->sections[0].ext_ids[HEADER_EXT_AUDIO_LEVEL] != rows[i].want)
            print_error("%s\n", rows[i].id);
        assert_int_equal(n->sections[0].ext_ids[HEADER_EXT_AUDIO_LEVEL], rows[i].want);
        assert_int_equal(n->sections[0].ext_directed, rows[i].recvonly);
        negotiated_free(n);
    }
}

static void test_all_codecs(void **state)
{
    static const char *const codecs[] = {"h264", "av1",  "vp9",  "nonsense", "vp8",
                                         "pcma", "opus", "g722", "pcmu",     NULL};
    struct negotiated *n = negotiate_data("offer-chromium-camera", codecs);
    static const uint8_t audio_pts[] = {8, 111, 9, 0}; /* the group's order */

    (void)state;
    assert_int_equal(n->sections[1].n_codecs, 1);
    assert_int_equal(n->sections[1].codecs[0].pt, 108); /* 42e01f in mode 1, though not the first */
    assert_int_equal(n->sections[1].codecs[0].rtx_pt, 109);
    assert_int_equal(n->sections[0].n_codecs, LENGTH(audio_pts));
    for (size_t i = 0; i < LENGTH(audio_pts); i++)
        assert_int_equal(n->sections[0].codecs[i].pt, audio_pts[i]);
    negotiated_free(n);
}

#define H264(pt, profile, mode)                                                                    \
    "a=rtpmap:" pt " H264/90000\r\na=fmtp:" pt " packetization-mode=" mode                         \
    ";profile-level-id=" profile "\r\n"
#define CODECS(...)                                                                                \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

/* One codec of one profile: RFC 7742 section 5 for H.264, the group's order among codecs, and
 * before both what every receiver can decode. `codec`, `fmtp`: what one receiver cannot. */
static void test_video_choice(void **state)
{
    static const char two_profiles[] = H264("100", "640c1f", "1") H264("102", "42e01f", "1");
    static const char vp8_vp9[] = "a=rtpmap:100 VP8/90000\r\na=rtpmap:102 VP9/90000\r\n";
    const struct {
        const char *name;
        const char *lines; /* of formats 100, 102, 104 */
        const char *const *codecs;
        enum codec codec;
        const char *fmtp;
        uint8_t want; /* 0: refused */
    } rows[] = {
        {"constrained baseline, not the first", two_profiles, CODECS("h264"), CODEC_NONE, "", 102},
        {"mode 1 before mode 0", H264("100", "42e01f", "0") H264("102", "42e01f", "1"),
         CODECS("h264"), CODEC_NONE, "", 102},
        {"constrained baseline in mode 0 before high",
         H264("100", "64001f", "1") H264("102", "42e01f", "0"), CODECS("h264"), CODEC_NONE, "",
         102},
        {"the first of equals", H264("100", "4d001f", "1") H264("102", "64001f", "1"),
         CODECS("h264"), CODEC_NONE, "", 100},
        {"nonsense never matches",
         H264("100", "zz", "1") H264("102", "42e01", "1") H264("104", "640c1f", "1"),
         CODECS("h264"), CODEC_NONE, "", 104},
        {"nothing but nonsense",
         H264("100", "zz", "1") H264("102", "42e01f00", "1") H264("104", "42e01g", "1"),
         CODECS("h264"), CODEC_NONE, "", 0},
        {"a receiver without the best", two_profiles, CODECS("h264"), CODEC_H264,
         "packetization-mode=1;profile-level-id=42e01f", 100},
        {"a receiver without the other", two_profiles, CODECS("h264"), CODEC_H264,
         "packetization-mode=1;profile-level-id=640c1f", 102},
        {"no other is left", H264("100", "640c1f", "1"), CODECS("h264"), CODEC_H264,
         "packetization-mode=1;profile-level-id=640c1f", 100},
        {"the group's order", vp8_vp9, CODECS("vp9", "vp8"), CODEC_NONE, "", 102},
        {"the group's other order", vp8_vp9, CODECS("vp8", "vp9"), CODEC_NONE, "", 100},
        {"the group's order, but a receiver cannot", vp8_vp9, CODECS("vp9", "vp8"), CODEC_VP9, "",
         100},
        {"VP9 profile 0 before 2",
         "a=rtpmap:100 VP9/90000\r\na=fmtp:100 profile-id=2\r\n"
         "a=rtpmap:102 VP9/90000\r\na=fmtp:102 profile-id=0\r\n",
         CODECS("vp9"), CODEC_NONE, "", 102},
        {"AV1 profile 0 before 1",
         "a=rtpmap:100 AV1/90000\r\na=fmtp:100 profile=1\r\n"
         "a=rtpmap:102 AV1/90000\r\na=fmtp:102 profile=0\r\n",
         CODECS("av1"), CODEC_NONE, "", 102},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint32_t receivers = ~codec_variant_bit(rows[i].codec, span_str(rows[i].fmtp));
        struct negotiated *n = NULL;
        struct sdp_session *s = NULL;
        char text[2048];

        snprintf(text, sizeof text,
                 "%sa=group:BUNDLE 1\r\nm=video 9 UDP/TLS/RTP/SAVPF 100 101 102 103 104\r\n"
                 "a=mid:1\r\na=rtcp-mux\r\n%sa=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\n",
                 HEAD UFRAG PWD FP, rows[i].lines);
        assert_int_equal(sdp_parse(&s, span_str(text), NULL), 0);
        int r = negotiate_offer(&n, s, &(struct up_choice){rows[i].codecs, receivers, false, NULL},
                                NULL);
        uint8_t pt = r == 0 ? n->sections[0].codecs[0].pt : 0;

        if (pt != rows[i].want)
            print_error("%s: %u\n", rows[i].name, pt);
        assert_int_equal(pt, rows[i].want);
        if (r == 0) {
            assert_int_equal(n->sections[0].n_codecs, 1);
            assert_int_equal(n->sections[0].codecs[0].rtx_pt, pt == 102 ? 103 : 0);
        }
        negotiated_free(n);
        sdp_session_free(s);
    }
}

/* A later offer keeps what flows, unless somebody cannot decode it. */
static void test_choice_stays(void **state)
{
    static const char *const codecs[] = {"vp9", "vp8", NULL};
    uint32_t no_vp9 = ~codec_variant_bit(CODEC_VP9, span_str(""));
    uint32_t no_vp8 = ~codec_variant_bit(CODEC_VP8, span_str(""));
    const uint32_t receivers[] = {no_vp9, UINT32_MAX, no_vp8};
    static const uint8_t want[] = {96, 96, 98};
    struct negotiated *n[LENGTH(want)] = {NULL};
    struct sdp_session *s = NULL;

    (void)state;
    assert_int_equal(sdp_parse(&s,
                               span_str(HEAD "a=group:BUNDLE 1\r\n" UFRAG PWD FP
                                             "m=video 9 UDP/TLS/RTP/SAVPF 96 98\r\na=mid:1\r\n"
                                             "a=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n"
                                             "a=rtpmap:98 VP9/90000\r\n"),
                               NULL),
                     0);
    assert_int_equal(negotiate_offered_variants(s), ~(no_vp8 & no_vp9));
    for (size_t i = 0; i < LENGTH(want); i++) {
        assert_int_equal(
            negotiate_offer(&n[i], s,
                            &(struct up_choice){codecs, receivers[i], false, i ? n[i - 1] : NULL},
                            NULL),
            0);
        assert_int_equal(n[i]->sections[0].codecs[0].pt, want[i]);
    }
    for (size_t i = 0; i < LENGTH(want); i++)
        negotiated_free(n[i]);
    sdp_session_free(s);
}

static void test_refused_sections(void **state)
{
    static const char *const only_opus[] = {"opus", NULL};
    struct negotiated *n = negotiate_data("offer-chromium-camera", only_opus);

    (void)state;
    assert_true(n->sections[0].is_accepted);
    assert_false(n->sections[1].is_accepted);
    assert_int_equal(negotiated_tracks(n, NULL, 0), 1);
    negotiated_free(n);
    n = negotiate_data("offer-chromium-audio-data", default_codecs);
    assert_false(n->sections[1].is_accepted);
    assert_string_equal(n->sections[1].media, "application");
    assert_string_equal(n->sections[1].format, "webrtc-datachannel");
    negotiated_free(n);
}

/* Without BUNDLE there is one transport, so only one section can be had. */
static void test_no_bundle(void **state)
{
    struct negotiated *n = NULL;

    (void)state;
    assert_int_equal(negotiate_text(&n, HEAD UFRAG PWD FP AUDIO VIDEO, default_codecs, NULL, NULL),
                     0);
    assert_false(n->has_bundle);
    assert_true(n->sections[0].is_accepted);
    assert_false(n->sections[1].is_accepted);
    negotiated_free(n);
}

static void test_directions_and_roles(void **state)
{
    static const struct {
        const char *name;
        const char *lines;
        bool is_active;
        bool is_dtls_client;
    } rows[] = {
        {"sendonly, actpass", "a=sendonly\r\na=setup:actpass\r\n", true, true},
        {"sendrecv by default, no setup", "", true, true},
        {"recvonly, active", "a=recvonly\r\na=setup:active\r\n", false, true},
        {"inactive, passive", "a=inactive\r\na=setup:passive\r\n", false, false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct negotiated *n = NULL;
        char text[2048];

        snprintf(text, sizeof text, "%s%s", HEAD UFRAG PWD FP AUDIO, rows[i].lines);
        assert_int_equal(negotiate_text(&n, text, default_codecs, NULL, NULL), 0);
        if (n->sections[0].is_active != rows[i].is_active ||
            n->remote.is_dtls_client != rows[i].is_dtls_client)
            print_error("%s\n", rows[i].name);
        assert_int_equal(n->sections[0].is_active, rows[i].is_active);
        assert_int_equal(n->remote.is_dtls_client, rows[i].is_dtls_client);
        assert_int_equal(negotiated_tracks(n, NULL, 0), rows[i].is_active);
        negotiated_free(n);
    }
}

static void test_renegotiation(void **state)
{
    struct buf before = sdp_data("offer-chromium-camera");
    struct buf restart = sdp_data("offer-chromium-camera-restart");
    struct buf other = sdp_data("offer-chromium-audio");
    struct negotiated *first = NULL, *second = NULL, *third = NULL;
    struct error e = {0};

    (void)state;
    assert_int_equal(negotiate_text(&first, buf_str(&before), default_codecs, NULL, &e), 0);
    assert_int_equal(negotiate_text(&second, buf_str(&before), default_codecs, first, &e), 0);
    assert_false(remote_transport_is_restart(&first->remote, &second->remote));
    assert_int_equal(negotiate_text(&third, buf_str(&restart), default_codecs, first, &e), 0);
    assert_true(remote_transport_is_restart(&first->remote, &third->remote));
    assert_true(remote_transport_same_fingerprints(&first->remote, &third->remote));
    third->remote.fingerprints[0].bytes[5] ^= 1;
    assert_false(remote_transport_same_fingerprints(&first->remote, &third->remote));
    negotiated_free(third);
    third = NULL;
    assert_int_equal(negotiate_text(&third, buf_str(&other), default_codecs, first, &e),
                     ERR_INVALID); /* a section is missing */
    assert_int_equal(negotiate_text(&third,
                                    HEAD "a=group:BUNDLE 0 2\r\n" UFRAG PWD FP AUDIO
                                         "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:2\r\n",
                                    default_codecs, first, &e),
                     ERR_INVALID); /* a mid changed */
    assert_string_equal(e.place, "m-line 2");
    assert_null(third);
    negotiated_free(first);
    negotiated_free(second);
    buf_release(&before);
    buf_release(&restart);
    buf_release(&other);
}

#define RED_OFFER(formats, red)                                                                    \
    HEAD BUNDLE UFRAG PWD FP "m=audio 9 UDP/TLS/RTP/SAVPF " formats                                \
                             "\r\na=mid:0\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"          \
                             "a=rtpmap:112 opus/48000/2\r\na=fmtp:112 stereo=1\r\n"                \
                             "a=rtpmap:0 PCMU/8000\r\n" red

/* Redundant audio goes with the Opus that its parameters name, where the client put it. */
static void test_redundant_audio(void **state)
{
    static const char *const codecs[] = {"pcmu", "opus", NULL};
    static const struct {
        const char *name;
        const char *text;
        uint8_t red_pt;
        bool is_first;
        const char *fmtp;
    } rows[] = {
        {"opus is preferred",
         RED_OFFER("111 63", "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"), 63, false,
         "111/111"},
        {"it is preferred", RED_OFFER("63 111", "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"),
         63, true, "111/111"},
        {"in other letters",
         RED_OFFER("63 111", "a=rtpmap:63 RED/48000/2\r\na=fmtp:63 111/111/111\r\n"), 63, true,
         "111/111/111"},
        {"other codecs between",
         RED_OFFER("63 0 111", "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"), 63, true,
         "111/111"},
        {"of another opus",
         RED_OFFER("63 111 112", "a=rtpmap:63 red/48000/2\r\na=fmtp:63 112/112\r\n"), 0, false, ""},
        {"of two codecs", RED_OFFER("63 111 0", "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/0\r\n"),
         0, false, ""},
        {"of one block", RED_OFFER("63 111", "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111\r\n"), 0,
         false, ""},
        {"without parameters", RED_OFFER("63 111", "a=rtpmap:63 red/48000/2\r\n"), 0, false, ""},
        {"of another clock", RED_OFFER("63 111", "a=rtpmap:63 red/8000/2\r\na=fmtp:63 111/111\r\n"),
         0, false, ""},
        {"nonsense", RED_OFFER("63 111", "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111//111\r\n"), 0,
         false, ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct negotiated *n = NULL;
        const struct up_codec *opus;
        bool is_rtx = true;

        assert_int_equal(negotiate_text(&n, rows[i].text, codecs, NULL, NULL), 0);
        opus = &n->sections[0].codecs[0];
        while (opus->pt != 111)
            opus++;
        if (opus->red_pt != rows[i].red_pt || opus->is_red_first != rows[i].is_first)
            print_error("%s\n", rows[i].name);
        assert_int_equal(opus->red_pt, rows[i].red_pt);
        assert_int_equal(opus->is_red_first, rows[i].is_first);
        assert_string_equal(opus->red_fmtp, rows[i].fmtp);
        if (rows[i].red_pt) {
            assert_ptr_equal(up_section_by_pt(&n->sections[0], 63, &is_rtx), opus);
            assert_false(is_rtx);
        } else {
            const struct up_codec *by_pt = up_section_by_pt(&n->sections[0], 63, &is_rtx);

            assert_true(!by_pt || by_pt->pt == 112);
        }
        negotiated_free(n);
    }
}

/* What is encrypted cannot be taken apart for those who do not take redundant audio. */
static void test_no_redundant_audio_of_encrypted(void **state)
{
    static const char *const codecs[] = {"opus", NULL};
    struct buf b = sdp_data("offer-chromium-audio");
    struct sdp_session *s = NULL;

    (void)state;
    assert_int_equal(sdp_parse(&s, buf_span(&b), NULL), 0);
    for (int is_encrypted = 0; is_encrypted < 2; is_encrypted++) {
        struct negotiated *n = NULL;

        assert_int_equal(
            negotiate_offer(&n, s, &(struct up_choice){codecs, UINT32_MAX, is_encrypted, NULL},
                            NULL),
            0);
        assert_int_equal(n->sections[0].codecs[0].pt, 111);
        assert_int_equal(n->sections[0].codecs[0].red_pt, is_encrypted ? 0 : 63);
        assert_false(n->sections[0].codecs[0].is_red_first); /* Chromium goes on with Opus alone */
        assert_string_equal(n->sections[0].codecs[0].fmtp, "minptime=10;useinbandfec=1");
        negotiated_free(n);
    }
    sdp_session_free(s);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_chromium_simulcast),
        cmocka_unit_test(test_ssrcs),
        cmocka_unit_test(test_extension_directions),
        cmocka_unit_test(test_all_codecs),
        cmocka_unit_test(test_video_choice),
        cmocka_unit_test(test_choice_stays),
        cmocka_unit_test(test_refused_sections),
        cmocka_unit_test(test_no_bundle),
        cmocka_unit_test(test_directions_and_roles),
        cmocka_unit_test(test_renegotiation),
        cmocka_unit_test(test_redundant_audio),
        cmocka_unit_test(test_no_redundant_audio_of_encrypted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
