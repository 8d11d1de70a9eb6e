#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/payload_h264.h"

static void test_keyframe(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[20];
        size_t len;
        enum keyframe_test want;
    } rows[] = {
        {"SPS alone", {0x67, 0x42}, 2, KEYFRAME_YES},
        {"PPS", {0x68, 0xce}, 2, KEYFRAME_NO},
        {"IDR slice after them", {0x65, 0x88}, 2, KEYFRAME_NO},
        {"slice", {0x41, 0x9a}, 2, KEYFRAME_NO},
        {"STAP-A with SPS first", {0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68}, 8, KEYFRAME_YES},
        {"STAP-A with SPS second", {0x78, 0, 1, 0x09, 0, 2, 0x67, 0x42}, 8, KEYFRAME_YES},
        {"STAP-A without", {0x78, 0, 1, 0x09, 0, 1, 0x68}, 7, KEYFRAME_NO},
        {"STAP-A cut off", {0x78, 0, 1, 0x09, 0, 9, 0x67}, 7, KEYFRAME_UNKNOWN},
        {"STAP-A with an empty unit", {0x78, 0, 0, 0, 1, 0x67}, 6, KEYFRAME_YES},
        {"STAP-B", {0x79, 0, 1, 0, 1, 0x67}, 6, KEYFRAME_YES},
        {"MTAP16", {0x7a, 0, 1, 0, 1, 9, 9, 9, 0x67}, 9, KEYFRAME_YES},
        {"MTAP24", {0x7b, 0, 1, 0, 1, 9, 9, 9, 9, 0x67}, 10, KEYFRAME_YES},
        {"MTAP24 without", {0x7b, 0, 1, 0, 1, 7, 7, 7, 7, 0x68}, 10, KEYFRAME_NO},
        {"FU-A, start of an SPS", {0x7c, 0x87, 1}, 3, KEYFRAME_YES},
        {"FU-A, middle of an SPS", {0x7c, 0x07, 1}, 3, KEYFRAME_NO},
        {"FU-A, start of an IDR", {0x7c, 0x85, 1}, 3, KEYFRAME_NO},
        {"FU-B, start of an SPS", {0x7d, 0x87, 0, 1, 1}, 5, KEYFRAME_YES},
        {"FU-A cut off", {0x7c}, 1, KEYFRAME_UNKNOWN},
        {"type 0", {0x60, 1}, 2, KEYFRAME_UNKNOWN},
        {"type 30", {0x7e, 1}, 2, KEYFRAME_UNKNOWN},
        {"empty", {0}, 0, KEYFRAME_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        enum keyframe_test test = h264_keyframe(span_of(rows[i].bytes, rows[i].len));

        if (test != rows[i].want)
            print_error("%s: %d\n", rows[i].name, test);
        assert_int_equal(test, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_keyframe)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
