#include "admin-cgi/form.h"

#include <stdio.h>
#include <string.h>

#include "admin-cgi/request.h"
#include "common/now.h"

static int bad_field(struct error *e, const char *name, const char *why)
{
    return error_set(e, ERR_INVALID, name && *name ? name : "form", "%s", why);
}

/* Browsers send CR LF in text areas; files have LF. */
static size_t unify_line_ends(char *text, size_t len)
{
    size_t to = 0;

    for (size_t from = 0; from < len; from++) {
        if (text[from] == '\r') {
            if (from + 1 == len || text[from + 1] != '\n')
                text[to++] = '\n';
            continue;
        }
        text[to++] = text[from];
    }
    text[to] = 0;
    return to;
}

static int decode(struct arena *a, struct span raw, const char *what, const char **out,
                  size_t *len_out, struct error *e)
{
    size_t len;
    char *text = percent_decode(a, raw, true, &len);

    if (!text)
        return a->bad ? ERR_NO_MEMORY : bad_field(e, what, "a percent escape is wrong");
    if (memchr(text, 0, len) || !span_is_utf8(span_of(text, len)))
        return bad_field(e, what, "the text is not valid UTF-8");
    *len_out = unify_line_ends(text, len);
    *out = text;
    return 0;
}

static int parse_field(struct form *f, struct arena *a, struct span pair, struct error *e)
{
    struct form_field *field = &f->fields[f->n_fields];
    size_t equals = span_index(pair, '=', 0);
    size_t ignored;
    int r = decode(a, span_sub(pair, 0, equals), NULL, &field->name, &ignored, e);

    if (r == 0)
        r = decode(a, span_sub(pair, equals + 1, pair.len), field->name, &field->value, &field->len,
                   e);
    if (r == 0)
        f->n_fields++;
    return r;
}

int form_parse(struct form *out, struct arena *a, struct span body, struct error *e)
{
    struct form f = {0};
    struct span pair;
    size_t n = 1;
    int r = 0;

    for (size_t i = 0; i < body.len; i++)
        n += body.data[i] == '&';
    if (n > FORM_FIELDS_MAX)
        return bad_field(e, NULL, "the form has too many fields");
    f.fields = arena_array(a, n, sizeof *f.fields);
    if (!f.fields)
        return ERR_NO_MEMORY;
    while (r == 0 && span_split(&body, '&', &pair)) {
        if (pair.len > 0)
            r = parse_field(&f, a, pair, e);
    }
    if (r == 0)
        *out = f;
    return r;
}

static bool is_in(const char *const *names, const char *name)
{
    for (; names && *names; names++) {
        if (strcmp(*names, name) == 0)
            return true;
    }
    return false;
}

int form_check(const struct form *f, const char *const *single, const char *const *repeated,
               struct error *e)
{
    static const char *const always[] = {"csrf", "form", NULL};

    for (size_t i = 0; i < f->n_fields; i++) {
        const char *name = f->fields[i].name;

        if (is_in(repeated, name))
            continue;
        if (!is_in(single, name) && !is_in(always, name))
            return bad_field(e, name, "this form has no such field");
        if (form_at(f, name, 1))
            return bad_field(e, name, "this field came twice");
    }
    return 0;
}

const char *form_at(const struct form *f, const char *name, size_t i)
{
    for (size_t k = 0; k < f->n_fields; k++) {
        if (strcmp(f->fields[k].name, name) == 0 && i-- == 0)
            return f->fields[k].value;
    }
    return NULL;
}

const char *form_get(const struct form *f, const char *name)
{
    return form_at(f, name, 0);
}

const char *form_text(const struct form *f, const char *name)
{
    const char *value = form_get(f, name);

    return value ? value : "";
}

bool form_has(const struct form *f, const char *name)
{
    return form_get(f, name);
}

bool form_has_value(const struct form *f, const char *name, const char *value)
{
    for (size_t i = 0; i < f->n_fields; i++) {
        if (strcmp(f->fields[i].name, name) == 0 && strcmp(f->fields[i].value, value) == 0)
            return true;
    }
    return false;
}

void form_remove(struct form *f, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_fields; i++) {
        if (strcmp(f->fields[i].name, name) != 0)
            f->fields[n++] = f->fields[i];
    }
    f->n_fields = n;
}

bool form_time(const char *text, char rfc3339[FORM_TIME_SIZE], int64_t *out_us)
{
    size_t len = strlen(text), without_seconds = strlen("2026-06-09T08:00");

    if (len >= FORM_TIME_SIZE - strlen(":00Z"))
        return false;
    snprintf(rfc3339, FORM_TIME_SIZE, "%s%sZ", text, len == without_seconds ? ":00" : "");
    return time_parse_rfc3339(span_str(rfc3339), out_us) == 0;
}
