#include "mediad/signal/message.h"

#include <stdlib.h>
#include <string.h>

#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/macros.h"
#include "mediad/signal/features.h"

static const char *const type_names[MESSAGE_TYPES] = {
    [MESSAGE_UNKNOWN] = "unknown",
    [MESSAGE_HANDSHAKE] = "handshake",
    [MESSAGE_PING] = "ping",
    [MESSAGE_PONG] = "pong",
    [MESSAGE_JOIN] = "join",
    [MESSAGE_OFFER] = "offer",
    [MESSAGE_ANSWER] = "answer",
    [MESSAGE_ICE] = "ice",
    [MESSAGE_RENEGOTIATE] = "renegotiate",
    [MESSAGE_CLOSE] = "close",
    [MESSAGE_ABORT] = "abort",
    [MESSAGE_REQUEST] = "request",
    [MESSAGE_REQUEST_STREAM] = "requestStream",
    [MESSAGE_KEYFRAME] = "keyframe",
    [MESSAGE_CHAT] = "chat",
    [MESSAGE_USERMESSAGE] = "usermessage",
    [MESSAGE_USERACTION] = "useraction",
    [MESSAGE_GROUPACTION] = "groupaction",
};

const char *message_type_name(enum message_type type)
{
    return type_names[type];
}

static enum message_type find_type(const char *name)
{
    for (int type = MESSAGE_UNKNOWN + 1; type < MESSAGE_TYPES; type++) {
        if (strcmp(name, type_names[type]) == 0)
            return (enum message_type)type;
    }
    return MESSAGE_UNKNOWN;
}

/* Fields that the server sends and a client may not get wrong either, although nothing reads them.
 */
static void check_unused(struct json_fields *f)
{
    static const char *const strings[] = {"error", "time"};
    const char *text = NULL;
    struct json_object *object = NULL;
    char **permissions = NULL;
    size_t n = 0;
    bool flag = false;

    for (size_t i = 0; i < LENGTH(strings); i++)
        json_fields_string(f, strings[i], &text);
    json_fields_bool(f, "privileged", &flag);
    json_fields_strings(f, "permissions", &permissions, &n);
    free(permissions);
    json_fields_object(f, "status", &object);
    json_fields_object(f, "rtcConfiguration", &object);
}

static void read_version(struct json_fields *f, struct message *m)
{
    char **versions = NULL;
    size_t n = 0;

    json_fields_strings(f, "version", &versions, &n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(versions[i], "2") == 0)
            m->speaks_version_2 = true;
    }
    free(versions);
}

static void read_features(struct json_fields *f, struct message *m)
{
    char **words = NULL;
    size_t n = 0;

    json_fields_strings(f, "features", &words, &n);
    m->has_features = words;
    m->features = features_of(words, n);
    free(words);
}

static void read_candidate(struct json_fields *f, struct message *m)
{
    struct json_object *object = NULL;
    struct span fragment = {0};
    int64_t line = 0;

    json_fields_object(f, "candidate", &object);
    if (!object)
        return;
    struct json_fields c = {
        .object = object, .prefix = "candidate", .any_case = true, .e = f->e, .result = f->result};

    m->has_candidate = true;
    json_fields_span(&c, "candidate", &m->candidate);
    json_fields_span(&c, "sdpMid", &m->sdp_mid);
    json_fields_int(&c, "sdpMLineIndex", 0, UINT16_MAX, &line);
    json_fields_span(&c, "usernameFragment", &fragment);
    f->result = c.result;
}

static int read_fields(struct message *m, struct error *e)
{
    struct json_fields f = {.object = m->root, .any_case = true, .e = e};
    const char *type = "";

    json_fields_string(&f, "type", &type);
    json_fields_string(&f, "kind", &m->kind);
    json_fields_string(&f, "id", &m->id);
    json_fields_string(&f, "replace", &m->replace);
    json_fields_string(&f, "source", &m->source);
    json_fields_string(&f, "dest", &m->dest);
    json_fields_string(&f, "username", &m->username);
    json_fields_string(&f, "password", &m->password);
    json_fields_string(&f, "token", &m->token);
    json_fields_string(&f, "group", &m->group);
    json_fields_string(&f, "label", &m->label);
    json_fields_string(&f, "resume", &m->resume);
    json_fields_span(&f, "sdp", &m->sdp);
    read_version(&f, m);
    read_features(&f, m);
    json_fields_bool(&f, "noecho", &m->noecho);
    json_fields_object(&f, "data", &m->data);
    m->value = json_fields_get(&f, "value");
    m->request = json_fields_get(&f, "request");
    read_candidate(&f, m);
    check_unused(&f);
    m->type = find_type(type);
    return f.result;
}

int message_parse(struct message *out, struct span text, struct error *e)
{
    struct message m = {.kind = "",
                        .id = "",
                        .replace = "",
                        .source = "",
                        .dest = "",
                        .password = "",
                        .token = "",
                        .group = "",
                        .label = "",
                        .resume = ""};
    int r = json_scan_parse(&m.root, text, &json_limits_message, e);

    if (r < 0)
        return r;
    if (!json_object_is_type(m.root, json_type_object)) {
        r = error_set(e, ERR_SYNTAX, "line 1 column 1", "not an object");
        goto fail;
    }
    r = read_fields(&m, e);
    if (r < 0)
        goto fail;
    *out = m;
    return 0;
fail:
    json_object_put(m.root);
    return r;
}

void message_release(struct message *m)
{
    json_object_put(m->root);
    *m = (struct message){0};
}
