#include "admin-cgi/local_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/sentence.h"
#include "common/macros.h"

#define NO_BREAK "\u00a0"
#define NARROW "\u202f" /* and no break, too */
#define NUMBER_MAX 64
#define SIZE "size" /* in the catalogues' "{size} GB" */

/** How one language writes. In `time` and `day`, %d, %m and %Y are figures, %D and %M without
 * zeros before them, %B is the month's name, %t hour and minute. */
struct local_format {
    const char *tag;
    const char *decimal;
    const char *group; /* between thousands; "": nothing */
    size_t ungrouped;  /* figures that still have none: 4 where "1234" is written so */
    const char *percent;
    const char *time, *day;
    const char *months[12]; /* within a date */
};

static const struct local_format neutral = {
    .decimal = ".", .group = "", .percent = " %", .time = "%Y-%m-%d %t", .day = "%m-%d"};

static const struct local_format formats[] = {
    {"ar",
     ".",
     ",",
     3,
     "%",
     "%D %B %Y، %t",
     "%D/%M",
     {"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر",
      "نوفمبر", "ديسمبر"}},
    {"de", ",", ".", 3, NO_BREAK "%", "%d.%m.%Y, %t", "%D.%M.", {NULL}},
    {"en",
     ".",
     ",",
     3,
     NO_BREAK "%",
     "%Y-%m-%d %t",
     "%D %B",
     {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}},
    {"es",
     ",",
     ".",
     4,
     NO_BREAK "%",
     "%D %B %Y, %t",
     "%D/%M",
     {"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"}},
    {"fr",
     ",",
     NARROW,
     3,
     NARROW "%",
     "%D %B %Y à %t",
     "%d/%m",
     {"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
      "déc."}},
    {"zh", ".", ",", 3, "%", "%Y年%M月%D日 %t", "%M月%D日", {NULL}},
};

static const struct local_format *format_of(const struct language *l)
{
    for (size_t i = 0; l && i < LENGTH(formats); i++) {
        if (strcmp(formats[i].tag, language_tag(l)) == 0)
            return &formats[i];
    }
    return &neutral;
}

void local_number_add(struct buf *out, const struct language *l, double value, int decimals)
{
    const struct local_format *f = format_of(l);
    char text[NUMBER_MAX];
    size_t whole, from;

    if (snprintf(text, sizeof text, "%.*f", decimals, value) >= (int)sizeof text)
        return;
    from = text[0] == '-';
    whole = from + strspn(text + from, "0123456789");
    for (size_t i = 0; i < whole; i++) {
        if (i > from && (whole - i) % 3 == 0 && whole - from > f->ungrouped)
            buf_add_str(out, f->group);
        buf_add_char(out, text[i]);
    }
    if (text[whole]) {
        buf_add_str(out, f->decimal);
        buf_add_str(out, text + whole + 1);
    }
}

void local_percent_add(struct buf *out, const struct language *l, double percent, int decimals)
{
    local_number_add(out, l, percent, decimals);
    buf_add_str(out, format_of(l)->percent);
}

static const char *in_arena(struct arena *a, struct buf *text)
{
    const char *copy = buf_check(text) == 0 ? arena_dup(a, buf_span(text)) : NULL;

    buf_release(text);
    return copy;
}

const char *local_number(struct arena *a, double value, int decimals)
{
    struct buf text = {0};

    local_number_add(&text, a->language, value, decimals);
    return in_arena(a, &text);
}

const char *local_percent(struct arena *a, double percent, int decimals)
{
    struct buf text = {0};

    local_percent_add(&text, a->language, percent, decimals);
    return in_arena(a, &text);
}

/* "1.5" @return how many figures follow the point; -1: it is no number */
static int read_number(struct span text, double *out)
{
    char number[NUMBER_MAX], *end;
    size_t point = span_index(text, '.', 0);

    if (!span_copy(text, number, sizeof number) || !*number ||
        strspn(number, "0123456789.") != text.len)
        return -1;
    *out = strtod(number, &end);
    return *end ? -1 : point < text.len ? (int)(text.len - point - 1) : 0;
}

struct span local_size_reported(struct arena *a, const struct language *l, struct span text)
{
    size_t space = span_index(text, ' ', 0);
    struct buf key = {0}, number = {0};
    const char *pattern = NULL, *said = NULL;
    double value = 0;
    int decimals = read_number(span_sub(text, 0, space), &value);

    if (decimals >= 0 && space < text.len) {
        buf_add_str(&key, "{" SIZE "}");
        buf_add_span(&key, span_sub(text, space, SIZE_MAX));
        local_number_add(&number, l, value, decimals);
    }
    if (key.len > 0 && buf_check(&key) == 0 && buf_check(&number) == 0)
        pattern = language_find(l, buf_span(&key));
    if (pattern) {
        struct sentence_values values = {.n = 0};

        sentence_add(&values, span_str(SIZE), buf_span(&number));
        said = sentence_fill(a, pattern, &values, language_is_rtl(l));
    }
    buf_release(&key);
    buf_release(&number);
    return span_str(said ? said : "");
}

static void write_count(struct json_object *o, const char *name, struct json_object *number,
                        const struct language *l)
{
    struct buf text = {0};

    local_number_add(&text, l, (double)json_object_get_int64(number), 0);
    if (buf_check(&text) == 0)
        json_object_object_add(o, name, json_object_new_string(buf_str(&text)));
    buf_release(&text);
}

void local_counts(struct json_object *page, const struct language *l)
{
    if (json_object_is_type(page, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(page); i++)
            local_counts(json_object_array_get_idx(page, i), l);
    } else if (json_object_is_type(page, json_type_object)) {
        json_object_object_foreach(page, name, value)
        {
            if (json_object_is_type(value, json_type_int) && strncmp(name, "n_", 2) == 0)
                write_count(page, name, value, l);
            else
                local_counts(value, l);
        }
    }
}

static void add_date(struct buf *out, const struct local_format *f, const char *pattern,
                     const struct tm *tm)
{
    for (; *pattern; pattern++) {
        if (*pattern != '%') {
            buf_add_char(out, *pattern);
            continue;
        }
        switch (*++pattern) {
        case 'Y':
            buf_printf(out, "%04d", tm->tm_year + 1900);
            break;
        case 'B':
            buf_add_str(out, f->months[tm->tm_mon]);
            break;
        case 'm':
            buf_printf(out, "%02d", tm->tm_mon + 1);
            break;
        case 'M':
            buf_printf(out, "%d", tm->tm_mon + 1);
            break;
        case 'd':
            buf_printf(out, "%02d", tm->tm_mday);
            break;
        case 'D':
            buf_printf(out, "%d", tm->tm_mday);
            break;
        default:
            buf_printf(out, "%02d:%02d", tm->tm_hour, tm->tm_min);
        }
    }
}

void local_time_add(struct buf *out, const struct language *l, const struct tm *tm)
{
    const struct local_format *f = format_of(l);

    add_date(out, f, f->time, tm);
}

void local_day_add(struct buf *out, const struct language *l, const struct tm *tm)
{
    const struct local_format *f = format_of(l);

    add_date(out, f, f->day, tm);
}
