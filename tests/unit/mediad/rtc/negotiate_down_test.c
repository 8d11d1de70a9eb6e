#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/negotiate_down.h"
#include "mediad/rtc/sdp_parse.h"
#include "tests/unit/mediad/rtc/sdp_data.h"

static const struct down_wish audio = {0,   TRACK_AUDIO, CODEC_OPUS, "minptime=10;useinbandfec=1",
                                       "s", "a",         "s",        false};
static const struct down_wish video = {1, TRACK_VIDEO, CODEC_VP8, "", "s", "v", "s", false};
static const struct down_wish h264 = {
    1,   TRACK_VIDEO, CODEC_H264, "packetization-mode=1;profile-level-id=42e01f",
    "s", "v",         "s",        false};

static void set(struct down_plan *p, const struct down_wish *wishes, size_t n)
{
    struct error e = {0};
    int r = down_plan_set(p, wishes, n, &e);

    if (r < 0)
        print_error("%s\n", e.text);
    assert_int_equal(r, 0);
}

static void test_sections_stay(void **state)
{
    const struct down_wish both[] = {audio, video};
    struct down_plan p;
    uint32_t ssrc, rtx_ssrc;

    (void)state;
    down_plan_init(&p, 42);
    set(&p, both, 2);
    assert_int_equal(p.n_sections, 2);
    assert_string_equal(p.sections[1].mid, "1");
    ssrc = p.sections[1].ssrc;
    rtx_ssrc = p.sections[1].rtx_ssrc;
    assert_true(ssrc && rtx_ssrc && ssrc != rtx_ssrc && ssrc != p.sections[0].ssrc);
    assert_int_equal(p.sections[0].rtx_ssrc, 0);
    assert_int_equal(p.sections[0].pt, 111);
    assert_int_equal(p.sections[1].pt, 96);
    assert_int_equal(p.sections[1].rtx_pt, 97);

    set(&p, &audio, 1);
    assert_int_equal(p.n_sections, 2);
    assert_false(p.sections[1].is_active);
    assert_int_equal(down_plan_find(&p, 1), 1);
    set(&p, &video, 1);
    assert_true(p.sections[1].is_active && !p.sections[0].is_active);
    assert_int_not_equal(p.sections[1].ssrc, ssrc); /* numbers start anew, so must SSRCs */
    assert_int_not_equal(p.sections[1].rtx_ssrc, rtx_ssrc);
    ssrc = p.sections[1].ssrc;
    set(&p, both, 2);
    assert_int_equal(p.sections[1].ssrc, ssrc); /* what stays active keeps its own */
    set(&p, &h264, 1);
    assert_int_equal(p.sections[1].codec, CODEC_H264);
    assert_int_equal(p.sections[1].pt, 108);
    assert_int_not_equal(p.sections[1].ssrc, ssrc);
    down_plan_release(&p);
}

