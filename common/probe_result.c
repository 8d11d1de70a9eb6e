#include "common/probe_result.h"

#include <stdio.h>
#include <string.h>

#include "common/macros.h"

static const char *const names[] = {
    [PROBE_LATE] = "late",
    [PROBE_WORKS] = "works",
    [PROBE_BAD_URL] = "bad-url",
    [PROBE_NO_NAME] = "no-name",
    [PROBE_CLOSED] = "closed",
    [PROBE_SILENT] = "silent",
    [PROBE_NO_TLS] = "no-tls",
    [PROBE_NOT_STUN] = "not-stun",
    [PROBE_UNAUTHORIZED] = "unauthorized",
    [PROBE_REFUSED] = "refused",
    [PROBE_FAILED] = "failed",
};

static const char *text_of(struct json_object *value)
{
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

struct probe_row probe_row_of(struct json_object *url, struct json_object *server)
{
    const char *text = text_of(url);

    return (struct probe_row){.url = text ? text : "",
                              .username = text_of(json_object_object_get(server, "username")),
                              .password = text_of(json_object_object_get(server, "credential"))};
}

struct json_object *probe_result_to_json(const struct probe_result *result)
{
    struct json_object *json = json_object_new_object();

    if (!json)
        return NULL;
    json_object_object_add(json, "outcome", json_object_new_string(names[result->outcome]));
    json_object_object_add(json, "code", json_object_new_int(result->code));
    json_object_object_add(json, "took_us", json_object_new_int64(result->took_us));
    json_object_object_add(json, "text", json_object_new_string(result->text));
    return json;
}

void probe_result_from_json(struct probe_result *out, struct json_object *json)
{
    const char *name = json_object_get_string(json_object_object_get(json, "outcome"));
    const char *text = json_object_get_string(json_object_object_get(json, "text"));

    *out = (struct probe_result){.outcome = PROBE_FAILED};
    for (int i = 0; name && i < (int)LENGTH(names); i++) {
        if (strcmp(name, names[i]) == 0)
            out->outcome = (enum probe_outcome)i;
    }
    out->code = json_object_get_int(json_object_object_get(json, "code"));
    out->took_us = json_object_get_int64(json_object_object_get(json, "took_us"));
    snprintf(out->text, sizeof out->text, "%s", text ? text : "");
}
