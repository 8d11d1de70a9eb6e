#include "admin-cgi/site/mediad_text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "admin-cgi/say.h"
#include "admin-cgi/site/member_text.h"
#include "common/json_scan.h"
#include "common/macros.h"
#include "common/mediad_fields.h"
#include "common/server_origin.h"

#define LIMITS "limits"
#define RECORDING "recording"

const struct mediad_field mediad_fields[N_MEDIAD_FIELDS] = {
    {MEDIAD_MEETINGS, NULL, "last-n", MEDIAD_NUMBER, TEXT("Cameras that everybody is sent"),
     TEXT("Those of so many people who spoke last, in groups that say nothing of it. 0: all.")},
    {MEDIAD_MEETINGS, NULL, "frame-ancestors", MEDIAD_ORIGINS,
     TEXT("Sites that may show a group's page within theirs"),
     TEXT("One origin a line, as https://site.example. Empty: none.")},
    {MEDIAD_MEETINGS, NULL, "wasm", MEDIAD_FLAG, TEXT("Background blur"),
     TEXT("Scripts of the group page may run WebAssembly, which the blur needs that can be "
          "installed beside this server.")},
    {MEDIAD_MEETINGS, NULL, "announce", MEDIAD_ADDRESSES,
     TEXT("Addresses that browsers are told for media"),
     TEXT("One a line, behind NAT the public one. Empty: those that the server listens on. Read "
          "when the media daemon starts.")},

    {MEDIAD_RECORDINGS, RECORDING, "free-bytes", MEDIAD_NUMBER,
     TEXT("Room that stays free on the disk"),
     TEXT("A recording ends before less is free. Empty: 1 GiB, or a hundredth of a smaller disk.")},
    {MEDIAD_RECORDINGS, RECORDING, "group-bytes", MEDIAD_NUMBER,
     TEXT("Room that recordings of one group may take"),
     TEXT("A recording that meets it ends; what was deleted and can be brought back counts. 0: no "
          "limit.")},
    {MEDIAD_RECORDINGS, RECORDING, "total-bytes", MEDIAD_NUMBER,
     TEXT("Room that all recordings may take"), TEXT("In the same way. 0: no limit.")},

    {MEDIAD_CROWD, LIMITS, "members", MEDIAD_NUMBER, TEXT("People in all meetings"),
     TEXT("Who comes later is told that the server is full.")},
    {MEDIAD_CROWD, LIMITS, "members-per-group", MEDIAD_NUMBER, TEXT("People in one meeting"),
     TEXT("Whatever its group allows.")},
    {MEDIAD_CROWD, LIMITS, "groups", MEDIAD_NUMBER, TEXT("Meetings at once"),
     TEXT("Groups that somebody is in.")},
    {MEDIAD_CROWD, LIMITS, "subgroups-per-group", MEDIAD_NUMBER, TEXT("Subgroups of one group"),
     TEXT("Of those that appear by themselves.")},
    {MEDIAD_CROWD, LIMITS, "streams-per-member", MEDIAD_NUMBER, TEXT("Streams of one person"),
     TEXT("Cameras, screens and files that somebody shares at once.")},
    {MEDIAD_CROWD, LIMITS, "tokens-per-group", MEDIAD_NUMBER, TEXT("Invitations to one group"),
     TEXT("That are made in meetings.")},
    {MEDIAD_CROWD, LIMITS, "clients", MEDIAD_NUMBER, TEXT("Connections"),
     TEXT("Of everybody, whether in a meeting or at its door.")},
    {MEDIAD_CROWD, LIMITS, "clients-per-address", MEDIAD_NUMBER, TEXT("Connections of one address"),
     TEXT("A whole school may have one address.")},
    {MEDIAD_CROWD, LIMITS, "unjoined", MEDIAD_NUMBER, TEXT("Connections in no meeting"),
     TEXT("Of too many, the newest of the address that has most are ended.")},
    {MEDIAD_CROWD, LIMITS, "unjoined-per-address", MEDIAD_NUMBER,
     TEXT("Connections in no meeting of one address"), TEXT("In the same way.")},
    {MEDIAD_CROWD, LIMITS, "handshake-seconds", MEDIAD_NUMBER, TEXT("Seconds to greet the server"),
     TEXT("A connection that says nothing for so long is ended.")},
    {MEDIAD_CROWD, LIMITS, "join-seconds", MEDIAD_NUMBER, TEXT("Seconds to come into a meeting"),
     TEXT("A connection that is in none for so long is ended.")},
    {MEDIAD_CROWD, LIMITS, "join-failures-per-minute", MEDIAD_NUMBER,
     TEXT("Wrong passwords in a minute"),
     TEXT("Of one address at one group, before it must wait.")},

    {MEDIAD_MESSAGES, LIMITS, "messages-per-second", MEDIAD_NUMBER, TEXT("Messages in a second"),
     TEXT("What comes beyond it waits; who goes on is warned, and then put out.")},
    {MEDIAD_MESSAGES, LIMITS, "message-burst", MEDIAD_NUMBER, TEXT("Messages at once"),
     TEXT("So many may come together first.")},
    {MEDIAD_MESSAGES, LIMITS, "chats-per-second", MEDIAD_NUMBER, TEXT("Lines of chat in a second"),
     TEXT("In the same way.")},
    {MEDIAD_MESSAGES, LIMITS, "chat-burst", MEDIAD_NUMBER, TEXT("Lines of chat at once"),
     TEXT("In the same way.")},
    {MEDIAD_MESSAGES, LIMITS, "chat-bytes", MEDIAD_NUMBER, TEXT("Bytes of a line of chat"),
     TEXT("A longer one is refused.")},
    {MEDIAD_MESSAGES, LIMITS, "data-bytes", MEDIAD_NUMBER, TEXT("Bytes that a program may keep"),
     TEXT("Of what scripts note about a person or a group.")},
    {MEDIAD_MESSAGES, LIMITS, "message-bytes", MEDIAD_NUMBER, TEXT("Bytes of a message"),
     TEXT("Of whatever kind.")},
    {MEDIAD_MESSAGES, LIMITS, "unjoined-message-bytes", MEDIAD_NUMBER,
     TEXT("Bytes of a message at the door"), TEXT("Of who is in no meeting yet.")},
    {MEDIAD_MESSAGES, LIMITS, "unjoined-messages", MEDIAD_NUMBER, TEXT("Messages at the door"),
     TEXT("Of who is in no meeting yet, altogether.")},
    {MEDIAD_MESSAGES, LIMITS, "queue-bytes", MEDIAD_NUMBER, TEXT("Bytes that wait for one person"),
     TEXT("Whose line is too slow for more is put out.")},
    {MEDIAD_MESSAGES, LIMITS, "queue-messages", MEDIAD_NUMBER,
     TEXT("Messages that wait for one person"), TEXT("In the same way.")},
    {MEDIAD_MESSAGES, LIMITS, "stall-seconds", MEDIAD_NUMBER,
     TEXT("Seconds that somebody may take nothing"), TEXT("Then they are put out.")},
};

