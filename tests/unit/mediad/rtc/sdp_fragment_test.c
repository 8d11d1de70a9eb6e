/* SDP fragments of clients, and ours. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/sdp_fragment.h"

#define CANDIDATE "a=candidate:1 1 udp 2130706431 192.0.2.2 5000 typ host\r\n"
#define CREDENTIALS "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"

static void test_parse(void **state)
{
    static const struct {
        const char *name, *text;
        int code;
        const char *place, *ufrag;
        unsigned n_candidates;
        bool has_end;
    } rows[] = {
        {"a browser's trickle",
         CREDENTIALS "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n" CANDIDATE CANDIDATE
                     "a=end-of-candidates\r\n",
         0, "", "EsAw", 2, true},
        {"credentials in the section",
         "a=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n" CREDENTIALS
             CANDIDATE,
         0, "", "EsAw", 1, false},
        {"credentials twice, alike", CREDENTIALS CREDENTIALS, 0, "", "EsAw", 0, false},
        {"the end alone", "a=end-of-candidates", 0, "", "", 0, true},
        {"lines without CR", "a=mid:0\na=end-of-candidates\n", 0, "", "", 0, true},
        {"a candidate alone", CANDIDATE, 0, "", "", 1, false},
        {"credentials that differ", CREDENTIALS "a=ice-ufrag:other\r\n", ERR_SYNTAX, "line 3", "",
         0, false},
        {"an empty password", "a=ice-pwd:\r\n", ERR_SYNTAX, "line 1", "", 0, false},
        {"a candidate cut off", "a=mid:0\r\na=candidate:1 1 udp\r\n", ERR_SYNTAX, "line 2", "", 0,
         false},
        {"nothing", "", ERR_SYNTAX, "", "", 0, false},
        {"nothing of ICE", "a=mid:0\r\n", ERR_SYNTAX, "", "", 0, false},
        {"no lines of SDP", "{\"candidate\": 1}", ERR_SYNTAX, "line 1", "", 0, false},
        {"an empty line inside", "a=mid:0\r\n\r\n" CANDIDATE, ERR_SYNTAX, "line 2", "", 0, false},
        {"a control character", "a=x:\x01\r\n", ERR_SYNTAX, "line 1", "", 0, false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct sdp_fragment f = {.n_candidates = 77};
        struct error e = {0};
        int r = sdp_fragment_parse(&f, span_str(rows[i].text), &e);

        if (r != rows[i].code || strcmp(e.place, rows[i].place) != 0)
            fail_msg("%s: %d at \"%s\"", rows[i].name, r, e.place);
        if (r < 0) {
            assert_int_equal(77, f.n_candidates);
            assert_true(e.text[0] != '\0');
        } else if (f.n_candidates != rows[i].n_candidates ||
                   f.has_end_of_candidates != rows[i].has_end ||
                   !span_eq_str(f.ufrag, rows[i].ufrag)) {
            fail_msg("%s: read otherwise", rows[i].name);
        }
    }
}

static void test_too_much(void **state)
{
    struct sdp_fragment f;
    struct error e = {0};
    struct buf b = {0};

    (void)state;
    for (unsigned i = 0; i < SDP_FRAGMENT_CANDIDATES_MAX; i++)
        buf_add_str(&b, CANDIDATE);
    assert_int_equal(0, sdp_fragment_parse(&f, buf_span(&b), &e));
    buf_add_str(&b, CANDIDATE);
    assert_int_equal(ERR_TOO_LARGE, sdp_fragment_parse(&f, buf_span(&b), &e));
    assert_string_equal("line 257", e.place);
    while (b.len <= 64 * 1024)
        buf_add_str(&b, "a=mid:0\r\n");
    assert_int_equal(ERR_TOO_LARGE, sdp_fragment_parse(&f, buf_span(&b), &e));
    buf_release(&b);
}

static void test_write(void **state)
{
    static const struct sdp_fragment_section sections[] = {{"audio", "a0", 111},
                                                           {"video", "v", 96}};
    struct candidate host;
    struct local_transport local = {.ufrag = "AAbb",
                                    .pwd = "P2uYro0UCOQ4zxjKXaWCBui1",
                                    .is_ice_lite = true,
                                    .candidates = &host,
                                    .n_candidates = 1,
                                    .has_end_of_candidates = true};
    struct sdp_fragment f;
    struct buf b = {0};

    (void)state;
    candidate_host(&host, "192.0.2.1", 8444, 0);
    assert_int_equal(0, sdp_fragment_write(&b, sections, 2, &local));
    assert_string_equal(
        "a=ice-lite\r\na=ice-options:trickle\r\na=group:BUNDLE a0 v\r\n"
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a0\r\na=ice-ufrag:AAbb\r\n"
        "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
        "a=candidate:1 1 udp 2130706431 192.0.2.1 8444 typ host\r\na=end-of-candidates\r\n",
        buf_str(&b));
    assert_int_equal(0, sdp_fragment_parse(&f, buf_span(&b), NULL));
    assert_true(span_eq_str(f.ufrag, "AAbb") && f.n_candidates == 1 && f.has_end_of_candidates);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
