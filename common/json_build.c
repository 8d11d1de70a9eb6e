#include "common/json_build.h"

bool json_build_set(struct json_object *object, const char *name, struct json_object *value)
{
    if (value && json_object_object_add(object, name, value) == 0)
        return true;
    json_object_put(value);
    return false;
}

bool json_build_append(struct json_object *array, struct json_object *value)
{
    if (value && json_object_array_add(array, value) == 0)
        return true;
    json_object_put(value);
    return false;
}

bool json_build_share(struct json_object *array, struct json_object *value)
{
    return value ? json_build_append(array, json_object_get(value))
                 : json_object_array_add(array, NULL) == 0;
}
