#include "admin-cgi/site/member_text.h"

#include "common/json_edit.h"
#include "common/json_scan.h"

const char *member_lines(struct arena *a, struct json_object *list)
{
    const char *text = "";
    size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;

    for (size_t i = 0; i < n && text; i++)
        text = arena_printf(a, "%s%s%s", text, i ? "\n" : "",
                            json_object_get_string(json_object_array_get_idx(list, i)));
    return text;
}

const char *member_flag(struct json_object *value)
{
    return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value) ? "yes"
                                                                                           : "";
}

void member_add_lines(struct buf *out, const char *lines)
{
    struct span rest = span_str(lines), line;
    size_t n = 0;

    while (span_split(&rest, '\n', &line)) {
        line = span_trim(line);
        if (line.len == 0)
            continue;
        buf_add_str(out, n++ ? ", " : "[");
        json_add_string(out, line);
    }
    if (n)
        buf_add_char(out, ']');
}

int member_write(struct buf *text, const char *const *path, size_t depth, struct buf *json,
                 struct error *e)
{
    struct buf next = {0};
    int r = buf_check(json);

    if (r == 0)
        r = json_edit_set(&next, buf_span(text), path, depth, buf_span(json), e);
    if (r == 0) {
        buf_wipe(text);
        *text = next;
    } else {
        buf_wipe(&next);
    }
    buf_release(json);
    return r;
}
