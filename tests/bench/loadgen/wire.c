#include "tests/bench/loadgen/wire.h"

struct json_object *wire_new(const char *type)
{
    struct json_object *m = json_object_new_object();

    json_object_object_add(m, "type", json_object_new_string(type));
    return m;
}

void wire_add(struct json_object *m, const char *name, const char *value)
{
    json_object_object_add(m, name, json_object_new_string(value));
}

const char *wire_get(struct json_object *m, const char *name)
{
    struct json_object *value = json_object_object_get(m, name);

    return value && json_object_is_type(value, json_type_string) ? json_object_get_string(value)
                                                                 : "";
}

int wire_join(struct link *l, const struct wire_join *join)
{
    struct json_object *m = wire_new("handshake"), *versions = json_object_new_array();
    int r;

    json_object_array_add(versions, json_object_new_string("2"));
    json_object_object_add(m, "version", versions);
    wire_add(m, "id", join->id);
    r = link_send(l, m);
    if (r < 0)
        return r;
    m = wire_new("join");
    wire_add(m, "kind", "join");
    wire_add(m, "group", join->group);
    wire_add(m, "username", join->username);
    wire_add(m, "password", join->password);
    return link_send(l, m);
}
