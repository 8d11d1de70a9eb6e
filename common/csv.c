#include "common/csv.h"

#include <stdio.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define FORMULA_STARTS "=+-@\t'"

static bool is_end_of_line(char c)
{
    return c == '\n' || c == '\r';
}

/* What there is most of in the first line, outside quotation marks. */
static char find_separator(const char *data, size_t len)
{
    static const char candidates[] = ",;\t";
    size_t counts[3] = {0}, best = 0;
    bool quoted = false;

    for (size_t i = 0; i < len && (quoted || !is_end_of_line(data[i])); i++) {
        const char *found = data[i] ? strchr(candidates, data[i]) : NULL;

        if (data[i] == '"')
            quoted = !quoted;
        else if (found && !quoted)
            counts[found - candidates]++;
    }
    for (size_t i = 1; i < 3; i++) {
        if (counts[i] > counts[best])
            best = i;
    }
    return candidates[best];
}

void csv_begin(struct csv_reader *r, char *data, size_t len)
{
    size_t mark = strlen(BYTE_ORDER_MARK);

    memset(r, 0, sizeof *r);
    r->data = data;
    r->len = len;
    if (len >= mark && memcmp(data, BYTE_ORDER_MARK, mark) == 0)
        r->at = mark;
    r->separator = find_separator(data + r->at, len - r->at);
    r->line = 1;
}

static int bad(struct csv_reader *r, unsigned line, struct error *e, const char *why)
{
    char place[24];

    r->bad_line = line;
    snprintf(place, sizeof place, "line %u", line);
    return error_set(e, ERR_SYNTAX, place, "%s", why);
}

/* Past one end of line: LF, CR LF or CR. */
static void skip_line_end(struct csv_reader *r)
{
    if (r->data[r->at] == '\r' && r->at + 1 < r->len && r->data[r->at + 1] == '\n')
        r->at++;
    r->at++;
    r->line++;
}

/* Behind the opening mark; the text moves down over the marks that stand twice. */
static int read_quoted(struct csv_reader *r, struct span *out, struct error *e)
{
    unsigned began = r->line;
    size_t from = r->at, to = r->at;

    for (; r->at < r->len; r->at++) {
        char c = r->data[r->at];

        if (c == '"') {
            if (r->at + 1 >= r->len || r->data[r->at + 1] != '"')
                break;
            r->at++;
        }
        r->line += c == '\n' || (c == '\r' && (r->at + 1 >= r->len || r->data[r->at + 1] != '\n'));
        r->data[to++] = c;
    }
    if (r->at >= r->len)
        return bad(r, began, e, "a quotation mark is not closed");
    r->at++;
    if (r->at < r->len && r->data[r->at] != r->separator && !is_end_of_line(r->data[r->at]))
        return bad(r, r->line, e, "there is text behind a closing quotation mark");
    *out = span_of(r->data + from, to - from);
    return 0;
}

static int read_plain(struct csv_reader *r, struct span *out, struct error *e)
{
    size_t from = r->at;

    while (r->at < r->len && r->data[r->at] != r->separator && !is_end_of_line(r->data[r->at])) {
        if (r->data[r->at] == '"')
            return bad(r, r->line, e,
                       "a quotation mark stands inside a field that has none around it");
        r->at++;
    }
    *out = span_of(r->data + from, r->at - from);
    return 0;
}

static struct span without_guard(struct span field)
{
    bool guarded = field.len >= 2 && field.data[0] == '\'' && field.data[1] &&
                   strchr(FORMULA_STARTS, field.data[1]);

    return guarded ? span_sub(field, 1, field.len) : field;
}

static int read_field(struct csv_reader *r, struct csv_record *out, struct error *e)
{
    struct span *field = &out->fields[out->n];
    int result;

    if (out->n == CSV_FIELDS_MAX)
        return bad(r, out->line, e, "there are too many fields");
    if (r->at < r->len && r->data[r->at] == '"') {
        r->at++;
        result = read_quoted(r, field, e);
    } else {
        result = read_plain(r, field, e);
    }
    if (result < 0)
        return result;
    *field = without_guard(*field);
    out->n++;
    return 0;
}

int csv_next(struct csv_reader *r, struct csv_record *out, struct error *e)
{
    int result;

    while (r->at < r->len && is_end_of_line(r->data[r->at]))
        skip_line_end(r);
    if (r->at >= r->len)
        return 0;
    out->n = 0;
    out->line = r->line;
    for (;;) {
        result = read_field(r, out, e);
        if (result < 0)
            return result;
        if (r->at >= r->len || r->data[r->at] != r->separator)
            break;
        r->at++;
    }
    if (r->at < r->len)
        skip_line_end(r);
    return 1;
}

/* What a field holds that stands between quotation marks. */
static bool needs_marks(struct span field)
{
    for (size_t i = 0; i < field.len; i++) {
        switch (field.data[i]) {
        case '"':
        case ',':
        case ';':
        case '\t':
        case '\r':
        case '\n':
            return true;
        }
    }
    return span_starts_with(field, BYTE_ORDER_MARK);
}

void csv_add(struct buf *out, struct span field, bool is_first)
{
    bool is_formula = field.len && field.data[0] && strchr(FORMULA_STARTS, field.data[0]);
    bool has_marks = needs_marks(field);
    size_t plain = 0; /* from where on it is not copied yet */

    if (!is_first)
        buf_add_char(out, ',');
    if (has_marks)
        buf_add_char(out, '"');
    if (is_formula)
        buf_add_char(out, '\'');
    for (size_t i = 0; has_marks && i < field.len; i++) {
        if (field.data[i] != '"')
            continue;
        buf_add_span(out, span_sub(field, plain, i + 1 - plain)); /* the mark stands twice */
        plain = i;
    }
    buf_add_span(out, span_sub(field, plain, field.len - plain));
    if (has_marks)
        buf_add_char(out, '"');
}

void csv_end(struct buf *out)
{
    buf_add_str(out, "\r\n");
}
