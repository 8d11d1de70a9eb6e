#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/payload_av1.h"

/* Aggregation header: Z Y W W N; OBU header: type << 3, extension 4, size 2. */
static void test_keyframe(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[20];
        size_t len;
        enum keyframe_test want;
    } rows[] = {
        {"sequence header and key frame, W=2", {0x28, 2, 0x08, 9, 0x30, 0x10}, 6, KEYFRAME_YES},
        {"the same with lengths, W=0", {0x08, 2, 0x08, 9, 2, 0x30, 0x10}, 7, KEYFRAME_YES},
        {"frame header OBU", {0x28, 2, 0x08, 9, 0x18, 0x10}, 6, KEYFRAME_YES},
        {"metadata between", {0x38, 2, 0x08, 9, 2, 0x28, 9, 0x30, 0x10}, 9, KEYFRAME_YES},
        {"OBU with extension and size", {0x28, 2, 0x08, 9, 0x36, 0x00, 1, 0x10}, 8, KEYFRAME_YES},
        {"inter frame", {0x28, 2, 0x08, 9, 0x30, 0x30}, 6, KEYFRAME_NO},
        {"intra-only frame", {0x28, 2, 0x08, 9, 0x30, 0x50}, 6, KEYFRAME_NO},
        {"shows an existing frame", {0x28, 2, 0x08, 9, 0x30, 0x90}, 6, KEYFRAME_NO},
        {"the frame is in the next packet", {0x58, 0x08, 9}, 3, KEYFRAME_YES},
        {"N is not set", {0x20, 2, 0x08, 9, 0x30, 0x10}, 6, KEYFRAME_NO},
        {"goes on from before", {0xa8, 2, 0x08, 9, 0x30, 0x10}, 6, KEYFRAME_NO},
        {"no sequence header", {0x18, 0x30, 0x10}, 3, KEYFRAME_NO},
        {"length over the end", {0x08, 9, 0x08}, 3, KEYFRAME_UNKNOWN},
        {"length of 9 bytes",
         {0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 1},
         11,
         KEYFRAME_UNKNOWN},
        {"forbidden bit: encrypted", {0x18, 0x88, 9}, 3, KEYFRAME_UNKNOWN},
        {"frame without body", {0x28, 2, 0x08, 9, 0x30}, 5, KEYFRAME_UNKNOWN},
        {"empty element", {0x08, 0, 1}, 3, KEYFRAME_UNKNOWN},
        {"aggregation header alone", {0x08}, 1, KEYFRAME_UNKNOWN},
        {"empty", {0}, 0, KEYFRAME_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        enum keyframe_test test = av1_keyframe(span_of(rows[i].bytes, rows[i].len));

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
