#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/dependency_descriptor.h"

/* Descriptors are written down bit by bit, field after field, as the RTP payload format for AV1 has
 * them in its appendix A. @return bytes; spaces and other signs between the bits are nothing */
static size_t bits(const char *text, uint8_t *out)
{
    size_t n = 0;

    for (; *text; text++) {
        if (*text != '0' && *text != '1')
            continue;
        if (n % 8 == 0)
            out[n / 8] = 0;
        out[n / 8] |= (uint8_t)((*text == '1') << (7 - n % 8));
        n++;
    }
    return (n + 7) / 8;
}

static int parse(struct dependency_descriptor *d, struct dependency_state *state, const char *text)
{
    uint8_t bytes[DEPENDENCY_SIZE_MAX];

    return dependency_parse(d, state, span_of(bytes, bits(text, bytes)));
}

/* Two temporal layers, two decode targets, one chain; templates from id 60 on. */
#define L1T2_STRUCTURE                                                                             \
    " 111100 00001"                        /* offset 60, two targets */                            \
    " 00 01 11"                            /* T0, T0, T1; no more */                               \
    " 1010 1010 0001"                      /* SS, SS, -D */                                        \
    " 0 1 0001 0 1 0000 0"                 /* none; 2; 1 */                                        \
    " 10 "                                 /* one chain: ns(3) of 1 */                             \
    " 0000 0010 0001"                      /* for each template how far back the chain goes on */  \
    " 1 0000010011111111 0000001011001111" /* 1280x720 */
#define L1T2_KEY "1 1 111100 0000000000001010 10000" L1T2_STRUCTURE

static void test_structure(void **state)
{
    struct dependency_state s = {0};
    struct dependency_descriptor d;

    (void)state;
    assert_int_equal(parse(&d, &s, L1T2_KEY), 0);
    assert_true(d.is_frame_start && d.is_frame_end && d.has_structure && d.references.n == 0);
    assert_int_equal(d.frame_number, 10);
    assert_int_equal(d.sid, 0);
    assert_int_equal(d.tid, 0);
    assert_int_equal(d.indications.present, 3);
    assert_int_equal(d.indications.switches, 3);
    assert_int_equal(d.chain_diffs[0], 0);
    assert_true(s.has_structure);
    assert_int_equal(s.active, 3);
    assert_int_equal(s.structure.n_templates, 3);
    assert_int_equal(s.structure.n_targets, 2);
    assert_int_equal(s.structure.n_chains, 1);
    assert_int_equal(s.structure.height, 720);
    assert_int_equal(s.structure.target_tid[0], 0);
    assert_int_equal(s.structure.target_tid[1], 1);

    /* template 62: T1, in three bytes; ids wrap at 64 */
    assert_int_equal(parse(&d, &s, "1 0 111110 0000000000001011"), 0);
    assert_true(d.is_frame_start && !d.is_frame_end && !d.has_structure && d.references.n > 0);
    assert_int_equal(d.tid, 1);
    assert_int_equal(d.indications.present, 2);
    assert_int_equal(d.indications.discardable, 2);
    assert_int_equal(d.chain_diffs[0], 1);
    assert_int_equal(d.references.n, 1);
    assert_int_equal(d.references.diffs[0], 1);

    /* all of it custom: indications -S, differences of 4, 8 and 12 bits, chain 200; a mask too */
    assert_int_equal(parse(&d, &s,
                           "0 1 111101 0000000000001100 01111"
                           " 01 0010 01 0000 10 00000001 11 000000000010 00 11001000"),
                     0);
    assert_true(!d.is_frame_start && d.is_frame_end && d.references.n > 0);
    assert_int_equal(d.indications.present, 2);
    assert_int_equal(d.indications.switches, 2);
    assert_int_equal(d.chain_diffs[0], 200);
    assert_int_equal(d.references.n, 3);
    assert_int_equal(d.references.diffs[0], 1);
    assert_int_equal(d.references.diffs[1], 2);
    assert_int_equal(d.references.diffs[2], 3);
    assert_int_equal(s.active, 1);
    /* custom and none: predicted from nothing */
    assert_int_equal(parse(&d, &s, "1 1 111101 0000000000001101 00010 00"), 0);
    assert_int_equal(d.references.n, 0);
}

static void test_late(void **state)
{
    struct dependency_state s = {0};
    struct dependency_descriptor d;

    (void)state;
    assert_int_equal(parse(&d, &s, L1T2_KEY), 0);
    assert_int_equal(parse(&d, &s, "1 1 111101 0000000000001110 01000 01"), 0);
    assert_int_equal(s.active, 1);
    assert_int_equal(parse(&d, &s, "1 1 111101 0000000000001100 01000 11"), 0); /* 12 after 14 */
    assert_int_equal(s.active, 1);
    assert_int_equal(parse(&d, &s, L1T2_KEY), 0);
    assert_true(d.has_structure);
    assert_int_equal(s.active, 1);
    /* far back: the sender counts anew */
    assert_int_equal(parse(&d, &s, "1 1 111101 1000000000001100 01000 11"), 0);
    assert_int_equal(s.active, 3);
}

