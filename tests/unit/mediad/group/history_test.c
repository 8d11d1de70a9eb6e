#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mediad/group/history.h"

static struct frame *frame(const char *text)
{
    struct frame *f = frame_new(span_str(text));

    assert_non_null(f);
    return f;
}

static void add(struct history *h, const char *id, const char *source, int64_t now_us)
{
    struct frame *f = frame(id);

    assert_int_equal(history_add(h, id, source, f, now_us), 0);
    frame_unref(f);
}

static void check(const struct history *h, const char *want)
{
    char have[512] = "";
    size_t len = 0;

    for (unsigned i = 0; i < h->n; i++)
        len += (size_t)snprintf(have + len, sizeof have - len, "%s ", h->entries[i].id);
    assert_string_equal(have, want);
}

static void test_clear(void **state)
{
    struct history h = {0};

    (void)state;
    add(&h, "a1", "a", 1);
    add(&h, "b1", "b", 2);
    add(&h, "a2", "a", 3);
    add(&h, "b2", "b", 4);
    history_clear(&h, "b", "a1");
    check(&h, "a1 b1 a2 b2 ");
    history_clear(&h, "b", "b1");
    check(&h, "a1 a2 b2 ");
    history_clear(&h, "a", NULL);
    check(&h, "b2 ");
    history_clear(&h, NULL, NULL);
    check(&h, "");
    history_release(&h);
}

static void test_age(void **state)
{
    struct history h = {0};

    (void)state;
    add(&h, "x", "a", 100);
    add(&h, "y", "a", 200);
    history_expire(&h, 150, 250);
    check(&h, "x y ");
    history_expire(&h, 149, 250);
    check(&h, "y ");
    history_expire(&h, -1, 250);
    check(&h, "");
    history_release(&h);
}

static void test_limit(void **state)
{
    struct history h = {0};
    char id[16];

    (void)state;
    for (int i = 0; i < HISTORY_MAX + 3; i++) {
        snprintf(id, sizeof id, "m%d", i);
        add(&h, id, "a", i);
    }
    assert_int_equal(h.n, HISTORY_MAX);
    assert_string_equal(h.entries[0].id, "m3");
    assert_string_equal(h.entries[HISTORY_MAX - 1].id, "m52");
    history_release(&h);
    assert_int_equal(h.n, 0);
}

static void test_frames_are_shared(void **state)
{
    struct history h = {0};
    struct frame *f = frame("x");

    (void)state;
    assert_int_equal(history_add(&h, "i", "s", f, 0), 0);
    assert_int_equal(f->refs, 2);
    history_release(&h);
    assert_int_equal(f->refs, 1);
    frame_unref(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clear),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_frames_are_shared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
