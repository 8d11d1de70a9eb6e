#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "common/opus_duration.h"

static void test_samples(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[2];
        size_t len;
        unsigned samples;
    } rows[] = {
        {"silence of CELT", {0xf8, 0xff}, 2, 960},
        {"CELT, 2.5 ms", {0x80}, 1, 120},
        {"SILK, 60 ms", {0x18}, 1, 2880},
        {"hybrid, 10 ms", {0x60}, 1, 480},
        {"two frames", {0xf9}, 1, 1920},
        {"three frames", {0xfb, 3}, 2, 2880},
        {"more than 120 ms", {0xfb, 7}, 2, 0},
        {"the count is missing", {0xfb}, 1, 0},
        {"empty", {0}, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        print_message("%s\n", rows[i].name);
        assert_int_equal(opus_packet_samples(span_of(rows[i].bytes, rows[i].len)), rows[i].samples);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
