#include "admin-cgi/view/chart.h"

#include <inttypes.h>

#include "admin-cgi/local_format.h"
#include "common/macros.h"

int64_t chart_axis(int64_t most, enum chart_unit unit)
{
    /* An axis shorter than this would make mountains of nothing. */
    static const int64_t least[] = {[CHART_COUNT] = 4,
                                    [CHART_BITS] = 100000,
                                    [CHART_PERMILLE] = 100,
                                    [CHART_MILLIONTH] = 10000};
    static const int64_t factors[] = {1, 2, 5, 10};
    int64_t power = 1;

    if (most <= least[unit])
        return least[unit];
    while (power <= most / 10)
        power *= 10;
    for (size_t i = 0; i < LENGTH(factors); i++) {
        if (factors[i] * power >= most)
            return factors[i] * power;
    }
    return most; /* not reached */
}

int64_t chart_most(const int64_t *values, size_t n)
{
    int64_t most = 0;

    for (size_t i = 0; i < n; i++) {
        if (values[i] != CHART_NONE && values[i] > most)
            most = values[i];
    }
    return most;
}

int64_t chart_y10(int64_t value, int64_t axis)
{
    const int64_t height10 = (CHART_BOTTOM - CHART_TOP) * 10;
    double share = axis > 0 ? (double)value / (double)axis : 0;

    if (share < 0)
        share = 0;
    if (share > 1)
        share = 1;
    return CHART_BOTTOM * 10 - (int64_t)(share * (double)height10 + 0.5);
}

int64_t chart_x10(int64_t at, int64_t from, int64_t until)
{
    double share = until > from ? (double)(at - from) / (double)(until - from) : 0;

    return CHART_LEFT * 10 + (int64_t)(share * (CHART_RIGHT - CHART_LEFT) * 10 + 0.5);
}

static void add10(struct buf *out, int64_t tenths)
{
    buf_printf(out, tenths % 10 ? "%" PRId64 ".%" PRId64 : "%" PRId64, tenths / 10, tenths % 10);
}

static int64_t middle10(size_t i, size_t n)
{
    return chart_x10(2 * (int64_t)i + 1, 0, 2 * (int64_t)n);
}

static void add_point(struct buf *out, char command, int64_t x10, int64_t y10)
{
    buf_printf(out, "%c", command);
    add10(out, x10);
    buf_add_str(out, " ");
    add10(out, y10);
}

/* What goes on along one height is one line. */
static bool is_between_equals(const int64_t *values, size_t i, size_t first, size_t end)
{
    return i > first && i + 1 < end && values[i - 1] == values[i] && values[i + 1] == values[i];
}

/* Values from `first` on that have no gap between them. A single one is a short stroke. */
static size_t add_run(struct buf *out, const int64_t *values, size_t n, size_t first, int64_t axis,
                      bool closed)
{
    size_t end = first;
    int64_t half10 = (CHART_RIGHT - CHART_LEFT) * 10 / (int64_t)(2 * n);

    while (end < n && values[end] != CHART_NONE)
        end++;
    if (closed)
        add_point(out, 'M', middle10(first, n), CHART_BOTTOM * 10);
    for (size_t i = first; i < end; i++) {
        if (!is_between_equals(values, i, first, end))
            add_point(out, i == first && !closed ? 'M' : 'L', middle10(i, n),
                      chart_y10(values[i], axis));
    }
    if (end == first + 1)
        add_point(out, 'L', middle10(first, n) + (half10 ? half10 : 1),
                  chart_y10(values[first], axis));
    if (closed) {
        add_point(out, 'L', middle10(end - 1, n), CHART_BOTTOM * 10);
        buf_add_str(out, "Z");
    }
    return end;
}

static void add_runs(struct buf *out, const int64_t *values, size_t n, int64_t axis, bool closed)
{
    for (size_t i = 0; i < n;) {
        if (values[i] == CHART_NONE)
            i++;
        else
            i = add_run(out, values, n, i, axis, closed);
    }
}

void chart_line(struct buf *out, const int64_t *values, size_t n, int64_t axis)
{
    add_runs(out, values, n, axis, false);
}

void chart_area(struct buf *out, const int64_t *values, size_t n, int64_t axis)
{
    add_runs(out, values, n, axis, true);
}

/* Two digits that count, at least: "1.2", "12", "120". */
static int decimals_of(double value)
{
    return value == 0 || value >= 9.95 ? 0 : value >= 0.995 ? 1 : 2;
}

static void add_scaled(struct buf *out, double value, const char *unit, const struct language *l)
{
    local_number_add(out, l, value, decimals_of(value));
    buf_add_str(out, unit);
}

static void add_bits(struct buf *out, int64_t value, const struct language *l)
{
    if (value < 999500) {
        local_number_add(out, l, (double)((value + 500) / 1000), 0);
        buf_add_str(out, " kbit/s");
    } else if (value < 999500000) {
        add_scaled(out, (double)value / 1e6, " Mbit/s", l);
    } else {
        add_scaled(out, (double)value / 1e9, " Gbit/s", l);
    }
}

void chart_value(struct buf *out, int64_t value, enum chart_unit unit, const struct language *l)
{
    double percent = (double)value / (unit == CHART_PERMILLE ? 10 : 1e4);

    switch (unit) {
    case CHART_COUNT:
        local_number_add(out, l, (double)value, 0);
        break;
    case CHART_BITS:
        add_bits(out, value, l);
        break;
    case CHART_PERMILLE:
    case CHART_MILLIONTH:
        local_percent_add(out, l, percent, decimals_of(percent));
        break;
    }
}
