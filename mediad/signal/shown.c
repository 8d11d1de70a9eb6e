#include "mediad/signal/shown.h"

#include "common/json_fields.h"

int shown_update(struct shown *s, struct json_object *value, struct error *e)
{
    struct json_fields f = {.object = value, .prefix = "value", .any_case = true, .e = e};
    struct shown fresh = *s;
    int64_t height = s->height;

    if (!value)
        return 0;
    if (!json_object_is_type(value, json_type_object))
        return error_set(e, ERR_INVALID, "value", "should be an object");
    json_fields_bool(&f, "pinned", &fresh.is_pinned);
    json_fields_bool(&f, "hidden", &fresh.is_hidden);
    json_fields_int(&f, "height", 0, SHOWN_HEIGHT_MAX, &height);
    if (f.result < 0)
        return f.result;
    fresh.height = (uint16_t)height;
    *s = fresh;
    return 0;
}
