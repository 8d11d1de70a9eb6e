#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/sent_clock.h"

/* What waited ascends between where it begins and where it has caught up, also where timestamps
 * come round; what comes later has the offset. */
static void test_drawn_together(void **state)
{
    static const struct {
        uint32_t offset, ts, out, len;
    } rows[] = {
        {1000, 5000, 5900, 90000},
        {1000, 5000, 95100, 90000}, /* ten milliseconds for a second */
        {UINT32_MAX - 100, UINT32_MAX - 3000, UINT32_MAX - 2900, 90000},
        {7, UINT32_MAX - 80000, UINT32_MAX - 79000, 90000},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct sent_clock c = {.offset = 12345};
        uint32_t live = rows[i].ts + rows[i].len, before = rows[i].out;

        sent_clock_draw_together(&c, rows[i].offset, rows[i].ts, rows[i].out, rows[i].len);
        assert_int_equal(rows[i].out, sent_clock_ts(&c, rows[i].ts));
        for (uint32_t since = 3000; since < rows[i].len; since += 3000) {
            uint32_t sent = sent_clock_ts(&c, rows[i].ts + since);

            assert_true((int32_t)(sent - before) > 0);
            assert_true((int32_t)(live + rows[i].offset - sent) > 0);
            before = sent;
        }
        assert_int_equal(live + rows[i].offset, sent_clock_ts(&c, live));
        assert_int_equal(live + rows[i].offset + 3000, sent_clock_ts(&c, live + 3000));
        sent_clock_place(&c, 5);
        assert_int_equal(rows[i].ts + 5, sent_clock_ts(&c, rows[i].ts));
    }
}

/* After thirteen hours a source's timestamps are there again where a keyframe waited once. */
static void test_forgets(void **state)
{
    struct sent_clock c = {0};
    uint32_t ts = 1000;

    (void)state;
    sent_clock_draw_together(&c, 0, 1000, 90000, 90000);
    for (unsigned i = 0; i < 100; i++, ts += 3000)
        sent_clock_passed(&c, ts);
    assert_int_equal(90000, sent_clock_ts(&c, 1000)); /* it may be asked for again */
    for (; ts > 300000; ts += 3000000)
        sent_clock_passed(&c, ts);
    assert_int_equal(1000, sent_clock_ts(&c, 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawn_together),
        cmocka_unit_test(test_forgets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
