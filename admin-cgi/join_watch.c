#include "admin-cgi/join_watch.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "common/log.h"

static const struct log_ctx ctx = {.room = "joins"};

static const char *text_of(struct json_object *o, const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(o, name));

    return text ? text : "";
}

static size_t count(struct json_object *array)
{
    return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

/* Recorders and publishers by HTTP are no people that log in. */
static bool read_join(struct user_join *out, const char *group, struct json_object *client)
{
    *out = (struct user_join){.group = group, .user = text_of(client, "username")};
    return *group && *out->user && strcmp(text_of(client, "kind"), "client") == 0 &&
           time_parse_rfc3339(span_str(text_of(client, "joined")), &out->at_us) == 0;
}

size_t join_watch_new(const struct join_watch *w, struct json_object *groups, struct arena *a,
                      struct user_join **out, int64_t *newest_us)
{
    size_t n_clients = 0, n = 0;

    for (size_t i = 0; i < count(groups); i++)
        n_clients += count(json_object_object_get(json_object_array_get_idx(groups, i), "clients"));
    *out = arena_array(a, n_clients ? n_clients : 1, sizeof **out);
    for (size_t i = 0; *out && i < count(groups); i++) {
        struct json_object *group = json_object_array_get_idx(groups, i);
        struct json_object *clients = json_object_object_get(group, "clients");

        for (size_t j = 0; j < count(clients); j++) {
            struct user_join *join = &(*out)[n];

            if (!read_join(join, text_of(group, "name"), json_object_array_get_idx(clients, j)) ||
                join->at_us <= w->until_us)
                continue;
            if (join->at_us > *newest_us)
                *newest_us = join->at_us;
            n++;
        }
    }
    return n;
}

void join_watch_run(struct join_watch *w, struct app *app, const struct live_sample *live,
                    int64_t now_us)
{
    int64_t newest_us = w->until_us;
    struct user_join *joins = NULL;
    struct arena a = {0};
    struct error e = {0};
    size_t n = live->is_fresh ? join_watch_new(w, live->groups, &a, &joins, &newest_us) : 0;

    if (n == 0 || store_user_join_add(app->db, joins, n, &e) == 0)
        w->until_us = newest_us;
    else
        log_warn(&ctx, "who came in was not noted: %s", e.text);
    if (w->until_us > now_us)
        w->until_us = now_us; /* the clock was set back */
    arena_release(&a);
}
