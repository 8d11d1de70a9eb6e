#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/red.h"

enum { OPUS_PT = 111 };

/* The bytes at the end of memory of their own, so that a look past them is seen. */
static int parse(struct red *out, const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    int r;

    assert_non_null(copy);
    memcpy(copy, bytes, len);
    r = red_parse(out, span_of(copy, len), OPUS_PT);
    free(copy);
    return r;
}

/* What Chromium sends: the frame before once more, 20 ms older, then the new one. */
static void test_two_frames(void **state)
{
    static const uint8_t bytes[] = {
        0x80 | OPUS_PT, 0x0f, 0x00, 0x03, OPUS_PT, 'o', 'l', 'd', 'n', 'e', 'w', '!'};
    struct red red;

    (void)state;
    assert_int_equal(0, parse(&red, bytes, sizeof bytes));
    assert_int_equal(1, red.n_blocks);
    assert_int_equal(960, red.blocks[0].age);
    assert_int_equal(5, red.blocks[0].at);
    assert_int_equal(3, red.blocks[0].len);
    assert_int_equal(8, red.primary_at);
    assert_int_equal(4, red.primary_len);
}

static void test_primary_alone(void **state)
{
    static const uint8_t bytes[] = {OPUS_PT, 'n'};
    struct red red;

    (void)state;
    assert_int_equal(0, parse(&red, bytes, sizeof bytes));
    assert_int_equal(0, red.n_blocks);
    assert_int_equal(1, red.primary_at);
    assert_int_equal(1, red.primary_len);
}

/* The largest age and length that a header can say, and a block of nothing. */
static void test_widest_block(void **state)
{
    uint8_t bytes[9 + 1023 + 1] = {0x80 | OPUS_PT, 0xff, 0xff, 0xff, 0x80 | OPUS_PT, 0, 0, 0,
                                   OPUS_PT};
    struct red red;

    (void)state;
    assert_int_equal(0, parse(&red, bytes, sizeof bytes));
    assert_int_equal(2, red.n_blocks);
    assert_int_equal(0x3fff, red.blocks[0].age);
    assert_int_equal(1023, red.blocks[0].len);
    assert_int_equal(0, red.blocks[1].len);
    assert_int_equal(9 + 1023, red.primary_at);
    assert_int_equal(1, red.primary_len);
}

static void test_malformed(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[16];
        size_t len;
        int code;
    } rows[] = {
        {"nothing", {0}, 0, ERR_TRUNCATED},
        {"a header that is cut off", {0x80 | OPUS_PT, 0x0f, 0x00}, 3, ERR_TRUNCATED},
        {"no header of a primary block", {0x80 | OPUS_PT, 0x0f, 0x00, 0x03}, 4, ERR_TRUNCATED},
        {"headers without an end",
         {0x80 | OPUS_PT, 0, 0, 0, 0x80 | OPUS_PT, 0, 0, 0, 0x80 | OPUS_PT, 0, 0, 0},
         12,
         ERR_TRUNCATED},
        {"a block longer than the payload",
         {0x80 | OPUS_PT, 0x0f, 0x00, 0x04, OPUS_PT, 'o', 'l', 'd'},
         8,
         ERR_TRUNCATED},
        {"blocks that are longer together",
         {0x80 | OPUS_PT, 0x1e, 0x00, 0x02, 0x80 | OPUS_PT, 0x0f, 0x00, 0x02, OPUS_PT, 'o', 'l',
          'd'},
         12,
         ERR_TRUNCATED},
        {"no primary block",
         {0x80 | OPUS_PT, 0x0f, 0x00, 0x03, OPUS_PT, 'o', 'l', 'd'},
         8,
         ERR_TRUNCATED},
        {"a primary header and nothing", {OPUS_PT}, 1, ERR_TRUNCATED},
        {"a primary block of another codec", {0, 'n', 'e', 'w'}, 4, ERR_SYNTAX},
        {"a redundant block of another codec",
         {0x80, 0x0f, 0x00, 0x01, OPUS_PT, 'o', 'n'},
         7,
         ERR_SYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct red red;
        int r = parse(&red, rows[i].bytes, rows[i].len);

        if (r != rows[i].code)
            print_error("%s: %d\n", rows[i].name, r);
        assert_int_equal(rows[i].code, r);
    }
}

static void test_too_many_blocks(void **state)
{
    uint8_t bytes[4 * (RED_BLOCKS_MAX + 1) + 2] = {0};
    struct red red;

    (void)state;
    for (size_t i = 0; i <= RED_BLOCKS_MAX; i++)
        bytes[4 * i] = 0x80 | OPUS_PT;
    bytes[sizeof bytes - 2] = OPUS_PT;
    assert_int_equal(0, parse(&red, bytes + 4, sizeof bytes - 4));
    assert_int_equal(RED_BLOCKS_MAX, red.n_blocks);
    assert_int_equal(ERR_TOO_LARGE, parse(&red, bytes, sizeof bytes));
}

/* Ages, lengths and frames stay as they are. */
static void test_another_payload_type(void **state)
{
    uint8_t bytes[] = {0x80 | OPUS_PT, 0x0f, 0x00,    0x01,    0x80 | OPUS_PT, 0x07,
                       0x80,           0x01, OPUS_PT, OPUS_PT, OPUS_PT,        OPUS_PT};
    static const uint8_t want[] = {0x80 | 96, 0x0f, 0x00, 0x01,    0x80 | 96, 0x07,
                                   0x80,      0x01, 96,   OPUS_PT, OPUS_PT,   OPUS_PT};

    (void)state;
    red_set_block_pt(bytes, 96);
    assert_memory_equal(want, bytes, sizeof bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_frames),      cmocka_unit_test(test_primary_alone),
        cmocka_unit_test(test_widest_block),    cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_too_many_blocks), cmocka_unit_test(test_another_payload_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
