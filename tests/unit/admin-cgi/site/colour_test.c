/* Colours: how they are written, contrast as WCAG 2.2 has it, and shades that can be read. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "admin-cgi/site/colour.h"

#include <math.h>

#include "common/macros.h"

static const struct colour white = {255, 255, 255};
static const struct colour black = {0, 0, 0};

static void written(void **state)
{
    static const char *const wrong[] = {"",        "#",        "0b6b6d",  "#0b6b6",  "#0b6b6d0",
                                        "#0b6b6g", "#0x6b6d1", "# b6b6d", "#+b6b6d", "teal"};
    struct colour c;
    char text[COLOUR_SIZE];

    (void)state;
    assert_true(colour_parse(&c, span_str("#0B6b6d")));
    assert_int_equal(c.red, 0x0b);
    assert_int_equal(c.green, 0x6b);
    assert_int_equal(c.blue, 0x6d);
    colour_format(text, c);
    assert_string_equal(text, "#0b6b6d");
    for (size_t i = 0; i < LENGTH(wrong); i++)
        assert_false(colour_parse(&c, span_str(wrong[i])));
    assert_false(colour_parse(&c, span_of("#0b6b\0d", 7)));
}

/* The figures are those that WCAG's own definition gives for these pairs. */
static void contrast(void **state)
{
    const struct colour grey = {0x77, 0x77, 0x77}, red = {255, 0, 0};

    (void)state;
    assert_true(fabs(colour_contrast(white, black) - 21) < 0.001);
    assert_true(fabs(colour_contrast(black, white) - 21) < 0.001);
    assert_true(fabs(colour_contrast(red, red) - 1) < 0.001);
    assert_true(fabs(colour_contrast(grey, white) - 4.478) < 0.001);
    assert_true(fabs(colour_contrast(red, white) - 3.998) < 0.001);
}

static void mixed(void **state)
{
    struct colour half = colour_mix(black, white, 50);

    (void)state;
    assert_int_equal(half.red, 127);
    assert_int_equal(colour_mix(black, white, 0).blue, 0);
    assert_int_equal(colour_mix(black, white, 100).green, 255);
}

/* Whatever is chosen: it is refused with one that passes, or both of its shades can be read. */
static void shades(void **state)
{
    const struct colour light_ground = {0xe8, 0xef, 0xec}, dark_ground = {0x18, 0x2a, 0x31};
    unsigned accepted = 0, refused = 0;

    (void)state;
    for (unsigned i = 0; i < 4096; i++) {
        struct colour chosen = {(uint8_t)((i >> 8) * 17), (uint8_t)((i >> 4 & 15) * 17),
                                (uint8_t)((i & 15) * 17)};
        struct colour nearest = white;
        struct colour_accent accent;

        if (!colour_accent(&accent, chosen, &nearest)) {
            refused++;
            assert_true(colour_accent(&accent, nearest, NULL));
        } else {
            accepted++;
        }
        assert_true(colour_contrast(accent.light, white) >= COLOUR_CONTRAST_MIN);
        assert_true(colour_contrast(accent.light, light_ground) >= COLOUR_CONTRAST_MIN);
        assert_true(colour_contrast(accent.light_hover, light_ground) >= COLOUR_CONTRAST_MIN);
        assert_true(colour_contrast(accent.dark, dark_ground) >= COLOUR_CONTRAST_MIN);
        assert_true(colour_contrast(accent.dark_hover, dark_ground) >= COLOUR_CONTRAST_MIN);
    }
    assert_true(accepted > 100 && refused > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written),
        cmocka_unit_test(contrast),
        cmocka_unit_test(mixed),
        cmocka_unit_test(shades),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
