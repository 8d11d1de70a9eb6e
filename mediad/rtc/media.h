/*
 * The media plane as the control thread sees it: streams from publishers ("up"), streams to
 * receivers ("down"), their SDP, and events. Behind it are N workers that own the peer connections
 * (design.md, mediad; spec/media.md 7.1). This is the only header of mediad/rtc that signalling
 * includes. All functions are for the control thread alone and never block; SDP is answered at
 * once, because the control thread negotiates (pure) and posts the result to the worker.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_H
#define NEREID_MEDIAD_RTC_MEDIA_H

#include <stdint.h>

#include <json-c/json.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/metric_set.h"
#include "common/span.h"

struct media;       /* workers, sockets, certificate: one per process */
struct up_stream;   /* a publisher's peer connection and its tracks */
struct down_stream; /* one receiver's peer connection for one up stream */

struct media_config {
    unsigned n_workers; /* 0: one per core */
    const char *listen; /* address; NULL: every address of the machine */
    uint16_t udp_port;
    const char *const *announce; /* addresses offered instead of those listened on */
    size_t n_announce;
};

/** Called by media_dispatch(). `user` is what the stream was made with. A handler may free any
 * stream, also the one it is called for. */
struct media_events {
    void (*up_connected)(void *user);
    /** ICE or DTLS failed, or consent was lost for 30 s. It comes once for each description of the
     * client, which has to renegotiate before anything more happens. `why` is static. */
    void (*up_failed)(void *user, const char *why);
    void (*down_connected)(void *user);
    void (*down_failed)(void *user, const char *why);
    /** Something an operator or the publisher should know, e.g. a stream over its rate (S55). */
    void (*up_notice)(void *user, const char *text);
};

/** Start workers and sockets. @return 0, or ERR_IO with "UDP port N is in use", ... */
int media_new(struct media **out, const struct media_config *config,
              const struct media_events *events, struct error *e) MUST_USE;
/** Ends all workers; every stream must have been freed before. */
void media_free(struct media *m);
/** Readable when media_dispatch() has something to do; for the control thread's event loop. */
int media_event_fd(const struct media *m);
void media_dispatch(struct media *m);
/** Totals for health, named as the metrics without their prefix. */
struct json_object *media_stats(struct media *m);
/** The same totals, as metrics. */
void media_metrics(const struct media *m, struct metric_set *out);

/** For logs. Borrowed for the call that takes it. */
struct stream_names {
    const char *group;
    const char *client;
    const char *stream;
};

enum track_kind { TRACK_AUDIO, TRACK_VIDEO };

/** A track of an up stream. With rid simulcast each rid is its own track, best first, in the order
 * of the a=simulcast line (spec/media.md 1.1, R19). */
struct track_info {
    enum track_kind kind;
    const char *codec; /* "vp8", "opus": names of group files */
    const char *rid;   /* "" without simulcast */
    const char *fmtp;  /* what the decoder must know; "" for nothing */
};

/** What a client can decode, learnt from its own descriptions; zeroed: nothing is known yet. Sets
 * of codec variants (codec.h). */
struct media_abilities {
    uint32_t offered; /* in its last offer with video: what a client encodes it also decodes */
    uint32_t taken;   /* its answers took these */
    uint32_t refused; /* its answers refused the sections of these */
};

/** The variants that it can decode, as far as is known: an answer says more than an offer, and who
 * has said nothing can everything. */
uint32_t media_abilities_can(const struct media_abilities *a);

/* ---- up: the client offers, the server answers ---- */

/** @param codecs NULL-terminated names of the group's codecs; copied */
int up_stream_new(struct up_stream **out, struct media *m, const struct stream_names *names,
                  const char *const *codecs, void *user) MUST_USE;
/** Closes the connection. Down streams made from it stay valid objects and receive nothing more. */
void up_stream_free(struct up_stream *s);
/**
 * First offer or renegotiation (also ICE restart): appends the answer's SDP, candidates and
 * end-of-candidates included.
 * @param receivers what everybody who will receive it can decode (media_abilities_can())
 * @param own the client's abilities: what the offer shows is added
 * @return 0; ERR_SYNTAX, ERR_UNSUPPORTED (no usable section, no mid), ERR_TOO_LARGE, ERR_BUSY: the
 *         stream is as before
 */
int up_stream_offer(struct up_stream *s, struct span sdp, uint32_t receivers,
                    struct media_abilities *own, struct buf *answer, struct error *e) MUST_USE;
/** Tracks of the last accepted offer, in SDP order; borrowed until the next offer. */
size_t up_stream_tracks(const struct up_stream *s, const struct track_info **out);
/** A trickled candidate (its "candidate:" line); an empty one ends the candidates. Checked for
 * syntax; in shared-port mode it need not be looked at (spec/media.md 2.1). */
int up_stream_candidate(struct up_stream *s, struct span candidate, struct span mid,
                        struct error *e) MUST_USE;

/* ---- down: the server offers, the client answers ---- */

struct track_selection {
    size_t track;      /* index into up_stream_tracks() */
    bool lowest_layer; /* `video-low` of a stream with one video track */
};

/** @param cname SDP stream identity: the up stream's id; label as published, may be "" */
int down_stream_new(struct down_stream **out, struct media *m, struct up_stream *up,
                    const struct stream_names *names, const char *label, void *user) MUST_USE;
void down_stream_free(struct down_stream *s);
/**
 * Append an offer for exactly these tracks: new ones get a new section, removed ones turn inactive
 * (spec/media.md 1.1). One offer may be outstanding: the caller keeps further wishes until the
 * answer is in.
 * @param ice_restart fresh credentials
 */
int down_stream_offer(struct down_stream *s, const struct track_selection *tracks, size_t n_tracks,
                      bool ice_restart, struct buf *sdp, struct error *e) MUST_USE;
/** @param own the client's abilities: what the answer shows is added */
int down_stream_answer(struct down_stream *s, struct span sdp, struct media_abilities *own,
                       struct error *e) MUST_USE;
int down_stream_candidate(struct down_stream *s, struct span candidate, struct span mid,
                          struct error *e) MUST_USE;

/* ---- statistics (spec/http.md 8.5) ---- */

/** New `conn` object {id, maxBitrate?, tracks:[...]} without the id. */
struct json_object *up_stream_stats(struct up_stream *s);
struct json_object *down_stream_stats(struct down_stream *s);

#endif
