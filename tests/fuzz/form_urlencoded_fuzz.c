/*
 * Bodies of forms: whatever parses is UTF-8 without NUL or carriage return, and a form that is
 * written again from its fields is the same form.
 */
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/form.h"
#include "common/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_escaped(struct buf *out, const char *text)
{
    for (; *text; text++)
        buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
}

static void check(bool good)
{
    if (!good)
        abort();
}

static void check_again(const struct form *f)
{
    struct buf body = {0};
    struct arena a = {0};
    struct form again = {0};

    for (size_t i = 0; i < f->n_fields; i++) {
        buf_add_str(&body, i ? "&" : "");
        add_escaped(&body, f->fields[i].name);
        buf_add_char(&body, '=');
        add_escaped(&body, f->fields[i].value);
    }
    check(form_parse(&again, &a, buf_span(&body), NULL) == 0);
    check(again.n_fields == f->n_fields);
    for (size_t i = 0; i < f->n_fields; i++)
        check(strcmp(again.fields[i].value, f->fields[i].value) == 0);
    arena_release(&a);
    buf_release(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const single[] = {"a", "b", NULL};
    struct arena a = {0};
    struct form f = {0};
    struct error e = {0};

    if (form_parse(&f, &a, span_of(data, size), &e) == 0) {
        for (size_t i = 0; i < f.n_fields; i++) {
            struct span value = span_str(f.fields[i].value);

            check(value.len == f.fields[i].len && span_is_utf8(value));
            check(!strchr(f.fields[i].value, '\r'));
        }
        check_again(&f);
        if (form_check(&f, single, NULL, &e) < 0)
            check(e.place[0] != 0);
    } else {
        check(e.code < 0);
    }
    arena_release(&a);
    return 0;
}
