/*
 * Where each picture of a film goes: one large, a screen that is shared before who speaks, and the
 * others beside it; all of one size while nobody has spoken. Pure.
 */
#ifndef NEREID_RECORDING_FILM_LAYOUT_H
#define NEREID_RECORDING_FILM_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

/** More pictures than these are not shown. */
#define FILM_TILES_MAX 25

/** All numbers are even, as pictures with half as many colours want them. */
struct film_rect {
    int x, y, width, height;
};

struct film_tile {
    bool is_screen, is_speaker;
    struct film_rect rect; /* width 0: not shown */
};

/** Fill in `rect` of all. @param tiles in the order in which they are to stand */
void film_layout(struct film_tile *tiles, size_t n, int width, int height);
/** The largest rectangle of the shape of `width` x `height` in the middle of `place`. */
struct film_rect film_fit(const struct film_rect *place, int width, int height);

#endif