static void test_payload_types(void **state)
{
    static const struct {
        const char *name;
        struct down_wish second;
        uint8_t pt, rtx_pt;
    } rows[] = {
        {"the same codec shares its number",
         {2, TRACK_VIDEO, CODEC_VP8, "", "s", "w", "s", false},
         96,
         97},
        {"another codec",
         {2, TRACK_VIDEO, CODEC_VP9, "profile-id=0", "s", "w", "s", false},
         98,
         99},
        {"other parameters need another number",
         {2, TRACK_VIDEO, CODEC_VP8, "max-fs=1200", "s", "w", "s", false},
         98,
         99},
        {"AV1 below 64", {2, TRACK_VIDEO, CODEC_AV1, "", "s", "w", "s", false}, 35, 36},
        {"audio beside", {2, TRACK_AUDIO, CODEC_PCMU, "", "s", "w", "s", false}, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct down_wish wishes[2];
        struct down_plan p;

        wishes[0] = video;
        wishes[1] = rows[i].second;
        down_plan_init(&p, i);
        set(&p, wishes, 2);
        if (p.sections[1].pt != rows[i].pt || p.sections[1].rtx_pt != rows[i].rtx_pt)
            print_error("%s: %u %u\n", rows[i].name, p.sections[1].pt, p.sections[1].rtx_pt);
        assert_int_equal(p.sections[1].pt, rows[i].pt);
        assert_int_equal(p.sections[1].rtx_pt, rows[i].rtx_pt);
        down_plan_release(&p);
    }
}

/* Every section with parameters of its own: numbers stay distinct, and end some time. */
static void test_payload_types_run_out(void **state)
{
    struct down_wish wishes[SDP_SECTIONS_MAX];
    char fmtps[SDP_SECTIONS_MAX][16];
    bool is_used[128] = {false};
    struct down_plan p;
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < SDP_SECTIONS_MAX; i++) {
        wishes[i] = video;
        wishes[i].key = (uint32_t)i;
        snprintf(fmtps[i], sizeof fmtps[i], "x=%zu", i);
        wishes[i].fmtp = fmtps[i];
    }
    down_plan_init(&p, 1);
    while (n < SDP_SECTIONS_MAX && down_plan_set(&p, wishes, n + 1, NULL) == 0)
        n++;
    assert_int_equal(n, (128 - 96) / 2 + (64 - 36) / 2);
    assert_int_equal(p.n_sections, n);
    for (size_t i = 0; i < n; i++) {
        assert_false(is_used[p.sections[i].pt] || is_used[p.sections[i].rtx_pt]);
        is_used[p.sections[i].pt] = true;
        is_used[p.sections[i].rtx_pt] = true;
        assert_true(p.sections[i].rtx_pt >= 96 || p.sections[i].rtx_pt < 64); /* RFC 5761 */
    }
    down_plan_release(&p);
}

static void test_wishes_refused(void **state)
{
    struct down_wish twice[] = {video, video};
    struct down_wish changed = video;
    struct down_wish bad = video;
    char name[NEGOTIATE_ID_MAX + 1];
    struct down_plan p;

    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    down_plan_init(&p, 7);
    set(&p, &video, 1);
    assert_int_equal(down_plan_set(&p, twice, 2, NULL), ERR_INVALID);
    bad.codec = CODEC_OPUS;
    assert_int_equal(down_plan_set(&p, &bad, 1, NULL), ERR_INVALID);
    bad = video;
    bad.track_id = name;
    assert_int_equal(down_plan_set(&p, &bad, 1, NULL), ERR_INVALID);
    changed.kind = TRACK_AUDIO;
    changed.codec = CODEC_OPUS;
    assert_int_equal(down_plan_set(&p, &changed, 1, NULL), ERR_INVALID);
    assert_int_equal(p.n_sections, 1); /* as before */
    assert_true(p.sections[0].is_active);
    assert_int_equal(p.sections[0].codec, CODEC_VP8);
    down_plan_release(&p);
}

static void test_section_limit(void **state)
{
    struct down_plan p;

    (void)state;
    down_plan_init(&p, 7);
    for (uint32_t i = 0; i <= SDP_SECTIONS_MAX; i++) {
        struct down_wish w = video;
        int r;

        w.key = i;
        r = down_plan_set(&p, &w, 1, NULL);
        assert_int_equal(r, i < SDP_SECTIONS_MAX ? 0 : ERR_TOO_LARGE);
    }
    assert_int_equal(p.n_sections, SDP_SECTIONS_MAX);
    down_plan_release(&p);
}

/* A label is a person's text: it must not write lines of its own. */
static void test_hostile_names(void **state)
{
    struct down_wish wishes[] = {video, video};
    struct down_plan p;

    (void)state;
    wishes[0].stream_id = "my camera\r\na=x";
    wishes[0].track_id = "";
    wishes[0].cname = "\xc3\xa9";
    wishes[1].key = 2;
    wishes[1].stream_id = wishes[0].stream_id;
    wishes[1].track_id = "0";
    down_plan_init(&p, 7);
    set(&p, wishes, 2);
    assert_string_equal(p.sections[0].stream_id, "my_camera__a=x");
    assert_string_equal(p.sections[0].track_id, "0");
    assert_string_equal(p.sections[0].cname, "__");
    assert_string_equal(p.sections[1].track_id, "0-1"); /* or Chromium sees a duplicate msid */
    down_plan_release(&p);
}

