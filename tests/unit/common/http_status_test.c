#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/error.h"
#include "common/http_status.h"

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(http_status_reason(200), "OK");
    assert_string_equal(http_status_reason(412), "Precondition Failed");
    assert_string_equal(http_status_reason(299), "");
    assert_string_equal(http_status_reason(-1), "");
}

static void test_every_error_has_a_name(void **state)
{
    (void)state;
    for (int code = 0; code >= ERR_LAST; code--) {
        if (!http_status_reason(err_http_status(code))[0])
            fail_msg("%s is sent as %d, which has no name", err_name(code), err_http_status(code));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_every_error_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
