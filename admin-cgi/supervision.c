#include "admin-cgi/supervision.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/db.h"
#include "common/atomic_file.h"
#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/now.h"

#define STATUS_MAX 65536

struct findings {
    struct arena *a;
    struct part_problem *out;
    size_t n;
};

static void add(struct findings *f, const char *part, const char *text)
{
    if (text && f->n < SUPERVISION_PROBLEMS_MAX)
        f->out[f->n++] = (struct part_problem){.part = part, .text = text};
}

/* Without a supervisor there is no such file, and nothing to say. */
static struct json_object *read_status(const struct app *app)
{
    char *path = path_join(app->paths.run, "status.json");
    struct json_object *status = NULL;
    struct buf text = {0};

    if (path && file_read(&text, path, STATUS_MAX, NULL, NULL) == 0 &&
        json_scan_parse(&status, buf_span(&text), &json_limits_file, NULL) < 0)
        status = NULL;
    buf_release(&text);
    free(path);
    return status;
}

static void add_program(struct findings *f, struct json_object *program)
{
    struct json_fields fields = {.object = program};
    const char *name = NULL, *reason = "";
    int64_t failures = 0;
    bool is_down = false;

    json_fields_string(&fields, "name", &name);
    json_fields_bool(&fields, "down", &is_down);
    json_fields_int(&fields, "failures", 0, INT64_MAX, &failures);
    json_fields_string(&fields, "reason", &reason);
    if (fields.result < 0 || !name || !is_down)
        return;
    add(f, arena_printf(f->a, "%s", name),
        arena_printf(f->a,
                     TEXT("does not run: it failed %" PRId64
                          " times in a row, last with %s; its lines "
                          "in the log say why, and it is tried again every half minute"),
                     failures, reason));
}

static void add_status(struct findings *f, struct json_object *status)
{
    struct json_object *programs = json_object_object_get(status, "programs");
    struct json_fields fields = {.object = status};
    const char *certificate = NULL;

    if (json_object_is_type(programs, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(programs); i++)
            add_program(f, json_object_array_get_idx(programs, i));
    }
    json_fields_string(&fields, "certificate", &certificate);
    if (certificate)
        add(f, "certificate",
            arena_printf(f->a, TEXT("%s; until it is mended the last good one is served"),
                         certificate));
}

size_t supervision_look(struct app *app, struct arena *a,
                        struct part_problem out[SUPERVISION_PROBLEMS_MAX])
{
    struct findings f = {.a = a, .out = out};
    struct json_object *status = read_status(app);
    struct error full = {0};

    if (json_object_is_type(status, json_type_object))
        add_status(&f, status);
    json_object_put(status);
    if (!supervision_find(out, f.n, "mediad") && !live_sample_get(app->live, 2 * US_PER_S).is_fresh)
        add(&f, "mediad", TEXT("no answer"));
    if (db_check_room(app->db, &full) < 0)
        add(&f, "disk", arena_printf(a, "%s", full.text));
    return f.n;
}

const char *supervision_find(const struct part_problem *problems, size_t n, const char *part)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(problems[i].part, part) == 0)
            return problems[i].text;
    }
    return NULL;
}