bool mediad_field_bounds(const struct mediad_field *field, struct mediad_bounds *out)
{
#define BOUNDS(name, member, min, max, preset) {name, {min, max, preset}},
    static const struct {
        const char *name;
        struct mediad_bounds bounds;
    } rows[] = {{"last-n", {0, MEDIAD_LAST_N_MAX, 0}},
                MEDIAD_LIMITS(BOUNDS) MEDIAD_RECORDING(BOUNDS)};
#undef BOUNDS

    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (strcmp(rows[i].name, field->name) == 0) {
            *out = rows[i].bounds;
            return true;
        }
    }
    return false;
}

static const char *value_of(struct arena *a, const struct mediad_field *field,
                            struct json_object *value)
{
    if (field->kind == MEDIAD_NUMBER)
        return value ? arena_str(a, json_object_get_string(value)) : "";
    return field->kind == MEDIAD_FLAG ? member_flag(value) : member_lines(a, value);
}

int mediad_text_read(struct mediad_values *out, struct arena *a, struct span text, struct error *e)
{
    struct json_object *root = NULL;
    struct error unclean;
    int r = json_scan_parse_file(&root, text, &unclean, e);

    for (size_t i = 0; i < N_MEDIAD_FIELDS; i++) {
        const struct mediad_field *f = &mediad_fields[i];
        struct json_object *object = f->object ? json_object_object_get(root, f->object) : root;
        const char *value = "";

        if (r == 0 && json_object_is_type(object, json_type_object))
            value = value_of(a, f, json_object_object_get(object, f->name));
        out->values[i] = value ? value : "";
    }
    json_object_put(root);
    return r == 0 && a->bad ? error_set(e, ERR_NO_MEMORY, NULL, "out of memory") : r;
}

