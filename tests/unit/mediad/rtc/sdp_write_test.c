#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/negotiate_player.h"
#include "mediad/rtc/sdp_parse.h"
#include "mediad/rtc/sdp_write.h"
#include "tests/unit/mediad/rtc/sdp_data.h"

/* What the golden files were written with. Chromium 156 and Firefox ESR 153 accepted all of them.
 */
static struct local_transport golden_transport(struct candidate *candidates)
{
    candidate_host(&candidates[0], "192.0.2.7", 8444, 0);
    candidate_host(&candidates[1], "fd00::7", 8444, 1);
    return (struct local_transport){
        .session_id = 123456789,
        .session_version = 1700000000,
        .ufrag = "abcdefghijklmnop",
        .pwd = "abcdefghijklmnopabcdefghijklmnop",
        .fingerprint = "sha-256 AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:"
                       "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99",
        .is_ice_lite = true,
        .candidates = candidates,
        .n_candidates = 2,
        .has_end_of_candidates = true,
    };
}

static void assert_golden(const struct buf *b, const char *name)
{
    struct buf golden = sdp_data(name);

    assert_true(golden.len > 0);
    if (!span_eq(buf_span(b), buf_span(&golden)))
        print_error("%s: written was\n%s\n", name, buf_str(b));
    assert_true(span_eq(buf_span(b), buf_span(&golden)));
    buf_release(&golden);
}

static void test_answers(void **state)
{
    static const char *const codecs[] = {"vp8", "opus", NULL};
    static const struct up_choice choice = {.codecs = codecs, .receivers = UINT32_MAX};
    static const char *const names[] = {"chromium-camera", "chromium-simulcast",
                                        "chromium-simulcast-paused", "chromium-audio-data",
                                        "firefox-simulcast"};
    struct candidate candidates[2];
    struct local_transport local = golden_transport(candidates);

    (void)state;
    for (size_t i = 0; i < LENGTH(names); i++) {
        struct sdp_session *offer = NULL, *again = NULL;
        struct negotiated *n = NULL;
        struct buf text, b = {0};
        char name[64];

        snprintf(name, sizeof name, "offer-%s", names[i]);
        text = sdp_data(name);
        assert_int_equal(sdp_parse(&offer, buf_span(&text), NULL), 0);
        assert_int_equal(negotiate_offer(&n, offer, &choice, NULL), 0);
        assert_int_equal(sdp_write_answer(&b, n, &local), 0);
        snprintf(name, sizeof name, "our-answer-%s", names[i]);
        assert_golden(&b, name);
        assert_int_equal(sdp_parse(&again, buf_span(&b), NULL), 0); /* we read what we write */
        assert_int_equal(again->n_sections, offer->n_sections);
        assert_true(again->is_ice_lite);
        sdp_session_free(offer);
        sdp_session_free(again);
        negotiated_free(n);
        buf_release(&text);
        buf_release(&b);
    }
}

/* To a player we send: what it is told of the sources is the caller's. */
static void test_answer_to_player(void **state)
{
    static const struct player_codec codecs[] = {{CODEC_OPUS, "minptime=10"}, {CODEC_VP8, ""}};
    static const char *const names[] = {"chromium-player", "firefox-player"};
    struct candidate candidates[2];
    struct local_transport local = golden_transport(candidates);

    (void)state;
    for (size_t i = 0; i < LENGTH(names); i++) {
        struct sdp_session *offer = NULL, *again = NULL;
        struct negotiated *n = NULL;
        struct buf text, b = {0};
        char name[64];

        snprintf(name, sizeof name, "offer-%s", names[i]);
        text = sdp_data(name);
        assert_int_equal(sdp_parse(&offer, buf_span(&text), NULL), 0);
        assert_int_equal(negotiate_player(&n, offer, codecs, LENGTH(codecs), NULL), 0);
        for (unsigned k = 0; k < n->n_sections; k++) {
            struct up_section *s = &n->sections[k];

            s->ssrc = 1000 + k;
            s->rtx_ssrc = s->kind == TRACK_VIDEO ? 2000 : 0;
            snprintf(s->stream_id, sizeof s->stream_id, "stream1");
            snprintf(s->cname, sizeof s->cname, "stream1");
            snprintf(s->track_id, sizeof s->track_id, "track%u", k);
        }
        assert_int_equal(sdp_write_answer(&b, n, &local), 0);
        snprintf(name, sizeof name, "our-answer-%s", names[i]);
        assert_golden(&b, name);
        assert_int_equal(sdp_parse(&again, buf_span(&b), NULL), 0);
        assert_int_equal(again->sections[1].direction, SDP_SENDONLY);
        assert_int_equal(again->sections[1].ssrcs[0].ssrc, 1001);
        sdp_session_free(offer);
        sdp_session_free(again);
        negotiated_free(n);
        buf_release(&text);
        buf_release(&b);
    }
}