static int answer(struct down_plan *p, const char *text, struct down_answer *out, struct error *e)
{
    struct sdp_session *s = NULL;
    int r = sdp_parse(&s, span_str(text), e);

    assert_int_equal(r, 0);
    r = down_plan_answer(p, s, out, e);
    sdp_session_free(s);
    return r;
}

static void test_browser_answers(void **state)
{
    static const char *const names[] = {"answer-chromium-audio-video",
                                        "answer-firefox-audio-video"};
    const struct down_wish both[] = {audio, video};

    (void)state;
    for (size_t i = 0; i < LENGTH(names); i++) {
        struct buf b = sdp_data(names[i]);
        struct down_answer a = {0};
        struct error e = {0};
        struct down_plan p;

        down_plan_init(&p, 42);
        set(&p, both, 2);
        if (answer(&p, buf_str(&b), &a, &e) < 0)
            fail_msg("%s: %s %s", names[i], e.place, e.text);
        assert_int_equal(a.n_sections, 2);
        assert_true(a.routes[0].is_accepted && a.routes[1].is_accepted);
        assert_int_equal(a.routes[0].pt, 111);
        assert_int_equal(a.routes[0].rtx_pt, 0);
        assert_int_equal(a.routes[0].ext_ids[HEADER_EXT_MID], 1);
        assert_int_equal(a.routes[0].ext_ids[HEADER_EXT_AUDIO_LEVEL], 3);
        assert_int_equal(a.routes[1].pt, 96);
        assert_int_equal(a.routes[1].rtx_pt, 97);
        assert_int_equal(a.routes[1].ext_ids[HEADER_EXT_ABS_SEND_TIME], 2);
        assert_int_equal(a.routes[1].feedback,
                         FEEDBACK_REMB | FEEDBACK_NACK | FEEDBACK_PLI | FEEDBACK_FIR);
        assert_true(a.remote.is_dtls_client);
        assert_int_equal(a.remote.n_fingerprints, 1);
        down_plan_release(&p);
        buf_release(&b);
    }
}

static void test_inactive_and_refused(void **state)
{
    const struct down_wish both[] = {audio, video};
    struct down_wish two[] = {h264, video};
    struct buf inactive = sdp_data("answer-chromium-inactive");
    struct buf refused = sdp_data("answer-firefox-refused");
    struct down_answer a = {0};
    struct error e = {0};
    struct down_plan p;

    (void)state;
    down_plan_init(&p, 42);
    set(&p, both, 2);
    set(&p, &audio, 1);
    assert_int_equal(answer(&p, buf_str(&inactive), &a, &e), 0);
    assert_true(a.routes[0].is_accepted && !a.routes[1].is_accepted);
    assert_false(p.sections[1].is_stopped);
    struct down_section before = p.sections[1];

    set(&p, both, 2); /* it comes back in its place, as another source */
    assert_int_equal(p.n_sections, 2);
    assert_string_equal(p.sections[1].mid, before.mid);
    assert_int_not_equal(p.sections[1].ssrc, before.ssrc);
    assert_int_not_equal(p.sections[1].rtx_ssrc, before.rtx_ssrc);
    down_plan_release(&p);

    two[1].key = 2;
    two[1].track_id = "w";
    down_plan_init(&p, 42);
    set(&p, two, 2);
    assert_int_equal(answer(&p, buf_str(&refused), &a, &e), 0);
    assert_false(a.routes[0].is_accepted);
    assert_true(a.routes[1].is_accepted);
    assert_true(p.sections[0].is_stopped);
    assert_int_equal(down_plan_find(&p, 1), -1);
    set(&p, two, 2); /* wanted again: a new section, for the old one is dead */
    assert_int_equal(p.n_sections, 3);
    assert_int_equal(down_plan_find(&p, 1), 2);
    down_plan_release(&p);
    buf_release(&inactive);
    buf_release(&refused);
}

