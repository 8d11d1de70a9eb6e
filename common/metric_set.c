#include "common/metric_set.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LEN 1000
#define EXACT_INTEGER_MAX 9007199254740992.0 /* 2^53 */

struct series {
    char *labels; /* what stands between the braces; "" for none */
    double value;
};

struct metric_set_family {
    char *name; /* whole */
    char *help; /* as written, escapes included */
    char *type;
    struct series *series;
    size_t n_series;
};

static void family_release(struct metric_set_family *f)
{
    for (size_t i = 0; i < f->n_series; i++)
        free(f->series[i].labels);
    free(f->series);
    free(f->name);
    free(f->help);
    free(f->type);
}

void metric_set_release(struct metric_set *s)
{
    for (size_t i = 0; i < s->n_families; i++)
        family_release(&s->families[i]);
    free(s->families);
    *s = (struct metric_set){0};
}

static struct metric_set_family *find_family(struct metric_set *s, struct span name)
{
    for (size_t i = 0; i < s->n_families; i++) {
        if (span_eq_str(name, s->families[i].name))
            return &s->families[i];
    }
    return NULL;
}

/* The family, made when it is new. @return NULL when out of memory, which the set remembers */
static struct metric_set_family *want_family(struct metric_set *s, struct span name)
{
    struct metric_set_family *f = find_family(s, name);
    struct metric_set_family *grown;

    if (f)
        return f;
    grown = realloc(s->families, (s->n_families + 1) * sizeof *grown);
    if (grown) {
        s->families = grown;
        f = &grown[s->n_families];
        *f = (struct metric_set_family){.name = span_dup(name)};
        if (f->name) {
            s->n_families++;
            return f;
        }
    }
    s->bad = true;
    return NULL;
}

static void set_text(struct metric_set *s, char **at, struct span text)
{
    if (*at)
        return;
    *at = span_dup(text);
    if (!*at)
        s->bad = true;
}

/* A sum of what is finite stays so. */
static double within_range(double sum)
{
    return fmax(-DBL_MAX, fmin(DBL_MAX, sum));
}

static void add_series(struct metric_set *s, struct metric_set_family *f, struct span labels,
                       double value)
{
    struct series *grown;
    char *copy;

    for (size_t i = 0; i < f->n_series; i++) {
        if (span_eq_str(labels, f->series[i].labels)) {
            f->series[i].value = within_range(f->series[i].value + value);
            return;
        }
    }
    copy = span_dup(labels);
    grown = copy ? realloc(f->series, (f->n_series + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(copy);
        s->bad = true;
        return;
    }
    f->series = grown;
    grown[f->n_series++] = (struct series){.labels = copy, .value = value};
}

void metric_set_add_labels(struct metric_set *s, const struct metric_family *family,
                           const char *labels, double value)
{
    char name[100];
    struct metric_set_family *f;

    snprintf(name, sizeof name, METRIC_PREFIX "%s", family->name);
    f = want_family(s, span_str(name));
    if (!f)
        return;
    set_text(s, &f->help, span_str(family->help));
    set_text(s, &f->type, span_str(family->kind == METRIC_COUNTER ? "counter" : "gauge"));
    add_series(s, f, span_str(labels), value);
}

static void add_escaped(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n') {
            buf_add_str(out, "\\n");
            continue;
        }
        if (*text == '"' || *text == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, *text);
    }
}

void metric_set_add(struct metric_set *s, const struct metric_family *family, const char *label,
                    double value)
{
    struct buf labels = {0};

    if (family->label && label) {
        buf_printf(&labels, "%s=\"", family->label);
        add_escaped(&labels, label);
        buf_add_char(&labels, '"');
    }
    if (labels.bad)
        s->bad = true;
    else
        metric_set_add_labels(s, family, buf_str(&labels), value);
    buf_release(&labels);
}

/* ---- reading ---- */

static bool is_name_byte(uint8_t b)
{
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '_' ||
           b == ':';
}

static struct span parse_name(struct span *rest)
{
    size_t n = 0;
    struct span name;

    while (n < rest->len && is_name_byte(rest->data[n]))
        n++;
    name = span_sub(*rest, 0, n);
    *rest = span_sub(*rest, n, rest->len);
    return name;
}

/* The bytes between braces, which quoted values may have, too. @return false: no closing brace */
static bool parse_labels(struct span *rest, struct span *labels)
{
    bool is_quoted = false;
    size_t n = 1;

    *labels = span_sub(*rest, 0, 0);
    if (rest->len == 0 || rest->data[0] != '{')
        return true;
    for (; n < rest->len && (is_quoted || rest->data[n] != '}'); n++) {
        if (rest->data[n] == '"')
            is_quoted = !is_quoted;
        else if (rest->data[n] == '\\' && is_quoted)
            n++;
    }
    if (n >= rest->len)
        return false;
    *labels = span_sub(*rest, 1, n - 1);
    *rest = span_sub(*rest, n + 1, rest->len);
    return true;
}

