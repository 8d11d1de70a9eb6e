/*
 * Streams between members: an up link for each stream that a member publishes, a down link for each
 * receiver of it. Knows who gets what and when an offer is due. Members hear of it through
 * member_ops: nothing here knows what a client is, or its connection.
 */
#ifndef NEREID_MEDIAD_SIGNAL_STREAM_LINKS_H
#define NEREID_MEDIAD_SIGNAL_STREAM_LINKS_H

#include "common/macros.h"
#include "mediad/group/live_group.h"
#include "mediad/rtc/down_stream.h"
#include "mediad/rtc/media_abilities.h"
#include "mediad/rtc/up_stream.h"
#include "mediad/signal/env.h"
#include "mediad/signal/selection.h"
#include "mediad/signal/shown.h"

#define STREAM_ID_MAX 256 /* bytes */

/** What a member that receives streams has asked for, and gets. Embedded in whoever implements the
 * member, whose `receiver` it is. Zeroed asks for nothing. */
struct stream_receiver {
    struct request_table request;
    struct media_abilities abilities;
    struct list downs; /* struct down_link */
    struct name_index downs_by_id;
};

struct up_link {
    struct published published; /* the id is its name */
    struct signal_env *env;
    struct list downs; /* struct down_link */
    struct up_stream *media;
    char *id;
    char *label;
    char *shape;         /* the tracks as text: tells whether an offer changed them */
    unsigned generation; /* counts changes of the tracks */
    unsigned n_failures; /* attempts since it was connected last */
    uint32_t demand;     /* bit i: somebody receives track i; set for those that are not there */
    int64_t limit_bps;   /* what its videos may take in all; 0: the media plane said nothing yet */
};

struct down_link {
    struct name_entry by_id; /* at the receiver; the up link's id */
    struct member *member;   /* who receives it */
    struct up_link *up;
    struct list_node in_receiver;
    struct list_node in_up;
    struct down_stream *media;
    bool has_override; /* by requestStream */
    unsigned override;
    struct shown shown;        /* same */
    struct allocate_wish wish; /* as the media plane knows it */
    struct track_selection selection[SELECTION_MAX];
    size_t n_selected;
    unsigned generation;
    bool is_offered; /* an answer is outstanding */
    bool wants_offer, wants_restart;
    unsigned n_failures; /* attempts since it was connected last */
};

/** NULL-terminated names of the codecs that a group allows, preferred first. Borrowed. */
const char *const *stream_codecs(const struct group_desc *desc);

/** Who publishes it. */
static inline struct member *up_link_owner(const struct up_link *up)
{
    return up->published.owner;
}
/** The link around what live_group.h and member.h list. */
static inline struct up_link *up_link_of(struct published *stream)
{
    return CONTAINER_OF(stream, struct up_link, published);
}
/** The member's own stream; NULL. */
struct up_link *up_link_find(const struct member *m, const char *id);
/** A stream that the member receives; NULL. */
struct down_link *down_link_find(const struct member *m, const char *id);

/** Make and enter into member and group. @return 0 or an error; nothing is left then */
int up_link_new(struct up_link **out, struct signal_env *env, struct member *m, const char *id,
                const char *label) MUST_USE;
/** Ends it for everybody; its owner is not told. @param tells_receivers they get `closed` */
void up_link_free(struct up_link *up, bool tells_receivers);
/** Its label says that it shows a screen. */
bool up_link_is_screen(const struct up_link *up);
/** What everybody in the group who asked for such a stream can decode (media_abilities_can()). */
uint32_t up_link_receivers_can(const struct up_link *up);
/** The tracks may have changed. */
void up_link_note_tracks(struct up_link *up);
/** Bit i: track i is a video. */
uint32_t up_link_videos(const struct up_link *up);
/** Tell its owner which of its layers anybody receives, if it asked for that. */
void up_link_tell_layers(struct up_link *up);
/** Tell its owner what its videos may take, if it asked for that. */
void up_link_tell_rate(struct up_link *up);

/** Ends it for this receiver, who is not told. */
void down_link_free(struct down_link *down);
/** The same, and the receiver gets `closed`. @param why a sentence for it, or NULL */
void down_link_close(struct down_link *down, const char *why);
/** Offer the current selection, or remember to when the answer to an earlier offer is in.
 * @param replaces id of the stream in whose place it comes, or NULL */
void down_link_offer(struct down_link *down, bool ice_restart, const char *replaces);
/** Tell the media plane how much the receiver wants the video, if that has changed. */
void down_link_wish(struct down_link *down);

/** What a member asked for decides whether it gets the stream, and which tracks. */
void stream_evaluate(struct up_link *up, struct member *receiver);
/** For every other member; viewers are told. */
void stream_evaluate_all(struct up_link *up);
/** Give `up` to everybody in place of `old`, whose receivers keep what they asked for; `old` is
 * freed. */
void stream_replace(struct up_link *up, struct up_link *old);

/** The right to present was lost: close all that the member publishes; it is told why by
 * `aborted`. */
void streams_revoke(struct member *m, const char *why);
/** The member leaves: what it publishes is closed for all, what it receives dropped, what it asked
 * for forgotten. It is told nothing. @param tells_receivers the others get `closed` */
void streams_forget(struct member *m, bool tells_receivers);

#endif