#define FP                                                                                         \
    "a=fingerprint:sha-256 "                                                                       \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"                                             \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
#define ICE "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n"
#define HEAD "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
#define VP8_55 "a=rtpmap:55 VP8/90000\r\n"

static void test_answers_refused(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        int code;
        bool is_accepted;
        uint8_t pt, rtx_pt;
    } rows[] = {
        {"the client's own numbers",
         HEAD ICE FP
         "m=video 9 UDP/TLS/RTP/SAVPF 55 56\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\n" VP8_55
         "a=rtpmap:56 rtx/90000\r\na=fmtp:56 apt=55\r\n",
         0, true, 55, 56},
        {"rtx of something else",
         HEAD ICE FP
         "m=video 9 UDP/TLS/RTP/SAVPF 55 56\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\n" VP8_55
         "a=rtpmap:56 rtx/90000\r\na=fmtp:56 apt=54\r\n",
         0, true, 55, 0},
        {"refused, nothing else", HEAD "m=video 0 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n", 0, false, 0,
         0},
        {"no section", HEAD ICE FP, ERR_INVALID, false, 0, 0},
        {"two sections", HEAD ICE FP "m=video 0 X 0\r\na=mid:0\r\nm=video 0 X 0\r\na=mid:1\r\n",
         ERR_INVALID, false, 0, 0},
        {"another mid",
         HEAD ICE FP
         "m=video 9 UDP/TLS/RTP/SAVPF 55\r\na=mid:x\r\na=recvonly\r\na=rtcp-mux\r\n" VP8_55,
         ERR_INVALID, false, 0, 0},
        {"another kind",
         HEAD ICE FP "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\n",
         ERR_INVALID, false, 0, 0},
        {"another codec",
         HEAD ICE FP "m=video 9 UDP/TLS/RTP/SAVPF 55\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\n"
                     "a=rtpmap:55 VP9/90000\r\n",
         ERR_INVALID, false, 0, 0},
        {"no rtcp-mux",
         HEAD ICE FP "m=video 9 UDP/TLS/RTP/SAVPF 55\r\na=mid:0\r\na=recvonly\r\n" VP8_55,
         ERR_UNSUPPORTED, false, 0, 0},
        {"no credentials",
         HEAD FP "m=video 9 UDP/TLS/RTP/SAVPF 55\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\n" VP8_55,
         ERR_INVALID, false, 0, 0},
        {"no fingerprint",
         HEAD ICE
         "m=video 9 UDP/TLS/RTP/SAVPF 55\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\n" VP8_55,
         ERR_INVALID, false, 0, 0},
        {"actpass in an answer",
         HEAD ICE FP "m=video 9 UDP/TLS/RTP/SAVPF 55\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\n"
                     "a=setup:actpass\r\n" VP8_55,
         ERR_INVALID, false, 0, 0},
        {"left out of the bundle",
         HEAD "a=group:BUNDLE 9\r\n" ICE FP
              "m=video 9 UDP/TLS/RTP/SAVPF 55\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\n" VP8_55,
         ERR_UNSUPPORTED, false, 0, 0},
        {"the client only sends",
         HEAD ICE FP
         "m=video 9 UDP/TLS/RTP/SAVPF 55\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\n" VP8_55,
         0, false, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct down_answer a = {.n_sections = 77};
        struct error e = {0};
        struct down_plan p;
        int r;

        down_plan_init(&p, 3);
        set(&p, &video, 1);
        r = answer(&p, rows[i].text, &a, &e);
        if (r != rows[i].code)
            print_error("%s: %d %s %s\n", rows[i].name, r, e.place, e.text);
        assert_int_equal(r, rows[i].code);
        if (r < 0) {
            assert_int_equal(a.n_sections, 77);
            assert_false(p.sections[0].is_stopped);
        } else {
            assert_int_equal(a.routes[0].is_accepted, rows[i].is_accepted);
            assert_int_equal(a.routes[0].pt, rows[i].pt);
            assert_int_equal(a.routes[0].rtx_pt, rows[i].rtx_pt);
        }
        down_plan_release(&p);
    }
}

