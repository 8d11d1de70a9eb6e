/* Transport-wide feedback, written by hand after its draft's section 3.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mediad/rtc/transport_feedback.h"

/* "10@64000 11- 12@64250 " */
static const char *walk(struct span items, struct transport_feedback_clock *clock)
{
    static char text[512];
    struct transport_feedback f;
    struct transport_feedback_walk w;
    uint16_t number;
    bool has_arrived;
    int64_t arrival_us;

    text[0] = '\0';
    if (transport_feedback_read(&f, items) < 0)
        return "refused";
    w = transport_feedback_walk(&f, clock);
    while (transport_feedback_next(&w, &number, &has_arrived, &arrival_us)) {
        size_t len = strlen(text);

        if (has_arrived)
            snprintf(text + len, sizeof text - len, "%u@%lld ", number, (long long)arrival_us);
        else
            snprintf(text + len, sizeof text - len, "%u- ", number);
    }
    return text;
}

#define ITEMS(...) span_of((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void test_chunks(void **state)
{
    struct transport_feedback_clock clock = {0};

    (void)state;
    /* base 10, three packets, reference 1, a run of 3 small ones */
    assert_string_equal("10@64000 11@64250 12@65000 ",
                        walk(ITEMS(0, 10, 0, 3, 0, 0, 1, 0, 0x20, 3, 0, 1, 3), &clock));
    /* numbers wrap; a vector of single bits: arrived, missing, arrived */
    assert_string_equal("65535@64000 0- 1@64500 ",
                        walk(ITEMS(0xff, 0xff, 0, 3, 0, 0, 1, 1, 0x80 | 0x28, 0, 0, 2), &clock));
    /* pairs of bits: a large one, which may be negative, a small one, a missing one */
    assert_string_equal("7@63750 8@64750 9- ",
                        walk(ITEMS(0, 7, 0, 3, 0, 0, 1, 2, 0xc0 | 0x24, 0, 0xff, 0xff, 4), &clock));
    /* two chunks: a run of two missing ones, then one that arrived */
    assert_string_equal("1- 2- 3@64000 ",
                        walk(ITEMS(0, 1, 0, 3, 0, 0, 1, 3, 0, 2, 0x20, 1, 0), &clock));
}

static void test_what_is_refused(void **state)
{
    struct transport_feedback_clock clock = {0};

    (void)state;
    assert_string_equal("refused", walk(ITEMS(0, 10, 0, 3, 0, 0, 1), &clock));
    assert_string_equal("refused", walk(ITEMS(0, 10, 0, 3, 0, 0, 1, 0, 0x20, 2, 0, 1), &clock));
    assert_string_equal("refused", walk(ITEMS(0, 10, 0, 3, 0, 0, 1, 0, 0x20, 3, 0, 1), &clock));
    assert_string_equal("refused", walk(ITEMS(0, 10, 0, 1, 0, 0, 1, 0, 0x60, 1, 0), &clock));
    assert_string_equal("refused", walk(ITEMS(0, 10, 0, 1, 0, 0, 1, 0, 0x20, 0), &clock));
    assert_string_equal("", walk(ITEMS(0, 10, 0, 0, 0, 0, 1, 0), &clock));
}

/* The reference is 24 bits of 64 ms. */
static void test_clock_comes_round(void **state)
{
    struct transport_feedback_clock clock = {0};

    (void)state;
    assert_string_equal("1@1073741760000 ",
                        walk(ITEMS(0, 1, 0, 1, 0xff, 0xff, 0xff, 0, 0x20, 1, 0), &clock));
    assert_string_equal("2@1073741888000 ",
                        walk(ITEMS(0, 2, 0, 1, 0, 0, 1, 1, 0x20, 1, 0), &clock));
    assert_string_equal("3@1073741760000 ",
                        walk(ITEMS(0, 3, 0, 1, 0xff, 0xff, 0xff, 2, 0x20, 1, 0), &clock));
}

/* libwebrtc fills its feedback up with less than four bytes of padding. */
static void test_odd_padding(void **state)
{
    const uint8_t packet[] = {0xaf, 205, 0, 6, 0, 0, 0,    1, 0, 0, 0, 2, 0, 9,
                              0,    2,   0, 0, 1, 0, 0x20, 2, 4, 8, 0, 0, 0, 4};
    const uint8_t odd[] = {0xaf, 205, 0, 5, 0, 0, 0, 1, 0,    0, 0, 2,
                           0,    9,   0, 1, 0, 0, 1, 0, 0x20, 1, 4, 1};
    struct transport_feedback_clock clock = {0};
    struct span rest = span_of(packet, sizeof packet);
    struct rtcp_packet p;

    (void)state;
    assert_int_equal(0, rtcp_check(rest));
    assert_int_equal(1, rtcp_next(&rest, &p));
    assert_int_equal(RTCP_TRANSPORT_CC, p.kind);
    assert_string_equal("9@65000 10@67000 ", walk(p.items, &clock));
    rest = span_of(odd, sizeof odd);
    assert_int_equal(0, rtcp_check(rest));
    assert_int_equal(1, rtcp_next(&rest, &p));
    assert_string_equal("9@65000 ", walk(p.items, &clock));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_clock_comes_round),
        cmocka_unit_test(test_odd_padding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
