/*
 * Streams between members: an up link for each stream that a client publishes, a down link for each
 * receiver of it. Knows who gets what and when an offer is due; the messages that move it are in
 * streams.c.
 */
#ifndef NEREID_MEDIAD_SIGNAL_STREAM_LINKS_H
#define NEREID_MEDIAD_SIGNAL_STREAM_LINKS_H

#include "mediad/group/live_group.h"
#include "mediad/signal/session_internal.h"

/** Attempts to connect a stream that may fail in a row: then it is ended, as its client would be
 * asked to renegotiate for ever. */
#define CONNECT_ATTEMPTS 3

struct up_link {
    struct published published;
    struct client_session *session;
    struct up_link *next; /* of the session */
    struct down_link *downs;
    struct up_stream *media;
    char *id;
    char *label;
    char *shape;         /* the tracks, in words: tells whether an offer changed them */
    unsigned generation; /* counts changes of the tracks */
    unsigned n_failures; /* attempts since it was connected last */
};

struct down_link {
    struct name_entry by_id; /* in the session; the up link's id */
    struct client_session *session;
    struct up_link *up;
    struct down_link *next, **link;       /* of the session */
    struct down_link *next_up, **link_up; /* of the up link */
    struct down_stream *media;
    bool has_override; /* by requestStream */
    unsigned override;
    struct track_selection selection[SELECTION_MAX];
    size_t n_selected;
    unsigned generation;
    bool is_offered; /* an answer is outstanding */
    bool wants_offer, wants_restart;
    unsigned n_failures; /* attempts since it was connected last */
};

/** The session's own stream; NULL. */
struct up_link *up_link_find(const struct client_session *s, const char *id);
struct down_link *down_link_find(const struct client_session *s, const char *id);

/** Make and enter into session and group. @return 0 or an error; nothing is left then */
int up_link_new(struct up_link **out, struct client_session *s, const char *id,
                const char *label) MUST_USE;
/** Ends it for everybody. @param tells_receivers they get `close` */
void up_link_free(struct up_link *up, bool tells_receivers);
/** What everybody in the group who asked for such a stream can decode (media_abilities_can()). */
uint32_t up_link_receivers_can(const struct up_link *up);
/** The tracks may have changed. */
void up_link_note_tracks(struct up_link *up);

/** Ends it for this receiver. @param tells it gets `close` */
void down_link_free(struct down_link *down, bool tells);
/** Offer the current selection, or remember to when the answer to an earlier offer is in.
 * @param replaces id for the `replace` field, or NULL */
void down_link_offer(struct down_link *down, bool ice_restart, const char *replaces);

/** What this receiver asked for decides whether it gets the stream, and which tracks. */
void stream_evaluate(struct up_link *up, struct client_session *receiver);
/** For every other member. */
void stream_evaluate_all(struct up_link *up);
/** Publish `up` in place of `old`, whose receivers keep what they asked for; `old` is freed. */
void stream_replace(struct up_link *up, struct up_link *old);

#endif