static bool parse_value(struct span rest, double *out)
{
    char text[40];
    char *end;

    if (rest.len < 2 || rest.data[0] != ' ' ||
        !span_copy(span_sub(rest, 1, rest.len), text, sizeof text) || text[0] == ' ')
        return false;
    errno = 0;
    *out = strtod(text, &end);
    return *end == 0 && isfinite(*out);
}

static int read_sample(struct metric_set *s, struct span line)
{
    struct span name = parse_name(&line);
    struct metric_set_family *f;
    struct span labels;
    double value;

    if (name.len == 0 || !parse_labels(&line, &labels) || !parse_value(line, &value))
        return ERR_SYNTAX;
    f = want_family(s, name);
    if (!f)
        return ERR_NO_MEMORY;
    add_series(s, f, labels, value);
    return 0;
}

/* "HELP NAME TEXT" or "TYPE NAME WORD"; other comments mean nothing. */
static int read_comment(struct metric_set *s, struct span line)
{
    bool is_help = span_starts_with(line, "# HELP ");
    struct metric_set_family *f;
    struct span name;

    if (!is_help && !span_starts_with(line, "# TYPE "))
        return 0;
    line = span_sub(line, strlen("# TYPE "), line.len);
    name = parse_name(&line);
    if (name.len == 0 || line.len < 2 || line.data[0] != ' ')
        return ERR_SYNTAX;
    f = want_family(s, name);
    if (!f)
        return ERR_NO_MEMORY;
    set_text(s, is_help ? &f->help : &f->type, span_sub(line, 1, line.len));
    return 0;
}

static int read_line(struct metric_set *s, struct span line)
{
    if (line.len > LINE_MAX_LEN || span_index(line, 0, 0) < line.len)
        return ERR_SYNTAX;
    if (line.len == 0)
        return 0;
    return line.data[0] == '#' ? read_comment(s, line) : read_sample(s, line);
}

static void merge(struct metric_set *s, const struct metric_set *from)
{
    for (size_t i = 0; i < from->n_families; i++) {
        const struct metric_set_family *theirs = &from->families[i];
        struct metric_set_family *ours = want_family(s, span_str(theirs->name));

        if (!ours)
            return;
        if (theirs->help)
            set_text(s, &ours->help, span_str(theirs->help));
        if (theirs->type)
            set_text(s, &ours->type, span_str(theirs->type));
        for (size_t j = 0; j < theirs->n_series; j++)
            add_series(s, ours, span_str(theirs->series[j].labels), theirs->series[j].value);
    }
}

int metric_set_read(struct metric_set *s, struct span text, struct error *e)
{
    struct metric_set read = {0};
    unsigned n = 0;
    int r = 0;

    while (r == 0 && text.len > 0) {
        size_t end = span_index(text, '\n', 0);

        n++;
        r = end == text.len ? ERR_SYNTAX : read_line(&read, span_sub(text, 0, end));
        text = span_sub(text, end + 1, text.len);
    }
    if (r == 0) {
        merge(s, &read);
        if (read.bad || s->bad)
            r = ERR_NO_MEMORY;
    }
    metric_set_release(&read);
    if (r == ERR_SYNTAX) {
        char place[24];

        snprintf(place, sizeof place, "line %u", n);
        return error_set(e, r, place, "this is no line of a text with metrics");
    }
    return r < 0 ? error_set(e, r, NULL, "no memory for metrics") : 0;
}

/* ---- writing ---- */

static void write_value(struct buf *out, double value)
{
    char text[40];

    if (value == trunc(value) && fabs(value) <= EXACT_INTEGER_MAX)
        snprintf(text, sizeof text, "%.0f", value);
    else if (snprintf(text, sizeof text, "%.15g", value) > 0 && strtod(text, NULL) != value)
        snprintf(text, sizeof text, "%.17g", value); /* as short as reads back the same */
    buf_printf(out, " %s\n", text);
}

int metric_set_write(const struct metric_set *s, struct buf *out)
{
    for (size_t i = 0; i < s->n_families; i++) {
        const struct metric_set_family *f = &s->families[i];

        if (f->help)
            buf_printf(out, "# HELP %s %s\n", f->name, f->help);
        if (f->type)
            buf_printf(out, "# TYPE %s %s\n", f->name, f->type);
        for (size_t j = 0; j < f->n_series; j++) {
            buf_add_str(out, f->name);
            if (f->series[j].labels[0])
                buf_printf(out, "{%s}", f->series[j].labels);
            write_value(out, f->series[j].value);
        }
    }
    return s->bad ? ERR_NO_MEMORY : buf_check(out);
}
