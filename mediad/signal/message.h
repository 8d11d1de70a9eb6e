/*
 * Incoming messages: JSON text to a struct whose every field has the right type
 * (SIG-1, docs/PROTOCOL.md). What a field means is not looked at here.
 */
#ifndef NEREID_MEDIAD_SIGNAL_MESSAGE_H
#define NEREID_MEDIAD_SIGNAL_MESSAGE_H

#include <json-c/json.h>
#include <stdbool.h>

#include "common/error.h"
#include "common/span.h"

enum message_type {
    MESSAGE_UNKNOWN, /* an unknown `type`, or none */
    MESSAGE_HANDSHAKE,
    MESSAGE_PING,
    MESSAGE_PONG,
    MESSAGE_JOIN,
    MESSAGE_OFFER,
    MESSAGE_ANSWER,
    MESSAGE_ICE,
    MESSAGE_RENEGOTIATE,
    MESSAGE_CLOSE,
    MESSAGE_ABORT,
    MESSAGE_REQUEST,
    MESSAGE_REQUEST_STREAM,
    MESSAGE_KEYFRAME,
    MESSAGE_CHAT,
    MESSAGE_USERMESSAGE,
    MESSAGE_USERACTION,
    MESSAGE_GROUPACTION,
    MESSAGE_TYPES
};

/** Strings are borrowed from `root` and "" when absent, unless said otherwise. */
struct message {
    struct json_object *root; /* owned */
    enum message_type type;
    const char *kind;
    const char *id;
    const char *replace;
    const char *source;
    const char *dest;
    const char *username; /* NULL when absent */
    const char *password;
    const char *token;
    const char *group;
    const char *label;
    const char *resume; /* ours, SIG-3 */
    struct span sdp;
    bool speaks_version_2;
    bool has_features; /* ours: `features` is given */
    unsigned features; /* enum feature */
    bool noecho;
    struct json_object *data;    /* NULL when absent or null */
    struct json_object *value;   /* same */
    struct json_object *request; /* same */
    bool has_candidate;
    struct span candidate; /* the candidate's text */
    struct span sdp_mid;
};

/**
 * @param e place is the field's name, or "line L column C"
 * @return 0; ERR_SYNTAX or ERR_TOO_LARGE: not JSON, not an object, over a limit; ERR_INVALID: a
 * field of the wrong type, the rest is well-formed; ERR_NO_MEMORY. Nothing is owned on failure.
 */
int message_parse(struct message *out, struct span text, struct error *e) MUST_USE;
void message_release(struct message *m);
/** The wire word, for logs and metrics; "unknown" for MESSAGE_UNKNOWN. */
const char *message_type_name(enum message_type type);

#endif
