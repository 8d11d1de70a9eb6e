#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "recording/opus_packet.h"

static void test_opus_duration(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[2];
        size_t len;
        int64_t us;
    } rows[] = {
        {"silence of CELT", {0xf8, 0xff}, 2, 20000},
        {"CELT, 2.5 ms", {0x80}, 1, 2500},
        {"SILK, 60 ms", {0x18}, 1, 60000},
        {"hybrid, 10 ms", {0x60}, 1, 10000},
        {"two frames", {0xf9}, 1, 40000},
        {"three frames", {0xfb, 3}, 2, 60000},
        {"more than 120 ms", {0xfb, 7}, 2, 0},
        {"the count is missing", {0xfb}, 1, 0},
        {"empty", {0}, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        print_message("%s\n", rows[i].name);
        assert_int_equal(opus_packet_duration_us(span_of(rows[i].bytes, rows[i].len)), rows[i].us);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opus_duration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
