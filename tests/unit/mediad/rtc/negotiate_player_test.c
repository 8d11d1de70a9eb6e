#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/negotiate_player.h"
#include "mediad/rtc/sdp_parse.h"
#include "tests/unit/mediad/rtc/sdp_data.h"

#define HEAD                                                                                       \
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\n"                        \
    "a=ice-pwd:abcdefghijklmnopqrstuv\r\na=fingerprint:sha-256 "                                   \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"                                             \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
#define BUNDLE "a=group:BUNDLE 0 1\r\n"
#define AUDIO                                                                                      \
    "m=audio 9 UDP/TLS/RTP/SAVPF 109\r\na=mid:0\r\na=rtcp-mux\r\na=recvonly\r\n"                   \
    "a=rtpmap:109 opus/48000/2\r\n"
#define VIDEO(lines)                                                                               \
    "m=video 9 UDP/TLS/RTP/SAVPF 50 51 52 53\r\na=mid:1\r\na=rtcp-mux\r\na=recvonly\r\n" lines
#define H264(pt, fmtp) "a=rtpmap:" pt " H264/90000\r\na=fmtp:" pt " " fmtp "\r\n"

static const struct player_codec vp8_opus[] = {{CODEC_OPUS, "minptime=10"}, {CODEC_VP8, ""}};
static const struct player_codec nothing_yet[] = {
    {CODEC_VP8, NULL}, {CODEC_H264, NULL}, {CODEC_OPUS, NULL}};

static int negotiate_text(struct negotiated **out, const char *text,
                          const struct player_codec *codecs, size_t n, struct error *e)
{
    struct sdp_session *s = NULL;
    int r = sdp_parse(&s, span_str(text), e);

    if (r == 0)
        r = negotiate_player(out, s, codecs, n, e);
    sdp_session_free(s);
    return r;
}

static struct negotiated *negotiated(const char *text, const struct player_codec *codecs, size_t n)
{
    struct negotiated *out = NULL;
    struct error e = {0};

    if (negotiate_text(&out, text, codecs, n, &e) < 0)
        fail_msg("%s: %s", e.place, e.text);
    return out;
}

/* What both browsers offer to receive, and which of it is taken. */
static void test_browsers(void **state)
{
    static const struct {
        const char *name;
        uint8_t audio_pt, red_pt, video_pt, rtx_pt, mid_id, transport_cc_id, send_time_id;
    } rows[] = {
        {"offer-chromium-player", 111, 63, 96, 97, 4, 3, 2},
        {"offer-firefox-player", 109, 0, 120, 124, 3, 7, 4},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf b = sdp_data(rows[i].name);
        struct negotiated *n = negotiated(buf_str(&b), vp8_opus, LENGTH(vp8_opus));
        const struct up_section *audio = &n->sections[player_section(n, TRACK_AUDIO)];
        const struct up_section *video = &n->sections[player_section(n, TRACK_VIDEO)];
        struct down_route route = player_route(video, 0);

        assert_true(n->is_sending && n->has_bundle && n->remote.is_dtls_client);
        assert_true(audio->is_active && video->is_active);
        assert_int_equal(audio->n_codecs, 1);
        assert_int_equal(audio->codecs[0].pt, rows[i].audio_pt);
        assert_int_equal(player_route(audio, 0).red_pt, rows[i].red_pt);
        assert_int_equal(route.red_pt, 0);
        assert_int_equal(video->n_codecs, 1);
        assert_int_equal(route.pt, rows[i].video_pt);
        assert_int_equal(route.rtx_pt, rows[i].rtx_pt);
        assert_int_equal(route.ext_ids[HEADER_EXT_MID], rows[i].mid_id);
        assert_int_equal(route.ext_ids[HEADER_EXT_TRANSPORT_CC], rows[i].transport_cc_id);
        assert_int_equal(route.ext_ids[HEADER_EXT_ABS_SEND_TIME], rows[i].send_time_id);
        assert_int_equal(route.ext_ids[HEADER_EXT_AUDIO_LEVEL], 0); /* of sound alone */
        assert_int_equal(route.ext_ids[HEADER_EXT_RID], 0);
        assert_int_equal(audio->ext_ids[HEADER_EXT_AUDIO_LEVEL], 1);
        assert_true(route.feedback & FEEDBACK_NACK);
        assert_true(route.feedback & FEEDBACK_TRANSPORT_CC);
        negotiated_free(n);
        buf_release(&b);
    }
}

/* GStreamer 1.22: Opus in capitals and without its channels, video that has no port of its own,
 * H.264 of no named profile; neither NACK, retransmissions nor header extensions. */
