/*
 * json_scan: what it accepts json-c can hold; written and read again it is the same; an edit
 * changes what it should. The first byte chooses the limits: 'm' those of messages, else those of
 * files.
 */
#include <stdlib.h>

#include "common/json_edit.h"
#include "common/json_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

static void check_written(struct json_object *value, const struct json_limits *limits)
{
    const char *text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                                 JSON_C_TO_STRING_NOSLASHESCAPE);
    struct json_object *again = NULL;

    check(json_scan_parse(&again, span_str(text), limits, NULL) == 0);
    check(json_object_equal(value, again));
    json_object_put(again);
}

/* Change, find and remove the first member of a file's object. */
static void check_edits(struct span text, struct json_object *object)
{
    struct json_object_iterator first = json_object_iter_begin(object);
    const char *const path[] = {json_object_iter_peek_name(&first)};
    struct buf changed = {0};
    struct buf removed = {0};
    struct json_place place;
    int r = json_edit_set(&changed, text, path, 1, span_str("[true]"), NULL);

    check(r == 0 || r == ERR_TOO_LARGE);
    if (r == 0) {
        check(json_edit_find(&place, buf_span(&changed), path, 1) == 0);
        check(span_eq_str(place.value, "[true]"));
        check(json_edit_set(&removed, buf_span(&changed), path, 1, span_str(""), NULL) == 0);
        check(json_edit_find(&place, buf_span(&removed), path, 1) == ERR_NOT_FOUND);
        buf_clear(&changed);
        r = json_edit_set(&changed, buf_span(&removed), path, 1, span_str("0"), NULL);
        check(r == 0 || r == ERR_TOO_LARGE);
    }
    buf_release(&changed);
    buf_release(&removed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct json_limits *limits = &json_limits_file;
    struct json_object *value = NULL;
    struct error e = {0};
    struct span text;
    int r;

    if (size == 0)
        return 0;
    if (data[0] == 'm')
        limits = &json_limits_message;
    text = span_of(data + 1, size - 1);
    r = json_scan_parse(&value, text, limits, &e);
    check(r == 0 || ((r == ERR_SYNTAX || r == ERR_TOO_LARGE) && e.code == r && e.text[0]));
    if (r == 0) {
        check_written(value, limits);
        if (limits == &json_limits_file && json_object_is_type(value, json_type_object) &&
            json_object_object_length(value) > 0)
            check_edits(text, value);
    }
    json_object_put(value);
    return 0;
}
