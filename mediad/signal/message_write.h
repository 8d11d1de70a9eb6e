/*
 * Outgoing messages: structs to frames of JSON text (SIG-1, docs/PROTOCOL.md). Empty strings and
 * false are left out, except where the protocol wants them. Each function returns a new frame,
 * owned by the caller, or NULL when out of memory.
 */
#ifndef NEREID_MEDIAD_SIGNAL_MESSAGE_WRITE_H
#define NEREID_MEDIAD_SIGNAL_MESSAGE_WRITE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "mediad/frame.h"
#include "mediad/group/member.h"
#include "mediad/rtc/media_events.h"

struct frame *message_write_handshake(void);
/** `ping`, `pong`; and with an id `close`, `abort`, `renegotiate`. */
struct frame *message_write_plain(const char *type, const char *id);

/** kind: "add", "change", "delete" (which tells id and name only). */
struct frame *message_write_user(const char *kind, const struct member *m);

/** What somebody says: `chat`, `chathistory`, `usermessage`. NULL and "" are left out. */
struct chat_message {
    const char *type;
    const char *kind;
    const char *error;
    const char *id;
    const char *source;
    const char *dest;
    const char *username;
    bool privileged;
    bool noecho;
    struct json_object *value; /* or */
    const char *text;          /* a value that is a string */
    int64_t time_us;           /* since 1970; 0: none */
};
struct frame *message_write_chat(const struct chat_message *chat);

/** What all members of a group are told alike of it. */
struct group_view {
    struct span status;            /* JSON text */
    struct json_object *data;      /* written as {} when NULL */
    struct span rtc_configuration; /* JSON text; empty: left out */
};
/** Append it as JSON members, each with a comma in front. */
void message_write_view(struct buf *out, const struct group_view *view);

struct joined {
    const char *kind; /* join, change, leave, fail, redirect */
    const char *error;
    const char *group;
    const char *username;
    const char *value;                     /* text of a failure, URL of a redirect */
    const char *resume;                    /* SIG-3 */
    unsigned features;                     /* enum feature; 0: left out */
    bool can_record;                       /* for who asked for FEATURE_RECORDING */
    const struct permissions *permissions; /* NULL: left out */
    const struct member *by;               /* who changed them; NULL: left out */
    struct span view;                      /* by message_write_view(); empty: left out */
};
struct frame *message_write_joined(const struct joined *joined);

struct frame *message_write_offer(const struct stream_offer *offer);
struct frame *message_write_answer(const char *id, struct span sdp);

/** Which rids of a published video anybody receives. @param rids "" for a video without them */
struct frame *message_write_layers(const char *id, const char *const *rids, size_t n);
/** What a rid of a published video may take. */
struct rid_rate_limit {
    const char *rid; /* borrowed */
    int64_t bps;     /* 0: nothing */
};
/** What the videos of a published stream may take in all, and those rids of them that are bounded
 * by more than their page. */
struct frame *message_write_rate(const char *id, int64_t bps, const struct rid_rate_limit *rids,
                                 size_t n);
/** Who speaks, and who spoke last. */
struct frame *message_write_speakers(const struct speakers *speakers);
/** How a receiver is sent a stream's video. */
struct frame *message_write_stream_state(const char *id, const struct down_allocation *a);

/** Append a value as JSON text. */
void message_write_value(struct buf *out, struct json_object *value);

#endif