static void test_gstreamer(void **state)
{
    static const struct player_codec codecs[] = {
        {CODEC_OPUS, "minptime=10"},
        {CODEC_H264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"}};
    struct buf b = sdp_data("offer-gstreamer-player");
    struct negotiated *n = negotiated(buf_str(&b), codecs, LENGTH(codecs));
    const struct up_section *audio = &n->sections[0], *video = &n->sections[1];
    struct down_route route = player_route(video, 0);

    (void)state;
    assert_true(audio->is_accepted && video->is_accepted);
    assert_string_equal(audio->mid, "audio0");
    assert_string_equal(video->mid, "video1");
    assert_int_equal(audio->codecs[0].pt, 96);
    assert_int_equal(route.pt, 103);
    assert_int_equal(route.rtx_pt, 0);
    assert_int_equal(route.feedback & FEEDBACK_NACK, 0);
    assert_true(route.feedback & FEEDBACK_PLI);
    for (unsigned i = 0; i < HEADER_EXT_COUNT; i++)
        assert_int_equal(route.ext_ids[i], 0);
    negotiated_free(n);
    buf_release(&b);
}

static void test_formats(void **state)
{
    static const struct {
        const char *name;
        struct player_codec sent;
        const char *video;
        uint8_t pt; /* 0: refused */
    } rows[] = {
        {"the variant that is sent",
         {CODEC_H264, "packetization-mode=1;profile-level-id=42e01f"},
         H264("50", "packetization-mode=1;profile-level-id=64001f")
             H264("51", "packetization-mode=1;profile-level-id=42e01f"),
         51},
        {"a profile that includes it",
         {CODEC_H264, "packetization-mode=1;profile-level-id=42e01f"},
         H264("50", "packetization-mode=1;profile-level-id=64001f"),
         50},
        {"a profile that does not",
         {CODEC_H264, "packetization-mode=1;profile-level-id=64001f"},
         H264("50", "packetization-mode=1;profile-level-id=42e01f"),
         0},
        {"fragments for who takes none",
         {CODEC_H264, "packetization-mode=1;profile-level-id=42e01f"},
         H264("50", "packetization-mode=0;profile-level-id=64001f"),
         0},
        {"no profile named",
         {CODEC_H264, "packetization-mode=1;profile-level-id=64001f"},
         "a=rtpmap:50 H264/90000\r\n",
         50},
        {"VP9 of another profile",
         {CODEC_VP9, "profile-id=2"},
         "a=rtpmap:50 VP9/90000\r\na=fmtp:50 profile-id=0\r\n",
         0},
        {"VP9 of the same", {CODEC_VP9, "profile-id=0"}, "a=rtpmap:52 VP9/90000\r\n", 52},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        const struct player_codec codecs[] = {vp8_opus[0], rows[i].sent};
        struct negotiated *n = NULL;
        struct error e = {0};
        char text[2048];
        int r;

        snprintf(text, sizeof text, HEAD BUNDLE AUDIO VIDEO("%s"), rows[i].video);
        r = negotiate_text(&n, text, codecs, 2, &e);
        if ((r == 0) != (rows[i].pt != 0))
            print_error("%s: %d %s\n", rows[i].name, r, e.text);
        assert_int_equal(r, rows[i].pt ? 0 : ERR_UNSUPPORTED);
        if (r == 0) {
            assert_int_equal(n->sections[1].n_codecs, 1);
            assert_int_equal(n->sections[1].codecs[0].pt, rows[i].pt);
            assert_int_equal(player_format(&n->sections[1], &rows[i].sent), 0);
        }
        negotiated_free(n);
    }
}

/* Of a kind that nobody publishes all that may come is named, the group's choice first. */
static void test_nothing_published(void **state)
{
    const struct player_codec sent = {CODEC_H264, "packetization-mode=1;profile-level-id=42e01f"};
    const struct player_codec other = {CODEC_AV1, ""};
    struct negotiated *n = negotiated(
        HEAD BUNDLE AUDIO VIDEO(H264("50", "packetization-mode=1;profile-level-id=42e01f") H264(
            "52",
            "packetization-mode=1;profile-level-id=64001f") "a=rtpmap:51 VP8/90000\r\na=rtpmap:53 "
                                                            "AV1/90000\r\n"),
        nothing_yet, LENGTH(nothing_yet));
    const struct up_section *video = &n->sections[1];

    (void)state;
    assert_int_equal(video->n_codecs, 3);
    assert_int_equal(video->codecs[0].pt, 51);
    assert_int_equal(video->codecs[1].pt, 50);
    assert_int_equal(video->codecs[2].pt, 52);
    assert_int_equal(player_format(video, &sent), 1); /* the variant itself */
    assert_int_equal(player_format(video, &other), -1);
    negotiated_free(n);
}

static void test_refused(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        int code;
        const char *place, *error; /* parts of it */
    } rows[] = {
        {"another codec", HEAD BUNDLE AUDIO VIDEO(H264("50", "packetization-mode=1")),
         ERR_UNSUPPORTED, "m-line 2", "the player takes H264, but the stream's video is VP8"},
        {"codecs that are none of ours", HEAD BUNDLE AUDIO VIDEO("a=rtpmap:50 H265/90000\r\n"),
         ERR_UNSUPPORTED, "m-line 2", "no codec that this server forwards"},
        {"a publisher",
         HEAD "a=group:BUNDLE 1\r\na=sendonly\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n"
              "a=mid:1\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n",
         ERR_INVALID, "", "no audio or video that the player receives"},
        {"data alone", HEAD "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n",
         ERR_INVALID, "", "no audio or video that the player receives"},
        {"no rtcp-mux",
         HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 109\r\na=mid:0\r\n"
              "a=rtpmap:109 opus/48000/2\r\n",
         ERR_INVALID, "m-line 1", "no rtcp-mux"},
        {"Plan B",
         HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 109\r\na=rtcp-mux\r\n"
              "a=rtpmap:109 opus/48000/2\r\n",
         ERR_UNSUPPORTED, "m-line 1", "no mid"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct negotiated *n = NULL;
        struct error e = {0};
        int r = negotiate_text(&n, rows[i].text, vp8_opus, LENGTH(vp8_opus), &e);

        if (r != rows[i].code || strcmp(e.place, rows[i].place) != 0 ||
            !strstr(e.text, rows[i].error))
            fail_msg("%s: %d %s: %s", rows[i].name, r, e.place, e.text);
        assert_null(n);
    }
}

/* What the group has is named where nothing is published, as the player's is. */
static void test_refused_by_the_group(void **state)
{
    struct negotiated *n = NULL;
    struct error e = {0};

    (void)state;
    assert_int_equal(negotiate_text(&n, HEAD BUNDLE AUDIO VIDEO("a=rtpmap:50 AV1/90000\r\n"),
                                    nothing_yet, LENGTH(nothing_yet), &e),
                     ERR_UNSUPPORTED);
    assert_string_equal(e.text, "the player takes AV1, but the group's video is VP8, H264");
}

/* One section of a kind is enough, and one that the player does not receive in is refused. */
static void test_sections(void **state)
{
    struct negotiated *n = negotiated(
        HEAD "a=group:BUNDLE 0 1 2 3\r\n" AUDIO VIDEO(
            "a=rtpmap:51 VP8/90000\r\n") "m=video 9 UDP/TLS/RTP/SAVPF "
                                         "51\r\na=mid:2\r\na=rtcp-mux\r\na=rtpmap:51 VP8/90000\r\n"
                                         "m=audio 9 UDP/TLS/RTP/SAVPF "
                                         "109\r\na=mid:3\r\na=sendonly\r\na=rtcp-mux\r\n"
                                         "a=rtpmap:109 opus/48000/2\r\n",
        vp8_opus, LENGTH(vp8_opus));

    (void)state;
    assert_int_equal(player_section(n, TRACK_AUDIO), 0);
    assert_int_equal(player_section(n, TRACK_VIDEO), 1);
    assert_false(n->sections[2].is_accepted || n->sections[3].is_accepted);
    assert_int_equal(n->sections[1].codecs[0].rtx_pt, 0); /* none was offered */
    negotiated_free(n);

    /* the server shakes hands first where the player says that it waits */
    n = negotiated(HEAD "a=setup:passive\r\n" AUDIO, vp8_opus, LENGTH(vp8_opus));
    assert_false(n->remote.is_dtls_client);
    negotiated_free(n);
}

/* The two-byte form stands beside the other where both say so (RFC 8285 section 4.1.2). */
static void test_long_extensions(void **state)
{
#define EXTENSIONS                                                                                 \
    "a=extmap:20 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"    \
    "a=extmap:2/recvonly http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"           \
    "a=extmap:4/sendonly urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    struct negotiated *n =
        negotiated(HEAD BUNDLE AUDIO VIDEO("a=rtpmap:51 VP8/90000\r\n" EXTENSIONS), vp8_opus,
                   LENGTH(vp8_opus));

    (void)state;
    assert_int_equal(n->sections[1].ext_ids[HEADER_EXT_TRANSPORT_CC], 0);
    assert_int_equal(n->sections[1].ext_ids[HEADER_EXT_ABS_SEND_TIME], 2);
    assert_int_equal(n->sections[1].ext_directed, 1u << HEADER_EXT_ABS_SEND_TIME);
    assert_int_equal(n->sections[1].ext_ids[HEADER_EXT_MID], 0); /* it sends those, we do not */
    negotiated_free(n);
    n = negotiated(HEAD BUNDLE
                   "a=extmap-allow-mixed\r\n" AUDIO VIDEO("a=rtpmap:51 VP8/90000\r\n" EXTENSIONS),
                   vp8_opus, LENGTH(vp8_opus));
    assert_int_equal(n->sections[1].ext_ids[HEADER_EXT_TRANSPORT_CC], 20);
    negotiated_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_browsers), cmocka_unit_test(test_gstreamer),
        cmocka_unit_test(test_formats),  cmocka_unit_test(test_nothing_published),
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_refused_by_the_group),
        cmocka_unit_test(test_sections), cmocka_unit_test(test_long_extensions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
