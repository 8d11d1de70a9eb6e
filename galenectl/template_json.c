#include "galenectl/template_json.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/json_build.h"
#include "common/json_scan.h"

static int read_all(struct buf *out, int fd, struct error *e)
{
    for (;;) {
        char *room = buf_reserve(out, 65536);
        ssize_t n;

        if (!room)
            return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
        n = read(fd, room, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(e, NULL, "cannot read standard input");
        if (n == 0)
            return 0;
        out->len += (size_t)n;
        if (out->len > json_limits_file.size_max)
            return error_set(e, ERR_TOO_LARGE, NULL, "more than %zu bytes",
                             json_limits_file.size_max);
    }
}

int template_read(struct json_object **out, int fd, struct error *e)
{
    struct buf text = {0};
    int r = read_all(&text, fd, e);

    if (r == 0)
        r = json_scan_parse(out, buf_span(&text), &json_limits_file, e);
    buf_wipe(&text);
    return r;
}

int template_read_object(struct json_object **out, int fd, struct error *e)
{
    struct json_object *json = NULL;
    int r = template_read(&json, fd, e);

    if (r < 0)
        return r;
    if (!json_object_is_type(json, json_type_object)) {
        json_object_put(json);
        return error_set(e, ERR_INVALID, NULL, "must be a JSON object");
    }
    *out = json;
    return 0;
}

int template_set(struct json_object *object, const char *name, struct json_object *value,
                 struct error *e)
{
    return json_build_set(object, name, value) ? 0
                                               : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
}

int template_append(struct json_object *array, struct json_object *value, struct error *e)
{
    return json_build_append(array, value) ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
}

int template_merge(struct json_object *object, struct json_object *template, struct error *e)
{
    json_object_object_foreach(template, name, value)
    {
        struct json_object *copy = NULL;
        int r;

        if (!value) {
            json_object_object_del(object, name);
            continue;
        }
        if (json_object_deep_copy(value, &copy, NULL) < 0)
            copy = NULL;
        r = template_set(object, name, copy, e);
        if (r < 0)
            return r;
    }
    return 0;
}

static void print_value(struct buf *out, struct json_object *json, unsigned depth);

static void new_line(struct buf *out, unsigned depth)
{
    buf_add_char(out, '\n');
    for (unsigned i = 0; i < depth; i++)
        buf_add_str(out, "    ");
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_object(struct buf *out, struct json_object *json, unsigned depth)
{
    size_t n = (size_t)json_object_object_length(json);
    const char **names = calloc(n + 1, sizeof *names);
    size_t i = 0;

    if (!names) {
        out->bad = true;
        return;
    }
    json_object_object_foreach(json, name, value)
    {
        (void)value;
        names[i++] = name;
    }
    if (n > 1)
        qsort(names, n, sizeof *names, compare_names);
    buf_add_char(out, '{');
    for (i = 0; i < n; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        new_line(out, depth + 1);
        json_add_string(out, span_str(names[i]));
        buf_add_str(out, ": ");
        print_value(out, json_object_object_get(json, names[i]), depth + 1);
    }
    if (n > 0)
        new_line(out, depth);
    buf_add_char(out, '}');
    free(names);
}

static void print_array(struct buf *out, struct json_object *json, unsigned depth)
{
    size_t n = json_object_array_length(json);

    buf_add_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        new_line(out, depth + 1);
        print_value(out, json_object_array_get_idx(json, i), depth + 1);
    }
    if (n > 0)
        new_line(out, depth);
    buf_add_char(out, ']');
}

static void print_value(struct buf *out, struct json_object *json, unsigned depth)
{
    const char *text;

    switch (json_object_get_type(json)) {
    case json_type_object:
        print_object(out, json, depth);
        return;
    case json_type_array:
        print_array(out, json, depth);
        return;
    case json_type_string:
        json_add_string(
            out, span_of(json_object_get_string(json), (size_t)json_object_get_string_len(json)));
        return;
    default:
        text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN);
        buf_add_str(out, text ? text : "null");
        return;
    }
}

void template_print(struct buf *out, struct json_object *json)
{
    print_value(out, json, 0);
}

int template_show(struct json_object *json, struct error *e)
{
    struct buf text = {0};
    int r = 0;

    template_print(&text, json);
    buf_add_char(&text, '\n');
    if (text.bad)
        r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    else if (fwrite(text.data, 1, text.len, stdout) != text.len || fflush(stdout) != 0)
        r = error_set_errno(e, NULL, "cannot write");
    buf_wipe(&text);
    return r;
}

bool template_waits_on_stdin(void)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    struct stat st;

    if (fstat(STDIN_FILENO, &st) < 0)
        return false;
    if (S_ISREG(st.st_mode))
        return st.st_size > 0;
    return S_ISFIFO(st.st_mode) && poll(&fd, 1, 0) == 1 && (fd.revents & POLLIN);
}
