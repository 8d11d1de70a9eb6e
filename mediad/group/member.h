/*
 * A member of a group: a WebSocket client, a WHIP publisher or the recorder; and a viewer (WHEP),
 * who is let in and counted as one, but listed apart. The group knows only this much of it; what
 * hears and what ends is behind member_ops.
 */
#ifndef NEREID_MEDIAD_GROUP_MEMBER_H
#define NEREID_MEDIAD_GROUP_MEMBER_H

#include <json-c/json.h>

#include "common/list.h"
#include "common/permissions.h"
#include "common/span.h"
#include "mediad/frame.h"
#include "mediad/group/speakers.h"
#include "mediad/name_index.h"

struct live_group;
struct member;
struct published;
struct stream_receiver;

enum member_kind {
    MEMBER_CLIENT,
    MEMBER_WHIP,
    MEMBER_RECORDER,
    MEMBER_VIEWER, /* WHEP: in no list of members, and nobody hears of it */
};

/** How a member proved who it is: what its permissions follow when the description changes. */
enum login {
    LOGIN_TOKEN,    /* nothing: they are the token's for as long as it stays */
    LOGIN_USER,     /* the entry of its name */
    LOGIN_WILDCARD, /* the wildcard user, whatever its name: that it did not prove */
};

enum group_event_kind {
    EVENT_USER_ADD,
    EVENT_USER_CHANGE,
    EVENT_USER_DELETE,
    EVENT_GROUP_CHANGED, /* lock, data or description */
    EVENT_PERMISSIONS,   /* the hearer's own permissions changed */
    EVENT_MESSAGE,       /* a finished message, in `frame` */
};

struct group_event {
    enum group_event_kind kind;
    struct member *subject;  /* whom EVENT_USER_* is about */
    const struct member *by; /* whose doing EVENT_PERMISSIONS is; NULL: the server's */
    struct frame *frame;     /* what all hear alike: made by the first, shared by the others */
};

/** How a member leaves: what follows for those who stay. */
enum leaving {
    LEAVING_ALONE,    /* they hear of it; the group may have lost its last operator */
    LEAVING_REPLACED, /* they hear of it; a newer connection takes its place at once, and whether an
                         operator is left is asked when that one is in */
    LEAVING_WITH_ALL, /* everybody leaves: nobody need hear of it */
};

/** Why somebody is put out. Strings are borrowed. */
struct kick {
    enum leaving leaving;
    const char *text;        /* "" for none */
    const char *by_id;       /* NULL: the server */
    const char *by_username; /* NULL: the server */
};

/** A stream that a receiver is offered. Borrowed. */
struct stream_offer {
    const char *id;
    const char *label;
    const char *replaces; /* id of the stream in whose place it comes; NULL: of none */
    const struct member *publisher;
    struct span sdp;
};

/** What a member is told. None of these may take it, or anybody, out of the group at once, but for
 * `kicked`. */
struct member_ops {
    /** Must not change the group or its members. */
    void (*hear)(struct member *m, struct group_event *event);
    /** Leave the group, as `kick` says, and end. */
    void (*kicked)(struct member *m, const struct kick *kick);
    /** Its permissions were `before`; told before the others hear of it. */
    void (*permissions_changed)(struct member *m, unsigned before);

    /** An operator mutes what it publishes, or ends that. NULL: its client does it when it is told.
     * May change its data. */
    void (*mute)(struct member *m, bool is_muted);

    /* ---- about streams that it publishes; `id` is of the stream ---- */

    /** Its offer was accepted: the answer's SDP. */
    void (*answer)(struct member *m, const char *id, struct span sdp);
    /** Its offer was refused, or its stream ended by the server.
     * @param error identifier for programs, or NULL; @param text says why */
    void (*aborted)(struct member *m, const char *id, const char *error, const char *text);
    /** The connection was lost: it is to offer the stream again. */
    void (*renegotiate)(struct member *m, const char *id);
    /** Something is wrong with a stream that goes on. */
    void (*warned)(struct member *m, const char *text);

    /* ---- about streams that it receives: NULL where `receiver` is ---- */

    /** A stream is offered to it, or other tracks of one. */
    void (*offer)(struct member *m, const struct stream_offer *offer);
    /** A stream that it received has ended for it. @param why a sentence when the connection
     * failed, else NULL */
    void (*closed)(struct member *m, const char *id, const char *why);

    /* ---- about all streams of the group: the recorder's and viewers' alone ---- */

    /** A stream is there, or has other tracks. */
    void (*published)(struct member *m, struct published *stream);
    /** It ends: it is in no list any more. */
    void (*unpublished)(struct member *m, struct published *stream);
};

struct member {
    struct name_entry by_id;  /* in the group; the name is `id` */
    struct live_group *group; /* NULL: in none */
    struct list_node in_group;
    struct list streams; /* that it publishes: struct published */
    size_t n_streams;
    struct speaker speaker;
    struct stream_receiver *receiver; /* what it receives (signal/stream_links.h); NULL: nothing */
    enum member_kind kind;
    uint64_t number; /* of all members of this process; the media plane knows the client by it */
    const struct member_ops *ops;
    char *id;
    char *username; /* never NULL inside a group; outlives the membership */
    enum login login;
    unsigned features;              /* that it asked for (signal/features.h) */
    struct permissions base;        /* from description or token */
    unsigned granted, revoked;      /* by operators, on top of base */
    struct permissions permissions; /* what holds */
    struct json_object *data;       /* the user's own; NULL when empty */
    char *address;                  /* NULL for the recorder */
    struct frame *add_frame;        /* cached `user/add`; NULL after a change */
    int64_t joined_us;              /* since 1970 */
};

static inline bool member_may(const struct member *m, unsigned permissions)
{
    return m->group && permissions_has(&m->permissions, permissions);
}

/** It hears a finished message. Takes the frame over; nothing happens for NULL. */
void member_tell(struct member *m, struct frame *f);

/** Take new permissions from a description or token, keeping what operators changed.
 * @return 0, or ERR_NO_MEMORY with everything as before */
int member_set_base(struct member *m, const struct permissions *base) MUST_USE;
/** Apply what operators change: bits to add and to take. @return 0 or ERR_NO_MEMORY */
int member_adjust(struct member *m, unsigned add, unsigned take) MUST_USE;
/** Merge an object into user data; null deletes a key. @return 0, ERR_TOO_LARGE, ERR_NO_MEMORY */
int data_merge(struct json_object **data, struct json_object *change, size_t size_max) MUST_USE;
/** Forget cached messages after a change. */
void member_touch(struct member *m);
/** Permissions, data and cache; not id, name and address, which the owner keeps. */
void member_clear(struct member *m);

#endif
