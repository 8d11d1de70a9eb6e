/*
 * A group in memory: its members, lock, history, data and the ids of streams in it. Made by the
 * first who joins, forgotten by the registry. Control thread only.
 */
#ifndef NEREID_MEDIAD_GROUP_LIVE_GROUP_H
#define NEREID_MEDIAD_GROUP_LIVE_GROUP_H

#include "common/group_desc.h"
#include "common/list.h"
#include "mediad/group/bans.h"
#include "mediad/group/history.h"
#include "mediad/group/member.h"
#include "mediad/name_index.h"

/** A stream that a member publishes; embedded in what knows more of it. */
struct published {
    struct name_entry by_id; /* in the group: the publisher's id for the stream */
    struct list_node in_group, in_member;
    struct member *owner;
};

struct live_group {
    struct name_entry by_name;
    struct list_node in_registry;
    char *name;
    struct group_desc *desc;      /* what holds here */
    struct group_desc *file_desc; /* the deciding file's; the same unless inherited */
    bool is_inherited;
    size_t file_len;     /* how much of the name is the deciding file's */
    struct list members; /* in the order in which they came */
    struct list viewers; /* same; MEMBER_VIEWER: without an id here */
    struct name_index by_id;
    size_t n_members; /* the recorder is not counted (SIG-30) */
    size_t n_viewers;
    size_t n_operators;
    struct member *recorder;  /* NULL: the group is not recorded */
    size_t *n_members_server; /* of all groups together, with viewers */
    char *lock;               /* NULL: open; text for those refused, may be "" */
    struct history history;
    struct json_object *data; /* NULL when empty */
    struct list streams;      /* struct published, as they came: receivers are offered them so */
    struct name_index streams_by_id;
    struct speakers speakers; /* of the members */
    struct bans bans;
    int64_t created_us, active_us; /* monotonic; last join or leave */
    int64_t created_wall_us;
    int64_t told_us; /* when operators were last told of somebody turned away */
};

/** @param name copied; descriptions get a reference; @param n_server counts members of all groups
 */
int live_group_new(struct live_group **out, const char *name, struct group_desc *desc,
                   struct group_desc *file_desc, bool is_inherited, size_t *n_server,
                   int64_t now_us, int64_t wall_us) MUST_USE;
/** There must be no members. */
void live_group_free(struct live_group *g);

struct member *live_group_find(const struct live_group *g, const char *id);
/** Becomes a member without telling anybody: the caller first greets it, then announces it.
 * @return 0, ERR_EXISTS, ERR_NO_MEMORY */
int live_group_add(struct live_group *g, struct member *m, int64_t now_us) MUST_USE;
/** `user/add` to all the others. */
void live_group_announce(struct live_group *g, struct member *m);
/** Leaves; `user/delete` to those who remain, unless all leave.
 * @return true when the group is without an operator now, and that is to have consequences
 *         (moderation_leave()) */
bool live_group_remove(struct member *m, enum leaving leaving, int64_t now_us) MUST_USE;

/** Everybody hears, but for `except` (may be NULL). Takes the event's frame reference. */
void live_group_tell(struct live_group *g, struct group_event *event, const struct member *except);
/** A finished message to every WebSocket member, but for `except`; with operators_only to those.
 * Borrows the frame. */
void live_group_send(struct live_group *g, struct frame *frame, const struct member *except,
                     bool operators_only);

/** A member publishes a stream, whose `by_id.name` is set.
 * @return 0, ERR_EXISTS when the id is in use in this group, ERR_NO_MEMORY */
int live_group_publish(struct member *m, struct published *stream) MUST_USE;
void live_group_unpublish(struct published *stream);
/** The recorder and viewers hear of a stream, or of other tracks of one. */
void live_group_tell_published(struct published *stream);

/** Do its members encrypt their media end to end (docs/ENCRYPTION.md)? Its description says so, or
 * an operator did, by `encrypted: true` in its data. */
bool live_group_is_encrypted(const struct live_group *g);

/** How long messages are kept; negative: not at all. */
int64_t live_group_history_age_us(const struct live_group *g);

#endif
