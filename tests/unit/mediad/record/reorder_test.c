/* Packets of one track in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/record/reorder.h"

/* What came out: numbers, with a / where some are missing. */
static char seen[4096];

static void see(void *user, const struct record *packet, bool is_after_gap)
{
    size_t len = strlen(seen);

    (void)user;
    assert_int_equal(1, packet->payload.len);
    assert_int_equal((uint8_t)packet->ext_seq, packet->payload.data[0]);
    (void)snprintf(seen + len, sizeof seen - len, "%s%u ", is_after_gap ? "/" : "",
                   (unsigned)packet->ext_seq);
}

static void push(struct reorder *r, uint64_t number, int64_t ms, uint8_t source)
{
    uint8_t byte = (uint8_t)number;
    struct record p = {
        .ext_seq = number, .source = source, .at_us = ms * 1000, .payload = span_of(&byte, 1)};

    reorder_push(r, &p);
}

static struct reorder begin(void)
{
    seen[0] = '\0';
    return (struct reorder){.deliver = see};
}

static void test_orders(void **state)
{
    static const struct {
        const char *name;
        unsigned numbers[12]; /* 0 ends */
        const char *want;     /* before the window ends */
        const char *later;    /* what is added by it */
    } rows[] = {
        {"in order", {5, 6, 7}, "5 6 7 ", ""},
        {"neighbours", {5, 7, 6, 8}, "5 6 7 8 ", ""},
        {"a repeat", {5, 6, 6, 5, 7}, "5 6 7 ", ""},
        {"a repeat of what waits", {5, 7, 7, 6}, "5 6 7 ", ""},
        {"one missing", {5, 7, 8}, "5 ", "/7 8 "},
        {"two gaps", {5, 7, 9}, "5 ", "/7 /9 "},
        {"backwards", {5, 9, 8, 7, 6}, "5 6 7 8 9 ", ""},
        {"earlier than the first", {5, 4, 6}, "5 6 ", ""},
        {"a leap", {5, 5000, 5001}, "5 /5000 5001 ", ""},
        {"a leap over what waits", {5, 7, 5000}, "5 /7 /5000 ", ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct reorder r = begin();
        char want[128];

        for (size_t k = 0; rows[i].numbers[k]; k++)
            push(&r, rows[i].numbers[k], 10, 0);
        reorder_tick(&r, 100000);
        if (strcmp(seen, rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].name, seen);
        reorder_tick(&r, 10000 + REORDER_WINDOW_US);
        (void)snprintf(want, sizeof want, "%s%s", rows[i].want, rows[i].later);
        if (strcmp(seen, want) != 0)
            fail_msg("%s, later: %s", rows[i].name, seen);
        reorder_release(&r);
    }
}

/* Each gap is waited for as long, from when it was noticed. */
static void test_window(void **state)
{
    struct reorder r = begin();

    (void)state;
    push(&r, 5, 0, 0);
    push(&r, 7, 100, 0);
    push(&r, 9, 300, 0);
    reorder_tick(&r, 599000);
    assert_string_equal("5 ", seen);
    reorder_tick(&r, 600000);
    assert_string_equal("5 /7 ", seen);
    push(&r, 6, 610, 0); /* too late */
    reorder_tick(&r, 799000);
    assert_string_equal("5 /7 ", seen);
    reorder_tick(&r, 800000);
    assert_string_equal("5 /7 /9 ", seen);
    reorder_release(&r);
}

static void test_sources(void **state)
{
    struct reorder r = begin();

    (void)state;
    push(&r, 5, 0, 0);
    push(&r, 7, 0, 0);
    push(&r, 3, 0, 1);
    push(&r, 4, 0, 1);
    assert_string_equal("5 /7 /3 4 ", seen);
    reorder_flush(&r);
    assert_string_equal("5 /7 /3 4 ", seen);
    push(&r, 6, 0, 1);
    reorder_flush(&r);
    assert_string_equal("5 /7 /3 4 /6 ", seen);
    reorder_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_sources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
