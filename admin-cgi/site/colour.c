#include "admin-cgi/site/colour.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define STEP_PERCENT 5
#define HOVER_PERCENT 20

static const struct colour white = {255, 255, 255};
static const struct colour black = {0, 0, 0};
/* --surface-2 of static/css/base.css by day and by night, the ground that is nearest to the accent,
 * and --on-accent by night, which stands on it. */
static const struct colour light_ground = {0xe8, 0xef, 0xec};
static const struct colour dark_ground = {0x18, 0x2a, 0x31};
static const struct colour dark_ink = {0x04, 0x21, 0x1f};

bool colour_parse(struct colour *out, struct span text)
{
    char digits[COLOUR_SIZE];
    unsigned red, green, blue;

    if (text.len != strlen("#rrggbb") || text.data[0] != '#' ||
        !span_copy(span_sub(text, 1, text.len), digits, sizeof digits) ||
        strspn(digits, "0123456789abcdefABCDEF") != strlen("rrggbb") ||
        sscanf(digits, "%2x%2x%2x", &red, &green, &blue) != 3)
        return false;
    *out = (struct colour){(uint8_t)red, (uint8_t)green, (uint8_t)blue};
    return true;
}

void colour_format(char text[COLOUR_SIZE], struct colour c)
{
    snprintf(text, COLOUR_SIZE, "#%02x%02x%02x", c.red, c.green, c.blue);
}

/* WCAG 2.2, "relative luminance". */
static double part(uint8_t value)
{
    double share = value / 255.0;

    return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4);
}

static double luminance(struct colour c)
{
    return 0.2126 * part(c.red) + 0.7152 * part(c.green) + 0.0722 * part(c.blue);
}

double colour_contrast(struct colour a, struct colour b)
{
    double of_a = luminance(a), of_b = luminance(b);

    return (fmax(of_a, of_b) + 0.05) / (fmin(of_a, of_b) + 0.05);
}

static uint8_t mix(uint8_t from, uint8_t to, unsigned percent)
{
    return (uint8_t)((from * (100 - percent) + to * percent) / 100);
}

struct colour colour_mix(struct colour from, struct colour to, unsigned percent)
{
    return (struct colour){mix(from.red, to.red, percent), mix(from.green, to.green, percent),
                           mix(from.blue, to.blue, percent)};
}

static bool is_readable(struct colour c, struct colour ground, struct colour other)
{
    return colour_contrast(c, ground) >= COLOUR_CONTRAST_MIN &&
           colour_contrast(c, other) >= COLOUR_CONTRAST_MIN;
}

/* The first one on the way to `end` that can be read on both grounds: black and white can. */
static struct colour readable(struct colour from, struct colour end, struct colour ground,
                              struct colour other)
{
    struct colour c = from;

    for (unsigned percent = 0; percent <= 100; percent += STEP_PERCENT) {
        c = colour_mix(from, end, percent);
        if (is_readable(c, ground, other))
            break;
    }
    return c;
}

bool colour_accent(struct colour_accent *out, struct colour chosen, struct colour *nearest)
{
    if (!is_readable(chosen, light_ground, white)) {
        if (nearest)
            *nearest = readable(chosen, black, light_ground, white);
        return false;
    }
    out->light = chosen;
    out->light_hover = colour_mix(chosen, black, HOVER_PERCENT);
    out->dark = readable(chosen, white, dark_ground, dark_ink);
    out->dark_hover = colour_mix(out->dark, white, HOVER_PERCENT);
    return true;
}
