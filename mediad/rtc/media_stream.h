/*
 * What up and down streams have in common: one peer connection as the control thread knows it, its
 * worker, its credentials, and what is posted to it. For up_stream.c and down_stream.c.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_STREAM_H
#define NEREID_MEDIAD_RTC_MEDIA_STREAM_H

#include <json-c/json.h>

#include "mediad/rtc/connection.h"
#include "mediad/rtc/media_events.h"
#include "mediad/rtc/placement.h"
#include "mediad/rtc/sdp_write.h"
#include "mediad/rtc/stream_names.h"
#include "mediad/rtc/stream_quality.h"

/** Of a client's relay candidates so many are told apart. */
#define MEDIA_STREAM_RELAYS 8

struct media;
struct published_video;

struct media_stream {
    struct media *media;
    uint64_t id; /* the connection's */
    bool is_up;
    bool is_lone;  /* a player's, or up_stream_be_lone(): media_events.h, lone_failed */
    bool is_added; /* the worker knows of the connection */
    void *user;
    char *group;
    char *client;
    char *stream;
    uint64_t client_id;
    struct placed placed; /* its worker */
    struct connection_stats *stats;
    uint64_t relays[MEDIA_STREAM_RELAYS]; /* fingerprints of the client's TURN relays, the last */
    unsigned n_relays;                    /* that it ever named */
    bool has_local;
    struct ice_credentials local;
    uint64_t session_id;
    uint64_t session_version;
};

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
/** A trickled candidate. It has to be well-formed, and a relay's is remembered; the peer's own
 * checks tell its address. @param candidate empty at the end @return 0, ERR_SYNTAX, ERR_TOO_LARGE
 */
int media_stream_candidate(struct media_stream *s, struct span candidate, struct error *e) MUST_USE;
/** How a received video is sent. @return false: there is no such track, or it is none */
bool media_stream_allocation(const struct media_stream *s, unsigned track,
                             struct down_allocation *out);
/** How a published video, or a rid of it, does. @return false: there is no such track, or it is
 * sound */
bool media_stream_published(const struct media_stream *s, unsigned track,
                            struct published_video *out);
/** up_stream_received() */
struct up_received media_stream_received(const struct media_stream *s, enum track_kind kind);
/** Add this stream to a member's. */
void media_stream_quality(const struct media_stream *s, struct stream_quality *sum);
/** New object {maxBitrate?, tracks: [...]}; NULL when out of memory */
struct json_object *media_stream_stats(const struct media_stream *s);

#endif