static void test_answer_roles(void **state)
{
    struct {
        struct negotiated n;
        struct up_section section;
    } answer = {.n = {.n_sections = 1}};
    struct local_transport local = {.ufrag = "u", .pwd = "p", .fingerprint = "f"};
    struct buf b = {0};
    struct negotiated *n = &answer.n;

    (void)state;
    n->sections[0] = (struct up_section){.is_accepted = true,
                                         .media = "audio",
                                         .proto = "UDP/TLS/RTP/SAVPF",
                                         .mid = "m",
                                         .codecs = {{.codec = CODEC_PCMU, .pt = 0}},
                                         .n_codecs = 1};
    assert_int_equal(sdp_write_answer(&b, n, &local), 0);
    assert_non_null(strstr(buf_str(&b), "\r\na=setup:active\r\n")); /* the client is passive */
    assert_non_null(strstr(buf_str(&b), "\r\na=inactive\r\n"));
    assert_null(strstr(buf_str(&b), "BUNDLE"));
    assert_null(strstr(buf_str(&b), "ice-lite"));
    assert_null(strstr(buf_str(&b), "end-of-candidates"));
    buf_clear(&b);
    n->remote.is_dtls_client = true;
    n->sections[0].is_active = true;
    assert_int_equal(sdp_write_answer(&b, n, &local), 0);
    assert_non_null(strstr(buf_str(&b), "\r\na=setup:passive\r\n"));
    assert_non_null(strstr(buf_str(&b), "\r\na=recvonly\r\n"));
    buf_release(&b);
}

static void write_offer(struct down_plan *p, const char *golden)
{
    struct candidate candidates[2];
    struct local_transport local = golden_transport(candidates);
    struct sdp_session *again = NULL;
    struct buf b = {0};

    assert_int_equal(sdp_write_offer(&b, p, &local), 0);
    assert_golden(&b, golden);
    assert_int_equal(sdp_parse(&again, buf_span(&b), NULL), 0);
    assert_int_equal(again->n_sections, p->n_sections);
    sdp_session_free(again);
    buf_release(&b);
}

static void test_offers(void **state)
{
    const struct down_wish audio_video[] = {
        {0, TRACK_AUDIO, CODEC_OPUS, "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1",
         "stream1", "audio", "stream1", false},
        {1, TRACK_VIDEO, CODEC_VP8, "", "stream1", "video", "stream1", false}};
    const struct down_wish videos[] = {
        {1, TRACK_VIDEO, CODEC_VP8, "", "stream1", "video", "stream1", false},
        {2, TRACK_VIDEO, CODEC_VP8, "", "stream1", "video", "stream1", false}};
    const struct down_wish h264_vp8[] = {
        {1, TRACK_VIDEO, CODEC_H264,
         "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", "stream1",
         "video", "stream1", false},
        {2, TRACK_VIDEO, CODEC_VP8, "", "stream1", "video", "stream1", false}};
    struct down_plan p;

    (void)state;
    down_plan_init(&p, 42);
    assert_int_equal(down_plan_set(&p, audio_video, 2, NULL), 0);
    write_offer(&p, "our-offer-audio-video");
    assert_int_equal(down_plan_set(&p, audio_video, 1, NULL), 0);
    write_offer(&p, "our-offer-inactive");
    down_plan_release(&p);

    down_plan_init(&p, 42);
    assert_int_equal(down_plan_set(&p, videos, 2, NULL), 0);
    write_offer(&p, "our-offer-two-videos");
    down_plan_release(&p);

    down_plan_init(&p, 42);
    assert_int_equal(down_plan_set(&p, h264_vp8, 2, NULL), 0);
    p.sections[0].is_stopped = true;
    assert_int_equal(down_plan_set(&p, h264_vp8, 2, NULL), 0);
    write_offer(&p, "our-offer-stopped");
    down_plan_release(&p);
}

/* Redundant audio stands where the publisher had it, and behind Opus in our own offers. */
static void test_redundant_audio(void **state)
{
    struct down_wish wish = {0, TRACK_AUDIO, CODEC_OPUS, "", "s", "a", "s", true};
    struct candidate candidates[2];
    struct local_transport local = golden_transport(candidates);
    struct {
        struct negotiated n;
        struct up_section section;
    } answer = {.n = {.n_sections = 1}};
    struct up_section *section = &answer.n.sections[0];
    struct down_plan p;
    struct buf b = {0};

    (void)state;
    *section = (struct up_section){
        .is_accepted = true,
        .media = "audio",
        .proto = "UDP/TLS/RTP/SAVPF",
        .codecs = {{.codec = CODEC_OPUS, .pt = 96, .red_pt = 97, .red_fmtp = "96/96/96"},
                   {.codec = CODEC_PCMU, .pt = 0}},
        .n_codecs = 2};
    assert_int_equal(sdp_write_answer(&b, &answer.n, &local), 0);
    assert_non_null(strstr(buf_str(&b), "m=audio 9 UDP/TLS/RTP/SAVPF 96 97 0\r\n"));
    assert_non_null(
        strstr(buf_str(&b), "a=rtpmap:97 red/48000/2\r\na=fmtp:97 96/96/96\r\na=rtpmap:0 "));
    section->codecs[0].is_red_first = true;
    buf_clear(&b);
    assert_int_equal(sdp_write_answer(&b, &answer.n, &local), 0);
    assert_non_null(strstr(buf_str(&b), "m=audio 9 UDP/TLS/RTP/SAVPF 97 96 0\r\n"));

    buf_clear(&b);
    down_plan_init(&p, 42);
    assert_int_equal(down_plan_set(&p, &wish, 1, NULL), 0);
    assert_int_equal(sdp_write_offer(&b, &p, &local), 0);
    assert_non_null(strstr(buf_str(&b), "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\n"));
    assert_non_null(strstr(buf_str(&b), "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"));
    down_plan_release(&p);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),         cmocka_unit_test(test_answer_to_player),
        cmocka_unit_test(test_answer_roles),    cmocka_unit_test(test_offers),
        cmocka_unit_test(test_redundant_audio),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
