/*
 * Colours by their red, green and blue, and whether a person can read one upon the other. Pure.
 */
#ifndef NEREID_ADMIN_CGI_SITE_COLOUR_H
#define NEREID_ADMIN_CGI_SITE_COLOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/span.h"

struct colour {
    uint8_t red, green, blue;
};

#define COLOUR_SIZE sizeof "#rrggbb"
/** What text needs upon its ground (WCAG 2.2, 1.4.3). */
#define COLOUR_CONTRAST_MIN 4.5

/** Reads "#rrggbb", digits of either case. @return false: it is something else */
bool colour_parse(struct colour *out, struct span text) MUST_USE;
/** Writes it as "#rrggbb". */
void colour_format(char text[COLOUR_SIZE], struct colour c);
/** The contrast ratio of WCAG 2.2, from 1 (the same) to 21 (black and white). */
double colour_contrast(struct colour a, struct colour b);
/** `percent` of the way from one colour to another. */
struct colour colour_mix(struct colour from, struct colour to, unsigned percent);

/** What a colour is by day and by night, made from one that a person chose. */
struct colour_accent {
    struct colour light, light_hover; /* on light ground: as chosen */
    struct colour dark, dark_hover;   /* on dark ground: brighter, until it can be read */
};
/**
 * The two of them.
 * @param nearest may be NULL; a darker one that can be read, when this one cannot
 * @return false: too bright to be read on light ground
 */
bool colour_accent(struct colour_accent *out, struct colour chosen, struct colour *nearest);

#endif
