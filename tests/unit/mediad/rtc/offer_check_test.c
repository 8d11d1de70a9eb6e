/* Offers of programs: taken whole, or refused with both sides' codecs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/offer_check.h"
#include "mediad/rtc/sdp_parse.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
#define AUDIO                                                                                      \
    "m=audio 9 UDP/TLS/RTP/SAVPF 97\r\na=mid:0\r\na=sendonly\r\na=rtpmap:97 OPUS/48000/2\r\n"
#define H264                                                                                       \
    "m=video 9 UDP/TLS/RTP/SAVPF 106 105\r\na=mid:1\r\na=sendonly\r\na=rtpmap:106 H264/90000\r\n"  \
    "a=rtpmap:105 rtx/90000\r\na=fmtp:105 apt=106\r\n"

static const char *const vp8[] = {"vp8", "opus", NULL};
static const char *const h264[] = {"h264", "vp9", "opus", NULL};
static const char *const sound[] = {"opus", NULL};

static void test_codecs(void **state)
{
    static const struct {
        const char *name, *sdp;
        const char *const *codecs;
        const char *want; /* in the text; NULL: taken */
    } rows[] = {
        {"both allowed", HEAD AUDIO H264 "a=fmtp:106 profile-level-id=42000c\r\n", h264, NULL},
        {"no video codec of the group's", HEAD AUDIO H264, vp8,
         "the offer has H264 as video, and this group allows VP8 ("},
        {"a group without video", HEAD AUDIO H264, sound,
         "the offer has H264 as video, and this group allows none ("},
        {"two of its own, one that nobody has",
         HEAD "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98\r\na=mid:1\r\na=sendonly\r\n"
              "a=rtpmap:96 VP9/90000\r\na=rtpmap:97 VP9/90000\r\na=rtpmap:98 H265/90000\r\n",
         vp8, "the offer has VP9, H265 as video, and this group allows VP8 ("},
        {"audio by its number alone",
         HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=sendonly\r\n", vp8,
         "the offer has PCMU as audio, and this group allows opus ("},
        {"a mode that nobody forwards", HEAD AUDIO H264 "a=fmtp:106 packetization-mode=2\r\n", h264,
         "the offer has H264 as video, and this group allows H264, VP9 ("},
        {"nothing sent there",
         HEAD AUDIO "m=video 9 UDP/TLS/RTP/SAVPF 106\r\na=mid:1\r\na=recvonly\r\n"
                    "a=rtpmap:106 H264/90000\r\n",
         vp8, NULL},
        {"refused by the client itself",
         HEAD AUDIO "m=video 0 UDP/TLS/RTP/SAVPF 106\r\na=mid:1\r\na=rtpmap:106 H264/90000\r\n",
         vp8, NULL},
        {"port 0 because it is bundled",
         HEAD AUDIO "m=video 0 UDP/TLS/RTP/SAVPF 106\r\na=mid:1\r\na=bundle-only\r\n"
                    "a=rtpmap:106 H264/90000\r\n",
         vp8, "the offer has H264 as video"},
        {"data channels besides", HEAD AUDIO "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
         vp8, NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct sdp_session *s = NULL;
        struct error e = {0};
        int r;

        assert_int_equal(0, sdp_parse(&s, span_str(rows[i].sdp), &e));
        r = offer_check_codecs(s, rows[i].codecs, &e);
        if (r != (rows[i].want ? ERR_UNSUPPORTED : 0) ||
            (rows[i].want && strncmp(e.text, rows[i].want, strlen(rows[i].want)) != 0))
            fail_msg("%s: %d %s", rows[i].name, r, e.text);
        sdp_session_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_codecs)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