static void test_refused(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        int code;
    } rows[] = {
        {"empty", "", ERR_TRUNCATED},
        {"two bytes", "1 1 000000 00000000", ERR_TRUNCATED},
        {"no structure yet", "1 1 000000 0000000000000000", ERR_NOT_FOUND},
        {"structure cut off", "1 1 000000 0000000000000000 10000 000000 0", ERR_TRUNCATED},
        {"layers without end", "1 1 000000 0000000000000000 10000 000000 00000 00 00 00 00 00",
         ERR_TRUNCATED},
        {"five spatial layers",
         "1 1 000000 0000000000000000 10000 000000 00000 10 10 10 10 10 11 0000000000000000",
         ERR_SYNTAX},
        {"nine temporal layers",
         "1 1 000000 0000000000000000 10000 000000 00000 01 01 01 01 01 01 01 01 01 11 00000000",
         ERR_SYNTAX},
        {"a template that is not there",
         "1 1 000001 0000000000000000 10000 000000 00000 11 10 0"
         " 0 0 00",
         ERR_NOT_FOUND},
    };
    struct dependency_descriptor d = {.frame_number = 99};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct dependency_state s = {0};
        int code = parse(&d, &s, rows[i].text);

        if (code != rows[i].code)
            print_error("%s: %d\n", rows[i].name, code);
        assert_int_equal(code, rows[i].code);
        assert_false(s.has_structure);
        assert_int_equal(d.frame_number, 99);
    }
}

/* @return what dependency_write() makes of it equals the text, but for more zero padding */
static bool writes(const char *text, const struct dependency_descriptor *d, uint16_t shift,
                   const uint32_t *active, const char *want)
{
    uint8_t in[DEPENDENCY_SIZE_MAX], expected[DEPENDENCY_SIZE_MAX] = {0};
    uint8_t out[DEPENDENCY_SIZE_MAX];
    size_t len = bits(text, in);
    size_t want_len = bits(want, expected);

    memset(out, 0xff, sizeof out);
    len = dependency_write(out, span_of(in, len), &d->layout, shift, active ? d->n_targets : 0,
                           active ? *active : 0);
    return (len == want_len || len == want_len + (active != NULL)) &&
           memcmp(out, expected, len) == 0;
}

static void test_write(void **state)
{
    static const char custom[] = "0 1 111101 0000000000001100 01111"
                                 " 01 0010 01 0000 10 00000001 11 000000000010 00 11001000";
    struct dependency_state s = {0};
    struct dependency_descriptor d;
    uint32_t one = 1, two = 2;

    (void)state;
    assert_int_equal(parse(&d, &s, L1T2_KEY), 0);
    assert_true(writes(L1T2_KEY, &d, 0, NULL, L1T2_KEY));
    assert_true(writes(L1T2_KEY, &d, 0xffff, &one,
                       "1 1 111100 0000000000001001 11000" L1T2_STRUCTURE " 01"));
    assert_int_equal(parse(&d, &s, "1 0 111110 1111111111111111"), 0);
    assert_true(writes("1 0 111110 1111111111111111", &d, 2, NULL, "1 0 111110 0000000000000001"));
    assert_true(writes("1 0 111110 1111111111111111", &d, 0, &one,
                       "1 0 111110 1111111111111111 01000 01 0"));
    assert_int_equal(parse(&d, &s, custom), 0);
    assert_true(writes(custom, &d, 0, &two,
                       "0 1 111101 0000000000001100 01111"
                       " 10 0010 01 0000 10 00000001 11 000000000010 00 11001000"));
    assert_true(writes("1 0 111110", &d, 0, NULL, "")); /* too short for one */
}

/* Two spatial layers, of which the upper one needs the lower one at keyframes only (L2T1_KEY). */
static void test_spatial(void **state)
{
    struct dependency_state s = {0};
    struct dependency_descriptor d;

    (void)state;
    assert_int_equal(parse(&d, &s,
                           "1 1 000000 0000000000000001 10000"
                           " 000000 00001"
                           " 00 10 00 11"         /* two of each spatial layer */
                           " 1010 1000 0010 0010" /* SS, S-, -S, -S */
                           " 0  1 0001 0  1 0000 0  1 0001 0"
                           " 11 0 1" /* two chains: ns(3) of 2; targets 0 and 1 */
                           " 0000 0000  0010 0001  0001 0001  0001 0010"
                           " 0"),
                     0);
    assert_int_equal(s.structure.n_chains, 2);
    assert_int_equal(s.structure.max_sid, 1);
    assert_int_equal(s.structure.height, 0);
    assert_int_equal(s.structure.target_sid[0], 0);
    assert_int_equal(s.structure.target_sid[1], 1);
    assert_int_equal(s.structure.target_chain[0], 0);
    assert_int_equal(s.structure.target_chain[1], 1);
    assert_int_equal(parse(&d, &s, "1 1 000011 0000000000000100"), 0);
    assert_int_equal(d.sid, 1);
    assert_int_equal(d.indications.present, 2);
    assert_int_equal(d.chain_diffs[0], 1);
    assert_int_equal(d.chain_diffs[1], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure), cmocka_unit_test(test_late),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_write),
        cmocka_unit_test(test_spatial),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
