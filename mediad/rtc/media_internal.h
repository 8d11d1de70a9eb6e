/*
 * What the control thread's side of the media plane shares among media.c, up_stream.c and
 * down_stream.c. Signalling knows media.h alone.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_INTERNAL_H
#define NEREID_MEDIAD_RTC_MEDIA_INTERNAL_H

#include "mediad/rtc/candidate.h"
#include "mediad/rtc/media.h"
#include "mediad/rtc/peer_connection.h"
#include "mediad/rtc/sdp_write.h"

/** Where a group's connections live by default (spec/media.md 7.1, placement). */
struct group_home {
    struct group_home *next;
    char *name;
    unsigned worker;
    unsigned n_streams;
};

/** Mail that a full ring refused; delivered in order when there is room. */
struct mail_queue {
    struct mail *mails;
    size_t n;
    size_t size;
};

struct media {
    struct media_events events;
    struct dtls_identity *identity;
    struct worker *workers;
    struct worker_loop *loops; /* of the workers; media.c alone knows them */
    unsigned n_workers;
    unsigned *n_assigned;       /* connections per worker */
    struct mail_queue *waiting; /* per worker */
    struct mailbox mailbox;     /* producers: the workers */
    struct candidate *candidates;
    size_t n_candidates;
    struct fixed_table streams; /* connection id to struct media_stream */
    struct group_home *homes;
    uint64_t last_id; /* of connections and tracks */
};

/** What up and down streams have in common: one peer connection as the control thread knows it. */
struct media_stream {
    struct media *media;
    uint64_t id; /* the connection's */
    bool is_up;
    unsigned worker;
    bool is_added; /* the worker knows of the connection */
    void *user;
    char *group;
    char *client;
    char *stream;
    struct group_home *home;
    struct connection_stats *stats;
    bool has_local;
    struct ice_credentials local;
    bool has_remote;
    struct remote_transport remote;
    uint64_t session_id;
    uint64_t session_version;
};

struct up_stream {
    struct media_stream base;
    unsigned refs; /* signalling's and one of each down stream */
    char **codecs; /* NULL-terminated, owned */
    struct negotiated *plan;
    size_t n_tracks;
    struct track_info tracks[TRACKS_MAX]; /* strings of `plan` and of the codec table */
    struct up_target targets[TRACKS_MAX];
};

void up_stream_unref(struct up_stream *s);

/** Post to a worker, now or as soon as its ring has room; order is kept. @return 0, ERR_NO_MEMORY
 */
int media_post(struct media *m, unsigned worker, const struct mail *mail) MUST_USE;

/** @return 0, ERR_NO_MEMORY, ERR_CRYPTO; nothing is left over on failure */
int media_stream_init(struct media_stream *s, struct media *m, bool is_up,
                      const struct stream_names *names, void *user) MUST_USE;
/** Closes the worker's side. */
void media_stream_release(struct media_stream *s);
/** New ICE credentials of our own, not yet told to the worker. */
int media_stream_new_credentials(struct media_stream *s, struct ice_credentials *out) MUST_USE;
/** Hand a description's consequences to the worker, which makes the connection at the first call.
 * Takes `u` over, also on failure. */
int media_stream_post(struct media_stream *s, struct connection_update *u) MUST_USE;
/** Our side for sdp_write.h. Borrows from the stream and its media. */
struct local_transport media_stream_transport(const struct media_stream *s,
                                              const struct ice_credentials *local);
/** {maxBitrate?, tracks: [...]} (spec/http.md 8.5); NULL when out of memory */
struct json_object *media_stream_stats(const struct media_stream *s);

/** Which addresses to listen on and to offer (media.h, struct media_config). */
int media_addresses_listen(const struct media_config *config, struct net_address *listen,
                           unsigned *n_listen, struct error *e) MUST_USE;
/** @param out new array, owned */
int media_addresses_offer(const struct media_config *config, struct candidate **out, size_t *n,
                          struct error *e) MUST_USE;

#endif
