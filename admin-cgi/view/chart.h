/*
 * Charts over time as the paths of an SVG, for the template _chart.mustache. Pure.
 */
#ifndef NEREID_ADMIN_CGI_VIEW_CHART_H
#define NEREID_ADMIN_CGI_VIEW_CHART_H

#include <stddef.h>
#include <stdint.h>

#include "admin-cgi/words.h"
#include "common/buf.h"

/* The picture, in its own units: about CSS pixels on a phone. The rules of the value axis go from
 * CHART_LEFT to CHART_RIGHT, values from CHART_TOP down to CHART_BOTTOM. */
#define CHART_WIDTH 400
#define CHART_HEIGHT 150
#define CHART_LEFT 68
#define CHART_RIGHT 394
#define CHART_TOP 10
#define CHART_BOTTOM 126

/** What is no value: the server did not run. */
#define CHART_NONE INT64_MIN

enum chart_unit {
    CHART_COUNT,
    CHART_BITS,     /* bit/s */
    CHART_PERMILLE, /* shown as percent, */
    CHART_MILLIONTH /* these too */
};

/** The end of a value axis that holds `most`: one, two or five and zeros; never 0. */
int64_t chart_axis(int64_t most, enum chart_unit unit);

/** The largest of the values; 0 when there are none. */
int64_t chart_most(const int64_t *values, size_t n);

/** Append the `d` of a line through the middle of each value's span; where there is none, the line
 * has a gap. Nothing at all: "".
 * @param axis as chart_axis() */
void chart_line(struct buf *out, const int64_t *values, size_t n, int64_t axis);
/** The same, closed down to the foot of the picture: the area below the line. */
void chart_area(struct buf *out, const int64_t *values, size_t n, int64_t axis);

/** Where a value stands from the top, in tenths of a unit. */
int64_t chart_y10(int64_t value, int64_t axis);
/** Where an instant stands from the left, in tenths of a unit; `from` and `until` are the ends. */
int64_t chart_x10(int64_t at, int64_t from, int64_t until);

/** "12", "1.2 Mbit/s", "0.4 %", as the language writes them (local_format.h). */
void chart_value(struct buf *out, int64_t value, enum chart_unit unit, const struct language *l);

#endif
