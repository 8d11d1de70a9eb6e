#include "mediad/signal/stream_stats.h"

#include <string.h>

#include "mediad/signal/stream_links.h"

static void add_connection(struct json_object *array, const char *id, struct json_object *stats)
{
    if (!stats || !array) {
        json_object_put(stats);
        return;
    }
    json_object_object_add(stats, "id", json_object_new_string(id));
    json_object_array_add(array, stats);
}

static int compare_ids(const void *a, const void *b)
{
    struct json_object *const *x = a, *const *y = b;

    return strcmp(json_object_get_string(json_object_object_get(*x, "id")),
                  json_object_get_string(json_object_object_get(*y, "id")));
}

static void add_connections(struct json_object *member, const char *name, struct json_object *array)
{
    if (!array || json_object_array_length(array) == 0) {
        json_object_put(array);
        return;
    }
    json_object_array_sort(array, compare_ids);
    json_object_object_add(member, name, array);
}

struct json_object *stream_stats(const struct member *m)
{
    struct json_object *member = json_object_new_object();
    struct json_object *ups, *downs;

    if (!member)
        return NULL;
    json_object_object_add(member, "id", json_object_new_string(m->id));
    ups = json_object_new_array();
    LIST_EACH (struct published, stream, &m->streams, in_member)
        add_connection(ups, stream->by_id.name, up_stream_stats(up_link_of(stream)->media));
    add_connections(member, "up", ups);
    if (!m->receiver)
        return member;
    downs = json_object_new_array();
    LIST_EACH (const struct down_link, down, &m->receiver->downs, in_receiver)
        add_connection(downs, down->by_id.name, down_stream_stats(down->media));
    add_connections(member, "down", downs);
    return member;
}
