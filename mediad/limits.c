#include "mediad/limits.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/macros.h"
#include "common/mediad_fields.h"
#include "common/server_origin.h"

#define PRESET(name, member, min, max, preset) .member = (preset),
#define FIELD_OF_LIMITS(name, member, min, max, preset)                                            \
    {name, offsetof(struct limits, member), min, max},
#define FIELD_OF_RECORDING(name, member, min, max, preset)                                         \
    {name, offsetof(struct recorder_limits, member), min, max},

const struct limits limits_default = {MEDIAD_LIMITS(PRESET)};
const struct recorder_limits recorder_limits_default = {MEDIAD_RECORDING(PRESET)};

/* A member of an object in the file, and of the struct that it is read into. */
struct field {
    const char *name;
    size_t offset;
    int64_t min, max;
};

/* Members of "limits". */
static const struct field fields[] = {MEDIAD_LIMITS(FIELD_OF_LIMITS)};

/* Members of "recording". */
static const struct field recording_fields[] = {MEDIAD_RECORDING(FIELD_OF_RECORDING)};

int settings_init(struct settings *s)
{
    struct settings fresh = {.limits = limits_default, .recording = recorder_limits_default};

    fresh.frame_ancestors = strdup("'none'");
    if (!fresh.frame_ancestors)
        return ERR_NO_MEMORY;
    *s = fresh;
    return 0;
}

void settings_release(struct settings *s)
{
    free(s->announce);
    free(s->frame_ancestors);
    *s = (struct settings){0};
}

static void parse_ancestors(struct json_fields *f, struct settings *s)
{
    char **sources = NULL;
    size_t n = 0;
    struct buf text = {0};

    json_fields_strings(f, "frame-ancestors", &sources, &n);
    for (size_t i = 0; i < n; i++) {
        if (!policy_source_check(span_str(sources[i]))) {
            json_fields_fail(f, ERR_INVALID, "frame-ancestors", "not an origin");
            goto out;
        }
        buf_printf(&text, "%s%s", i > 0 ? " " : "", sources[i]);
    }
    if (n > 0 && buf_check(&text) == 0) {
        free(s->frame_ancestors);
        s->frame_ancestors = text.data;
        text = (struct buf){0};
    }
out:
    buf_release(&text);
    free(sources);
}

static void parse_last_n(struct json_object *root, struct settings *s, struct error *e)
{
    struct error first = {0};
    struct json_fields f = {.object = root, .e = &first};

    json_fields_int(&f, "last-n", 0, MEDIAD_LAST_N_MAX, &s->last_n);
    if (f.result < 0 && e->code == 0)
        *e = first;
}

/* @param into the struct that the rows are about */
static void parse_fields(struct json_object *object, const char *prefix, const struct field *rows,
                         size_t n, void *into, struct error *e)
{
    for (size_t i = 0; object && i < n; i++) {
        struct error first = {0};
        struct json_fields f = {.object = object, .prefix = prefix, .e = &first};
        int64_t *value = (int64_t *)((char *)into + rows[i].offset);

        json_fields_int(&f, rows[i].name, rows[i].min, rows[i].max, value);
        if (f.result < 0 && e->code == 0)
            *e = first;
    }
}

int settings_parse(struct settings *out, struct span text, struct error *e)
{
    struct json_object *root = NULL, *object = NULL, *recording = NULL;
    struct settings s;
    struct error first = {0};
    int r = json_scan_parse(&root, text, &json_limits_file, e);

    if (r < 0)
        return r;
    if (!json_object_is_type(root, json_type_object)) {
        json_object_put(root);
        return error_set(e, ERR_SYNTAX, "line 1 column 1", "not an object");
    }
    r = settings_init(&s);
    if (r < 0) {
        json_object_put(root);
        return error_set(e, r, NULL, "out of memory");
    }
    struct json_fields f = {.object = root, .e = &first};
    size_t n = 0;

    json_fields_object(&f, "limits", &object);
    json_fields_object(&f, "recording", &recording);
    json_fields_strings(&f, "announce", &s.announce, &n);
    json_fields_bool(&f, "wasm", &s.allow_wasm);
    parse_ancestors(&f, &s);
    parse_last_n(root, &s, &first);
    parse_fields(object, "limits", fields, LENGTH(fields), &s.limits, &first);
    parse_fields(recording, "recording", recording_fields, LENGTH(recording_fields), &s.recording,
                 &first);
    if (e)
        *e = first;
    json_object_put(root);
    *out = s;
    return 0;
}
