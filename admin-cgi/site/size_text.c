#include "admin-cgi/site/size_text.h"

#include <inttypes.h>
#include <strings.h>

#include "common/macros.h"

#define UNIT_MAX 3 /* letters */
#define GROUP_OF_DIGITS 3

static const struct {
    const char *name;
    int64_t bytes;
} units[] = {
    {"TB", INT64_C(1000000000000)},
    {"TiB", INT64_C(1) << 40},
    {"GB", 1000000000},
    {"GiB", 1 << 30},
    {"MB", 1000000},
    {"MiB", 1 << 20},
    {"kB", 1000},
    {"KiB", 1 << 10},
};

/* 1 for bytes; 0: there is no such unit. */
static int64_t unit_of(struct span name)
{
    if (!name.len || (name.len == 1 && (name.data[0] == 'B' || name.data[0] == 'b')))
        return 1;
    for (size_t i = 0; i < LENGTH(units) && name.len <= UNIT_MAX; i++) {
        if (strlen(units[i].name) == name.len &&
            strncasecmp(units[i].name, (const char *)name.data, name.len) == 0)
            return units[i].bytes;
    }
    return 0;
}

/* Digits, of which those behind `scale` tenths are a part of one, as the last `n_behind` of them
 * are. @return how many bytes they take */
static size_t read_number(struct span text, double *out, size_t *n_behind)
{
    double value = 0, scale = 0;
    size_t i = 0;

    *n_behind = 0;
    for (; i < text.len; i++) {
        char c = (char)text.data[i];

        if (c >= '0' && c <= '9') {
            value = value * 10 + (c - '0');
            scale *= 10;
            *n_behind += scale > 0;
        } else if ((c == '.' || c == ',') && scale == 0 && i > 0) {
            scale = 1;
        } else {
            break;
        }
    }
    *out = scale > 0 ? value / scale : value;
    return i;
}

bool size_text_read(struct span text, int64_t *bytes)
{
    double number;
    struct span all = span_trim(text);
    size_t n_behind, n = read_number(all, &number, &n_behind);
    int64_t unit = n ? unit_of(span_trim(span_of(all.data + n, all.len - n))) : 0;

    /* "1,500 MB" is 1500 MB for some and 1.5 MB for others; "0.125 GB" is one for all. */
    if (n_behind == GROUP_OF_DIGITS && all.data[0] != '0')
        return false;
    /* 2^53: beyond it a double does not hold each byte, and no disk does either. What is no number
     * (infinity by infinity) is not below it. */
    if (!unit || !(number * (double)unit <= 9007199254740992.0))
        return false;
    *bytes = (int64_t)(number * (double)unit + 0.5);
    return true;
}

const char *size_text_exact(struct arena *a, int64_t bytes)
{
    for (size_t i = 0; i < LENGTH(units) && bytes > 0; i++) {
        if (bytes % units[i].bytes == 0)
            return arena_printf(a, "%" PRId64 " %s", bytes / units[i].bytes, units[i].name);
    }
    return arena_printf(a, "%" PRId64, bytes);
}
