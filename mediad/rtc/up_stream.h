/*
 * A publisher's stream: the client offers, the server answers. One peer connection and its tracks,
 * as the control thread knows them. Control thread only.
 */
#ifndef NEREID_MEDIAD_RTC_UP_STREAM_H
#define NEREID_MEDIAD_RTC_UP_STREAM_H

#include <json-c/json.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"
#include "mediad/rtc/media_abilities.h"
#include "mediad/rtc/published_video.h"
#include "mediad/rtc/stream_names.h"
#include "mediad/rtc/stream_quality.h"
#include "mediad/rtc/track_kind.h"

struct media;
struct up_stream;

/** A track of an up stream. With rid simulcast each rid is its own track, best first, in the order
 * of the a=simulcast line (RFC 8853). */
struct track_info {
    enum track_kind kind;
    const char *codec; /* "vp8", "opus": names of group files */
    const char *rid;   /* "" without simulcast */
    const char *fmtp;  /* what the decoder must know; "" for nothing */
};

/** @param codecs NULL-terminated names of the group's codecs; copied
 * @return 0, ERR_NO_MEMORY, ERR_CRYPTO (no random numbers) */
int up_stream_new(struct up_stream **out, struct media *m, const struct stream_names *names,
                  const char *const *codecs, void *user) MUST_USE;
/** Nobody receives it: of its events only `lone_failed` is told. Before its first offer. */
void up_stream_be_lone(struct up_stream *s);
/** Closes the connection. Down streams made from it stay valid objects and receive nothing more. */
void up_stream_free(struct up_stream *s);
/**
 * Whether all that an offer sends is in some codec that may be used here. up_stream_offer() takes
 * an offer where that holds for one section, and refuses the others in its answer: of which people
 * who publish by a program without a page never hear.
 * @param codecs as for up_stream_new()
 * @return 0; ERR_UNSUPPORTED with both sides' codecs in the text; as sdp_parse() else
 */
int up_stream_check_offer(struct span sdp, const char *const *codecs, struct error *e) MUST_USE;
/**
 * First offer or renegotiation (also ICE restart): appends the answer's SDP, candidates and
 * end-of-candidates included.
 * @param receivers what everybody who will receive it can decode (media_abilities_can())
 * @param is_encrypted its frames are, end to end (negotiate_up.h)
 * @param own the client's abilities: what the offer shows is added
 * @return 0; ERR_SYNTAX, ERR_UNSUPPORTED (no usable section, no mid), ERR_TOO_LARGE, ERR_BUSY: the
 *         stream is as before
 */
int up_stream_offer(struct up_stream *s, struct span sdp, uint32_t receivers, bool is_encrypted,
                    struct media_abilities *own, struct buf *answer, struct error *e) MUST_USE;
/**
 * An SDP fragment from a client (sdp_fragment.h): candidates for the present ICE credentials, which
 * are checked and not needed, or other credentials, with which ICE is restarted.
 * @param answer appended to: our fragment after a restart, nothing else
 * @param is_restart which of both it was
 * @return 0; ERR_SYNTAX, ERR_TOO_LARGE, ERR_INVALID (credentials), ERR_WRONG_STATE (nothing was
 *         offered yet), ERR_NO_MEMORY, ERR_CRYPTO: the stream is as before
 */
int up_stream_fragment(struct up_stream *s, struct span text, struct buf *answer, bool *is_restart,
                       struct error *e) MUST_USE;
/** Tracks of the last accepted offer, in SDP order; borrowed until the next offer. */
size_t up_stream_tracks(const struct up_stream *s, const struct track_info **out);
/** How loud it is now: 0 for silence, and without audio levels; else decibels above -60 dBov, at
 * most 60, smoothed over 300 ms. */
int up_stream_speech(const struct up_stream *s);
/** Its sound goes nowhere from now on, or does again. @return 0 or ERR_NO_MEMORY */
int up_stream_mute(struct up_stream *s, bool is_muted) MUST_USE;
/** Its publisher is asked for keyframes of all its videos, no sooner than after the last ones
 * (keyframe.h). @return 0 or ERR_NO_MEMORY */
int up_stream_want_keyframe(struct up_stream *s) MUST_USE;
/** A trickled candidate (its "candidate:" line); an empty one ends the candidates. Checked for
 * syntax; the server is ICE-lite and need not look at it (RFC 8445 section 2.5). */
int up_stream_candidate(struct up_stream *s, struct span candidate, struct span mid,
                        struct error *e) MUST_USE;
/** New object {maxBitrate?, tracks: [...]}, as in `conn` of the API's statistics
 * (docs/openapi.yaml); NULL when out of memory. */
struct json_object *up_stream_stats(struct up_stream *s);
/** How a track of it does. @return false: it is no video */
bool up_stream_published(const struct up_stream *s, size_t track, struct published_video *out);
/** What came of all its tracks of this kind, as of the last second. */
struct up_received up_stream_received(const struct up_stream *s, enum track_kind kind);
/** Add how well it does to what is known of its publisher. */
void up_stream_quality(const struct up_stream *s, struct stream_quality *sum);

#endif
