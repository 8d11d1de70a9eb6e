/*
 * Templates: the input is a template, a NUL, and data as JSON. What compiles renders, and no value
 * brings a character of markup in: all of "<" in the output stand in the template.
 */
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/view/template.h"
#include "admin-cgi/view/template_compile.h"
#include "common/json_scan.h"

#define OUTPUT_MAX (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int load(struct buf *out, const char *name, void *user)
{
    (void)user;
    if (strcmp(name, "row") != 0)
        return ERR_NOT_FOUND;
    buf_add_str(out, "- {{name}}{{#x}}{{.}}{{/x}}\n");
    return 0;
}

static size_t count_markup(struct span text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += text.data[i] == '<';
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct template_rules rules = {.load = load};
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t len = end ? (size_t)(end - data) : size;
    struct span text = span_of(data, len);
    struct json_object *object = NULL;
    struct template *t = NULL;
    struct buf out = {0};
    struct error e = {0};

    if (end &&
        json_scan_parse(&object, span_of(end + 1, size - len - 1), &json_limits_file, NULL) < 0)
        object = NULL;
    if (template_compile(&t, "fuzz", text, &rules, &e) == 0) {
        if (template_render(t, object, &out) < 0 && out.len < OUTPUT_MAX)
            abort();
        if (!count_markup(text) && count_markup(buf_span(&out)))
            abort();
        template_free(t);
    } else if (!e.code) {
        abort();
    }
    buf_release(&out);
    json_object_put(object);
    return 0;
}
