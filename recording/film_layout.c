#include "recording/film_layout.h"

#include <stdint.h>

/* Columns beside the large picture: how many tiles they hold, and what part of the width each takes
 * (1/16: of 1280, 320, 240 and 160 pixels). */
static const struct strip {
    size_t n_max;
    int columns, width_16ths;
} strips[] = {{4, 1, 4}, {10, 2, 3}, {SIZE_MAX, 3, 2}};

static int even(int n)
{
    return n & ~1;
}

/* Equal tiles in `columns` columns, row by row; what the last row lacks is in its middle. */
static void fill_grid(struct film_tile **tiles, size_t n, const struct film_rect *place,
                      int columns, bool is_strip)
{
    int rows = ((int)n + columns - 1) / columns;
    int width = even(place->width / columns), height = even(place->height / rows);

    /* In a strip tiles keep their shape. */
    if (is_strip && height > width * 9 / 16)
        height = even(width * 9 / 16);
    for (size_t i = 0; i < n; i++) {
        int row = (int)i / columns, column = (int)i % columns;
        int in_row = row == rows - 1 ? (int)n - row * columns : columns;
        int left = is_strip ? 0 : even((place->width - in_row * width) / 2);

        tiles[i]->rect = (struct film_rect){place->x + left + column * width,
                                            place->y + row * height, width, height};
    }
}

static size_t find_large(const struct film_tile *tiles, size_t n)
{
    size_t large = SIZE_MAX;

    for (size_t i = 0; i < n; i++) {
        if (tiles[i].is_screen)
            return i;
        if (tiles[i].is_speaker)
            large = i;
    }
    return large;
}

void film_layout(struct film_tile *tiles, size_t n, int width, int height)
{
    struct film_tile *small[FILM_TILES_MAX];
    size_t large = find_large(tiles, n), n_small = 0;
    struct film_rect all = {0, 0, width, height}, beside = all;
    const struct strip *strip = strips;
    int columns = 1;

    for (size_t i = 0; i < n; i++) {
        tiles[i].rect = (struct film_rect){0};
        if (i != large && n_small < FILM_TILES_MAX - (large < n))
            small[n_small++] = &tiles[i];
    }
    if (large < n && n_small == 0) {
        tiles[large].rect = all;
    } else if (large < n) {
        while (n_small > strip->n_max)
            strip++;
        beside.width = even(width * strip->width_16ths / 16) * strip->columns;
        beside.x = width - beside.width;
        tiles[large].rect = (struct film_rect){0, 0, beside.x, height};
        fill_grid(small, n_small, &beside, strip->columns, true);
    } else if (n_small > 0) {
        while ((size_t)columns * (size_t)columns < n_small)
            columns++;
        fill_grid(small, n_small, &all, columns, false);
    }
}

struct film_rect film_fit(const struct film_rect *place, int width, int height)
{
    struct film_rect r = *place;

    if (width <= 0 || height <= 0)
        return r;
    if ((int64_t)place->width * height > (int64_t)place->height * width)
        r.width = even((int)((int64_t)place->height * width / height));
    else
        r.height = even((int)((int64_t)place->width * height / width));
    if (r.width < 2)
        r.width = 2;
    if (r.height < 2)
        r.height = 2;
    r.x = place->x + even((place->width - r.width) / 2);
    r.y = place->y + even((place->height - r.height) / 2);
    return r;
}
