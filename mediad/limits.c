#include "mediad/limits.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/macros.h"

#define KIB 1024
#define MIB (1024 * 1024)
#define RECORDING_BYTES_MAX (INT64_C(1) << 50)
#define LAST_N_MAX 1000

const struct limits limits_default = {
    .messages_per_s = 50,
    .message_burst = 300,
    .chats_per_s = 5,
    .chat_burst = 30,
    .message_bytes = MIB,
    .unjoined_message_bytes = 64 * KIB,
    .data_bytes = 16 * KIB,
    .chat_bytes = 64 * KIB,
    .queue_bytes = 2 * MIB,
    .queue_messages = 2000,
    .stall_s = 30,
    .clients = 20000,
    .clients_per_address = 5000,
    .unjoined = 2000,
    .unjoined_per_address = 200,
    .unjoined_messages = 20,
    .handshake_s = 15,
    .join_s = 60,
    .members_per_group = 5000,
    .members = 20000,
    .streams_per_member = 16,
    .groups = 10000,
    .subgroups_per_group = 1000,
    .tokens_per_group = 10000,
    .join_failures_per_min = 30,
};

const struct recorder_limits recorder_limits_default = {.free_floor_bytes = -1};

/* A member of an object in the file, and of the struct that it is read into. */
struct field {
    const char *name;
    size_t offset;
    int64_t min, max;
};

/* Members of "limits". */
static const struct field fields[] = {
#define FIELD(name, member, min, max)                                                              \
    {                                                                                              \
        name, offsetof(struct limits, member), min, max                                            \
    }
    FIELD("messages-per-second", messages_per_s, 1, 100000),
    FIELD("message-burst", message_burst, 1, 1000000),
    FIELD("chats-per-second", chats_per_s, 1, 100000),
    FIELD("chat-burst", chat_burst, 1, 1000000),
    FIELD("message-bytes", message_bytes, KIB, MIB),
    FIELD("unjoined-message-bytes", unjoined_message_bytes, KIB, MIB),
    FIELD("data-bytes", data_bytes, 2, MIB),
    FIELD("chat-bytes", chat_bytes, 2, MIB),
    FIELD("queue-bytes", queue_bytes, 64 * KIB, 256 * MIB),
    FIELD("queue-messages", queue_messages, 100, 1000000),
    FIELD("stall-seconds", stall_s, 1, 3600),
    FIELD("clients", clients, 1, 1000000),
    FIELD("clients-per-address", clients_per_address, 1, 1000000),
    FIELD("unjoined", unjoined, 1, 1000000),
    FIELD("unjoined-per-address", unjoined_per_address, 1, 1000000),
    FIELD("unjoined-messages", unjoined_messages, 2, 1000000),
    FIELD("handshake-seconds", handshake_s, 1, 3600),
    FIELD("join-seconds", join_s, 1, 86400),
    FIELD("members-per-group", members_per_group, 1, 1000000),
    FIELD("members", members, 1, 1000000),
    FIELD("streams-per-member", streams_per_member, 1, 1000),
    FIELD("groups", groups, 1, 1000000),
    FIELD("subgroups-per-group", subgroups_per_group, 0, 1000000),
    FIELD("tokens-per-group", tokens_per_group, 0, 1000000),
    FIELD("join-failures-per-minute", join_failures_per_min, 1, 1000000),
#undef FIELD
};

/* Members of "recording". */
static const struct field recording_fields[] = {
    {"free-bytes", offsetof(struct recorder_limits, free_floor_bytes), 0, RECORDING_BYTES_MAX},
    {"group-bytes", offsetof(struct recorder_limits, group_quota_bytes), 0, RECORDING_BYTES_MAX},
    {"total-bytes", offsetof(struct recorder_limits, total_quota_bytes), 0, RECORDING_BYTES_MAX},
};

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

/* An origin that may stand in a policy: nothing that could end the directive or the header. */
static bool is_policy_source(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "-._:/[]*";

    if (strcmp(text, "'self'") == 0)
        return true;
    return *text != '\0' && strspn(text, allowed) == strlen(text);
}

static void parse_ancestors(struct json_fields *f, struct settings *s)
{
    char **sources = NULL;
    size_t n = 0;
    struct buf text = {0};

    json_fields_strings(f, "frame-ancestors", &sources, &n);
    for (size_t i = 0; i < n; i++) {
        if (!is_policy_source(sources[i])) {
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

    json_fields_int(&f, "last-n", 0, LAST_N_MAX, &s->last_n);
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
