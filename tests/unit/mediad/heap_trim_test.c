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
        {0, false},   {3, false},   {0, false},   /* too few to matter */
        {200, false}, {150, false}, {101, false}, /* most are still here */
        {100, true},                              /* half have left */
        {100, false}, {60, false},  {120, false}, /* the next most begins here */
        {61, false},  {60, true},   {0, true},    /* all of them */
        {0, false},   {5, false},   {2, false},   /* three left */
        {1, true},                                /* four, of five */
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