/* The member's value as JSON; nothing for an empty one. */
static void add_value(struct buf *out, const struct mediad_field *field, const char *value)
{
    if (!*value)
        return;
    if (field->kind == MEDIAD_NUMBER)
        buf_add_str(out, value);
    else if (field->kind == MEDIAD_FLAG)
        buf_add_str(out, "true");
    else
        member_add_lines(out, value);
}

static int write_one(struct buf *text, const struct mediad_field *field, const char *value,
                     struct error *e)
{
    const char *path[] = {field->object ? field->object : field->name, field->name};
    struct buf json = {0};

    add_value(&json, field, value);
    return member_write(text, path, field->object ? 2 : 1, &json, e);
}

int mediad_text_write(struct buf *out, struct span text, const struct mediad_values *values,
                      struct error *e)
{
    struct mediad_values now;
    struct arena a = {0};
    struct buf work = {0};
    int r = mediad_text_read(&now, &a, text, e);

    buf_add_span(&work, text);
    for (size_t i = 0; i < N_MEDIAD_FIELDS && r == 0; i++) {
        if (strcmp(now.values[i], values->values[i]) != 0)
            r = write_one(&work, &mediad_fields[i], values->values[i], e);
    }
    if (r == 0) {
        buf_add_span(out, buf_span(&work));
        r = buf_check(out);
    }
    buf_release(&work);
    arena_release(&a);
    return r;
}

static int check_number(const struct mediad_field *field, const char *value, struct error *e)
{
    struct mediad_bounds b = {0};
    uint64_t n;

    if (mediad_field_bounds(field, &b) && span_u64(span_str(value), &n) && n >= (uint64_t)b.min &&
        n <= (uint64_t)b.max)
        return 0;
    return error_set(e, ERR_INVALID, NULL, "write a whole number from %" PRId64 " to %" PRId64,
                     b.min, b.max);
}

static bool is_address(struct span line)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct in6_addr address;

    if (line.len >= sizeof text)
        return false;
    memcpy(text, line.data, line.len);
    return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

static int check_lines(const struct mediad_field *field, const char *value, struct error *e)
{
    struct span rest = span_str(value), line;

    while (span_split(&rest, '\n', &line)) {
        line = span_trim(line);
        if (line.len == 0)
            continue;
        if (field->kind == MEDIAD_ORIGINS ? !policy_source_check(line) : !is_address(line))
            return error_set(e, ERR_INVALID, NULL,
                             field->kind == MEDIAD_ORIGINS ? "%.*s is no origin"
                                                           : "%.*s is no IP address",
                             (int)line.len, (const char *)line.data);
    }
    return 0;
}

int mediad_value_check(const struct mediad_field *field, const char *value, struct error *e)
{
    if (!*value || field->kind == MEDIAD_FLAG)
        return 0;
    if (field->kind == MEDIAD_NUMBER)
        return check_number(field, value, e);
    return check_lines(field, value, e);
}
