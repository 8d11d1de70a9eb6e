#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/buf.h"

static void test_append(void **state)
{
    struct buf b = {0};

    (void)state;
    assert_string_equal(buf_str(&b), "");
    assert_int_equal(buf_span(&b).len, 0);
    buf_add_str(&b, "ab");
    buf_add_char(&b, 'c');
    buf_add(&b, "d\0e", 3);
    buf_add(&b, NULL, 0);
    buf_add_span(&b, span_of("fg", 1));
    buf_printf(&b, "-%d-%s", 12, "x");
    assert_int_equal(b.len, 12);
    assert_memory_equal(b.data, "abcd\0ef-12-x", 13);
    assert_int_equal(buf_check(&b), 0);
    buf_clear(&b);
    assert_string_equal(buf_str(&b), "");
    assert_true(b.size > 0);
    buf_release(&b);
    assert_null(b.data);
    buf_release(&b);
}

static void test_growth(void **state)
{
    struct buf b = {0};

    (void)state;
    for (int i = 0; i < 10000; i++) {
        buf_add_char(&b, (char)('a' + i % 26));
        assert_int_equal(b.data[b.len], 0);
    }
    for (int i = 0; i < 10000; i++)
        assert_int_equal(b.data[i], 'a' + i % 26);
    buf_release(&b);
}

static void test_reserve(void **state)
{
    struct buf b = {0};
    char *room = buf_reserve(&b, 5);

    (void)state;
    memcpy(room, "hello", 5);
    b.len += 5;
    buf_add_char(&b, '!');
    assert_string_equal(buf_str(&b), "hello!");
    buf_wipe(&b);
    assert_null(b.data);
}

/* What does not fit into memory leaves what was there, and the next question tells. */
static void test_no_memory(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_add_str(&b, "kept");
    assert_null(buf_reserve(&b, SIZE_MAX)); /* the sum would wrap around */
    assert_int_equal(buf_check(&b), ERR_NO_MEMORY);
    buf_add_str(&b, " lost");
    b.bad = false;
    assert_null(buf_reserve(&b, SIZE_MAX / 2));
    assert_int_equal(buf_check(&b), ERR_NO_MEMORY);
    buf_add_str(&b, " lost");
    buf_printf(&b, " %s", "too");
    assert_string_equal(buf_str(&b), "kept");
    buf_clear(&b);
    buf_add_str(&b, "again");
    assert_string_equal(buf_str(&b), "again");
    assert_int_equal(buf_check(&b), 0);
    buf_release(&b);
}

/* A request for absurd sizes answers NULL under the sanitizers, too, instead of ending the test. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
