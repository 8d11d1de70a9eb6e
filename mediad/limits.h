/*
 * mediad's own settings: data/mediad.json, written by admin-cgi or by hand, read again when it
 * changes. Absent members have their defaults (limits_default); what is wrong is reported and
 * the rest is used.
 */
#ifndef NEREID_MEDIAD_LIMITS_H
#define NEREID_MEDIAD_LIMITS_H

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/span.h"
#include "mediad/record/recorder_limits.h"

struct limits {
    /* what one client may send */
    int64_t messages_per_s, message_burst;
    int64_t chats_per_s, chat_burst;
    int64_t message_bytes; /* before the join it is unjoined_message_bytes */
    int64_t unjoined_message_bytes;
    int64_t data_bytes; /* user data, group data */
    int64_t chat_bytes;
    /* what waits for one client */
    int64_t queue_bytes, queue_messages;
    int64_t stall_s; /* a reader that takes nothing for so long is dropped */
    /* how many */
    int64_t clients;
    int64_t clients_per_address;
    int64_t unjoined, unjoined_per_address;
    int64_t unjoined_messages;
    int64_t handshake_s, join_s;
    int64_t members_per_group, members;
    int64_t streams_per_member;
    int64_t groups, subgroups_per_group;
    int64_t tokens_per_group;
    int64_t join_failures_per_min;
};

struct settings {
    struct limits limits;
    struct recorder_limits recording;
    char **announce;       /* NULL-terminated, or NULL */
    char *frame_ancestors; /* for the group page's policy: "'none'", or origins */
    int64_t
        last_n; /* videos of so many speakers are sent, where a group's file says nothing; 0: all */
    bool allow_wasm; /* the group page's scripts may compile WebAssembly (background blur) */
};

extern const struct limits limits_default;
extern const struct recorder_limits recorder_limits_default;

/** Everything at its default. @return 0 or ERR_NO_MEMORY */
int settings_init(struct settings *s) MUST_USE;
/** Frees what they hold; zeroed then. */
void settings_release(struct settings *s);
/** Parse the file's text; members that are wrong keep their default and the first is named in e,
 * whose code is then set although the result is 0. @return 0, ERR_SYNTAX, ERR_NO_MEMORY */
int settings_parse(struct settings *out, struct span text, struct error *e) MUST_USE;

#endif
