#include "common/group_desc_doc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/json_edit.h"
#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/macros.h"

struct desc_path desc_path_add(struct desc_path path, const char *name)
{
    if (path.n < LENGTH(path.names))
        path.names[path.n++] = name;
    return path;
}

/* "users.anna.password", control characters escaped, cut to fit. */
static void label_of(const struct desc_path *path, char *out, size_t size)
{
    struct buf label = {0};

    for (size_t i = 0; i < path->n; i++) {
        if (i > 0)
            buf_add_char(&label, '.');
        buf_add_str(&label, path->names[i]);
    }
    span_printable(buf_span(&label), out, size);
    buf_release(&label);
}

static bool place_of(const struct desc_doc *doc, const struct desc_path *path,
                     struct json_place *out)
{
    return doc->text.len > 0 && json_edit_find(out, doc->text, path->names, path->n) == 0;
}

void desc_fail(struct desc_doc *doc, struct desc_path path, int code, const char *fmt, ...)
{
    char label[100];
    char what[160];
    char where[48] = "";
    struct json_place place;
    va_list ap;

    if (doc->result < 0)
        return;
    doc->result = code;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    label_of(&path, label, sizeof label);
    if (place_of(doc, &path, &place))
        snprintf(where, sizeof where, "line %u column %u", place.line, place.column);
    error_set(doc->e, code, where, "%s%s%s", label, label[0] ? ": " : "", what);
}

void desc_no_memory(struct desc_doc *doc)
{
    if (doc->result == 0)
        doc->result = error_set(doc->e, ERR_NO_MEMORY, NULL, "out of memory");
}

/* A new empty warning; NULL when there is no room for it. */
static struct group_warning *add_warning(struct desc_doc *doc)
{
    struct group_warning *grown;
    struct group_warning *w;

    if (doc->result < 0 || doc->n_warnings > DESC_WARNINGS_MAX)
        return NULL;
    grown = realloc(doc->warnings, (doc->n_warnings + 1) * sizeof *grown);
    if (!grown) {
        desc_no_memory(doc);
        return NULL;
    }
    doc->warnings = grown;
    w = &grown[doc->n_warnings++];
    *w = (struct group_warning){0};
    if (doc->n_warnings > DESC_WARNINGS_MAX) {
        snprintf(w->text, sizeof w->text, "there are more problems than these");
        return NULL;
    }
    return w;
}

void desc_warn_unclean(struct desc_doc *doc, const struct error *unclean)
{
    struct group_warning *w = unclean->code ? add_warning(doc) : NULL;

    if (!w)
        return;
    error_line_column(unclean, &w->line, &w->column);
    snprintf(w->text, sizeof w->text, "%.*s", (int)span_whole_len(span_str(unclean->text)),
             unclean->text);
}

void desc_warn(struct desc_doc *doc, struct desc_path path, const char *fmt, ...)
{
    struct group_warning *w = add_warning(doc);
    struct json_place place;
    char label[60];
    char what[98];
    va_list ap;

    if (!w)
        return;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    label_of(&path, label, sizeof label);
    snprintf(w->text, sizeof w->text, "%s: %s", label, what);
    w->text[span_whole_len(span_str(w->text))] = 0;
    if (place_of(doc, &path, &place)) {
        w->line = place.line;
        w->column = place.column;
    }
}

const char *desc_key(struct json_object *object, const char *name)
{
    const char *other_case = NULL;

    json_object_object_foreach(object, key, value)
    {
        if (strcmp(key, name) == 0)
            return value ? key : NULL;
        if (strcasecmp(key, name) == 0 && value)
            other_case = key;
    }
    return other_case;
}

bool desc_is_known(struct json_object *object, const char *key, const char *const *known)
{
    for (size_t i = 0; known[i]; i++) {
        if (strcmp(known[i], key) == 0)
            return true;
        if (strcasecmp(known[i], key) == 0)
            return !json_object_object_get_ex(object, known[i], NULL);
    }
    return false;
}

void desc_warn_unknown(struct desc_doc *doc, struct json_object *object, struct desc_path path,
                       const char *const *known)
{
    json_object_object_foreach(object, key, value)
    {
        (void)value;
        if (!desc_is_known(object, key, known))
            desc_warn(doc, desc_path_add(path, key), "unknown member, ignored");
    }
}

/* Report what json_fields said about a top-level member. */
static bool was_read(struct desc_doc *doc, const struct json_fields *f, const char *key)
{
    if (f->result < 0)
        desc_fail(doc, desc_path_add((struct desc_path){0}, key), f->result, "%s", f->e->text);
    return f->result == 0;
}

bool desc_string(struct desc_doc *doc, struct json_object *object, const char *name,
                 const char **out)
{
    struct error cause = {0};
    struct json_fields f = {.object = object, .any_case = true, .e = &cause};
    const char *key = desc_key(object, name);

    if (!key)
        return false;
    json_fields_string(&f, key, out);
    return was_read(doc, &f, key);
}

bool desc_bool(struct desc_doc *doc, struct json_object *object, const char *name, bool *out)
{
    struct error cause = {0};
    struct json_fields f = {.object = object, .any_case = true, .e = &cause};
    const char *key = desc_key(object, name);

    if (!key)
        return false;
    json_fields_bool(&f, key, out);
    return was_read(doc, &f, key);
}

bool desc_strings(struct desc_doc *doc, struct json_object *object, const char *name, char ***out,
                  size_t *n_out)
{
    struct error cause = {0};
    struct json_fields f = {.object = object, .any_case = true, .e = &cause};
    const char *key = desc_key(object, name);

    if (!key)
        return false;
    json_fields_strings(&f, key, out, n_out);
    return was_read(doc, &f, key);
}
