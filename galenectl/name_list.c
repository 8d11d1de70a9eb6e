#include "galenectl/name_list.h"

#include <stdio.h>
#include <string.h>

#include "galenectl/pattern.h"
#include "galenectl/report.h"
#include "galenectl/template_json.h"

static int compare_names(const void *a, const void *b)
{
    return strcmp(json_object_get_string(*(struct json_object *const *)a),
                  json_object_get_string(*(struct json_object *const *)b));
}

/* @return 1, 0 or an error */
static int matches(const char *name, const struct name_list_query *query, struct error *e)
{
    for (size_t i = 0; i < query->n_patterns; i++) {
        int r = pattern_match(query->patterns[i], name);

        if (r < 0)
            return error_set(e, r, NULL, "malformed pattern");
        if (r == 1)
            return 1;
    }
    return query->n_patterns == 0;
}

static int filter(struct json_object *out, struct json_object *names,
                  const struct name_list_query *query, struct error *e)
{
    for (size_t i = 0; i < json_object_array_length(names); i++) {
        struct json_object *name = json_object_array_get_idx(names, i);
        int r;

        if (!json_object_is_type(name, json_type_string))
            return error_set(e, ERR_IO, NULL, "the answer is not a list of names");
        if (json_object_get_string_len(name) == 0)
            continue; /* the empty user, who has a flag of their own */
        r = matches(json_object_get_string(name), query, e);
        if (r == 1)
            r = template_append(out, json_object_get(name), e);
        if (r < 0)
            return r;
    }
    return 0;
}

int name_list_fetch(struct name_list *out, struct api_client *client, const char *path,
                    const struct name_list_query *query, struct error *e)
{
    struct json_object *names = NULL;
    struct json_object *kept = NULL;
    int r = api_get(client, path, &names, NULL, e);

    if (r == 0) {
        kept = json_object_new_array();
        if (!kept)
            r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
        else if (names && !json_object_is_type(names, json_type_array))
            r = error_set(e, ERR_IO, NULL, "the answer is not a list");
    }
    if (r == 0 && names)
        r = filter(kept, names, query, e);
    json_object_put(names);
    if (r < 0) {
        json_object_put(kept);
        return r;
    }
    json_object_array_sort(kept, compare_names);
    out->json = kept;
    return 0;
}

void name_list_release(struct name_list *l)
{
    json_object_put(l->json);
    l->json = NULL;
}

static const char *name_at(const struct name_list *l, size_t i)
{
    return json_object_get_string(json_object_array_get_idx(l->json, i));
}

static void print_names(const struct name_list *l)
{
    for (size_t i = 0; i < json_object_array_length(l->json); i++) {
        char shown[4100];

        puts(span_printable(span_str(name_at(l, i)), shown, sizeof shown));
    }
}

static int show_each(const struct name_list *l, struct api_client *client,
                     const struct name_list_query *query, struct error *e)
{
    const struct name_list_view *view = query->view;
    struct json_object *all = query->as_json ? json_object_new_array() : NULL;
    int r = query->as_json && !all ? error_set(e, ERR_NO_MEMORY, NULL, "out of memory") : 0;

    for (size_t i = 0; i < json_object_array_length(l->json) && r == 0; i++) {
        const char *name = name_at(l, i);
        char shown[300];
        struct json_object *object = NULL;
        struct error cause = {0};

        if (view->fetch(&object, client, query->group, name, &cause) < 0 && all) {
            report_error(span_printable(span_str(name), shown, sizeof shown), &cause);
        } else if (all) {
            r = template_set(object, view->member, json_object_new_string(name), e);
            if (r == 0)
                r = template_append(all, json_object_get(object), e);
        } else {
            view->print(name, object, &cause);
        }
        json_object_put(object);
    }
    if (r == 0 && all)
        r = template_show(all, e);
    json_object_put(all);
    return r;
}

int name_list_show(const struct name_list *l, struct api_client *client,
                   const struct name_list_query *query, struct error *e)
{
    if (query->view)
        return show_each(l, client, query, e);
    if (query->as_json)
        return template_show(l->json, e);
    print_names(l);
    return 0;
}

void add_padded(struct buf *out, const char *text, size_t width)
{
    struct span rest = span_str(text);
    size_t n = 0;

    buf_add_str(out, text);
    while (rest.len > 0) {
        size_t len = span_utf8_next(rest, NULL);

        rest = span_sub(rest, len ? len : 1, rest.len);
        n++;
    }
    for (; n < width; n++)
        buf_add_char(out, ' ');
}
