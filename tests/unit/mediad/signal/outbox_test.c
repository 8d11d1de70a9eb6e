#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mediad/signal/outbox.h"

static struct frame *frame(size_t len)
{
    char text[256];
    struct frame *f;

    memset(text, 'x', sizeof text);
    f = frame_new(span_of(text, len));
    assert_non_null(f);
    return f;
}

static int push(struct outbox *o, size_t len, bool is_greeting)
{
    struct frame *f = frame(len);
    int r = outbox_push(o, f, is_greeting, 4, 100, 0);

    frame_unref(f);
    return r;
}

static void test_order(void **state)
{
    struct outbox o = {0};

    (void)state;
    for (size_t round = 0; round < 50; round++) {
        for (size_t len = 1; len <= 4; len++)
            assert_int_equal(push(&o, len, false), 0);
        for (size_t len = 1; len <= 4; len++) {
            struct frame *f = outbox_take(&o, 0);

            assert_non_null(f);
            assert_int_equal(f->len, len);
            frame_unref(f);
        }
        assert_null(outbox_take(&o, 0));
    }
    outbox_release(&o);
}

static void test_limits(void **state)
{
    struct outbox o = {0};

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(push(&o, 10, false), 0);
    assert_int_equal(push(&o, 1, false), ERR_TOO_LARGE);
    assert_int_equal(o.n, 4);
    outbox_release(&o);
    assert_int_equal(push(&o, 60, false), 0);
    assert_int_equal(push(&o, 41, false), ERR_TOO_LARGE);
    assert_int_equal(push(&o, 40, false), 0);
    outbox_release(&o);
}

static void test_a_greeting_has_room_of_its_own(void **state)
{
    struct outbox o = {0};

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(push(&o, 50, true), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(push(&o, 1, false), 0);
    assert_int_equal(push(&o, 1, false), ERR_TOO_LARGE);
    for (int i = 0; i < 1000; i++)
        frame_unref(outbox_take(&o, 0));
    assert_int_equal(o.n, 4);
    outbox_release(&o);
}

static void test_shares_frames(void **state)
{
    struct outbox a = {0}, b = {0};
    struct frame *f = frame(7);

    (void)state;
    assert_int_equal(outbox_push(&a, f, false, 10, 100, 5), 0);
    assert_int_equal(outbox_push(&b, f, false, 10, 100, 5), 0);
    assert_int_equal(f->refs, 3);
    assert_int_equal(a.moved_us, 5);
    outbox_release(&a);
    assert_ptr_equal(outbox_take(&b, 9), f);
    assert_int_equal(b.moved_us, 9);
    frame_unref(f);
    assert_int_equal(f->refs, 1);
    frame_unref(f);
    outbox_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_a_greeting_has_room_of_its_own),
        cmocka_unit_test(test_shares_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
