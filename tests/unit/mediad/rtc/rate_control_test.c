/* A rate that falls when a line is full: by how much, and how far it comes back once nothing waits.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/rate_control.h"

#define KBPS 1000

static void test_decrease(void **state)
{
    static const struct {
        const char *name;
        int64_t bps, limit_bps;
        int64_t acked_bps, queue_ms;
        int64_t fallen_bps, drained_bps;
    } rows[] = {
        {"what comes through", 1000, 0, 400, 50, 340, 368},
        {"a long queue drains first", 1000, 0, 400, 160, 300, 368},
        {"a line that is a bit narrower", 400, 400, 370, 50, 314, 340},
        {"less is sent than the line carried: chance", 400, 400, 200, 50, 340, 368},
        {"the same with a long queue: another line", 400, 400, 200, 100, 166, 184},
        {"already below the limit: another line", 340, 400, 200, 50, 170, 184},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rate_control c = {.bps = rows[i].bps * KBPS, .limit_bps = rows[i].limit_bps * KBPS};

        if (!rate_control_decrease(&c, rows[i].acked_bps * KBPS, rows[i].queue_ms * US_PER_MS,
                                   US_PER_S) ||
            c.bps / KBPS != rows[i].fallen_bps)
            fail_msg("%s: fell to %d", rows[i].name, (int)c.bps);
        rate_control_drained(&c);
        if (c.bps / KBPS != rows[i].drained_bps)
            fail_msg("%s: came back to %d", rows[i].name, (int)c.bps);
        rate_control_drained(&c); /* once */
        assert_int_equal(c.bps / KBPS, rows[i].drained_bps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_decrease)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