/* A number of its own, which nothing else in the bundle has; shared where Opus is the same. */
static void test_redundant_audio_is_offered(void **state)
{
    struct down_wish wishes[3] = {audio, audio, audio};
    struct down_plan p;

    (void)state;
    wishes[0].has_red = wishes[1].has_red = wishes[2].has_red = true;
    wishes[1].key = 1;
    wishes[2].key = 2;
    wishes[2].fmtp = "stereo=1";
    down_plan_init(&p, 42);
    set(&p, wishes, 3);
    assert_int_equal(p.sections[0].pt, 111);
    assert_int_equal(p.sections[0].red_pt, 63);
    assert_int_equal(p.sections[1].pt, 111);
    assert_int_equal(p.sections[1].red_pt, 63);
    assert_int_equal(p.sections[2].pt, 96);
    assert_int_equal(p.sections[2].red_pt, 97);
    wishes[0].has_red = wishes[1].has_red = false;
    set(&p, wishes, 3);
    assert_int_equal(p.sections[0].red_pt, 0);
    assert_int_equal(p.sections[2].red_pt, 63);
    down_plan_release(&p);
}

#define RED_ANSWER(formats, lines)                                                                 \
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=ice-ufrag:abcd\r\n"    \
    "a=ice-pwd:abcdefghijklmnopqrstuv\r\na=setup:active\r\na=fingerprint:sha-256 "                 \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"                                             \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"                                          \
    "m=audio 9 UDP/TLS/RTP/SAVPF " formats "\r\na=mid:0\r\na=rtcp-mux\r\na=recvonly\r\n" lines
#define OPUS_LINE(pt) "a=rtpmap:" pt " opus/48000/2\r\n"
#define RED_LINES(pt, fmtp) "a=rtpmap:" pt " red/48000/2\r\na=fmtp:" pt " " fmtp "\r\n"

/* Who does not answer it, or means something else by it, gets Opus alone. */
static void test_redundant_audio_is_answered(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        bool is_offered;
        uint8_t pt, red_pt;
    } rows[] = {
        {"taken", RED_ANSWER("111 63", OPUS_LINE("111") RED_LINES("63", "111/111")), true, 111, 63},
        {"preferred", RED_ANSWER("63 111", OPUS_LINE("111") RED_LINES("63", "111/111")), true, 111,
         63},
        {"under other numbers", RED_ANSWER("96 97", OPUS_LINE("96") RED_LINES("97", "96/96")), true,
         96, 97},
        {"not taken", RED_ANSWER("111", OPUS_LINE("111")), true, 111, 0},
        {"of another codec", RED_ANSWER("111 63", OPUS_LINE("111") RED_LINES("63", "0/0")), true,
         111, 0},
        {"never offered", RED_ANSWER("111 63", OPUS_LINE("111") RED_LINES("63", "111/111")), false,
         111, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct down_wish wish = audio;
        struct down_answer a = {0};
        struct error e = {0};
        struct down_plan p;

        wish.has_red = rows[i].is_offered;
        down_plan_init(&p, 42);
        set(&p, &wish, 1);
        if (answer(&p, rows[i].text, &a, &e) < 0)
            fail_msg("%s: %s %s", rows[i].name, e.place, e.text);
        if (a.routes[0].red_pt != rows[i].red_pt)
            print_error("%s\n", rows[i].name);
        assert_int_equal(a.routes[0].pt, rows[i].pt);
        assert_int_equal(a.routes[0].red_pt, rows[i].red_pt);
        down_plan_release(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sections_stay),
        cmocka_unit_test(test_payload_types),
        cmocka_unit_test(test_payload_types_run_out),
        cmocka_unit_test(test_wishes_refused),
        cmocka_unit_test(test_section_limit),
        cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_browser_answers),
        cmocka_unit_test(test_inactive_and_refused),
        cmocka_unit_test(test_answers_refused),
        cmocka_unit_test(test_redundant_audio_is_offered),
        cmocka_unit_test(test_redundant_audio_is_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
