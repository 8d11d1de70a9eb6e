#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/macros.h"
#include "mediad/heap_trim.h"

static void test_is_due(void **state)
{
    /* members at each look, and whether it is time then */
    static const struct {
        size_t n;
        bool is_due;
    } looks[] = {
        {0, false},   /* nobody yet */
        {3, false},   /* few */
        {0, false},   /* three have left: not worth it */
        {150, false}, /* they come */
        {200, false}, /* still */
        {200, true},  /* all are here */
        {200, false}, /* once is enough */
        {150, false}, /* some leave */
        {101, false}, /* not half of them yet */
        {100, true},  /* now */
        {100, false}, /* the next half begins here */
        {120, false}, /* some come back */
        {110, false}, /* not twice as many */
        {61, false},  /* of 120 */
        {60, true},   /* half */
        {0, true},    /* the rest */
        {15, false},  /* few again */
        {15, false},  /* and no more come */
        {8, false},   /* seven of 15 have left */
        {7, true},    /* eight */
    };
    struct heap_trim t = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(looks); i++)
        assert_int_equal(looks[i].is_due, heap_trim_is_due(&t, looks[i].n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_due),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
