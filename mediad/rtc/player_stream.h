/*
 * A stream to a player (WHEP): the player offers once, we answer, and what flows in the sections of
 * that answer is changed under it, without another description: under the same SSRCs, with numbers
 * and timestamps that go on. One peer connection, as the control thread knows it. Control thread
 * only.
 */
#ifndef NEREID_MEDIAD_RTC_PLAYER_STREAM_H
#define NEREID_MEDIAD_RTC_PLAYER_STREAM_H

#include <json-c/json.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"
#include "mediad/rtc/stream_names.h"

struct media;
struct player_stream;
struct up_stream;

/** @param names the stream's is the SDP stream identity
 * @return 0, ERR_NO_MEMORY, ERR_CRYPTO (no random numbers) */
int player_stream_new(struct player_stream **out, struct media *m, const struct stream_names *names,
                      void *user) MUST_USE;
/** Closes the connection. NULL is fine. */
void player_stream_free(struct player_stream *s);
/**
 * The player's offer, once: appends the answer's SDP, candidates and end-of-candidates included.
 * It names the codecs of what flows; of a kind of which nothing does, those that may.
 * @param up     what flows from now on, its first sound and its first video; NULL: nothing yet
 * @param codecs NULL-terminated names of the group's codecs
 * @return 0; ERR_SYNTAX, ERR_TOO_LARGE; ERR_INVALID: nothing to receive, or parts of it are
 * missing; ERR_UNSUPPORTED: a kind in none of the player's codecs, which the error names beside
 * ours; ERR_NO_MEMORY, ERR_CRYPTO: nothing has happened
 */
int player_stream_offer(struct player_stream *s, struct span sdp, struct up_stream *up,
                        const char *const *codecs, struct buf *answer, struct error *e) MUST_USE;
/**
 * Let another stream flow, or other tracks of the same. Video goes on with its next keyframe; what
 * `up` lacks is silent.
 * @param up NULL: nothing flows
 * @return 0; ERR_UNSUPPORTED: a track is in another codec than the one that its section began with,
 *         or in none of the answer's: it is silent; ERR_NO_MEMORY: all is as before
 */
int player_stream_play(struct player_stream *s, struct up_stream *up, struct error *e) MUST_USE;
/**
 * An SDP fragment from the player (sdp_fragment.h), as up_stream_fragment(): candidates, or other
 * ICE credentials, with which ICE is restarted.
 */
int player_stream_fragment(struct player_stream *s, struct span text, struct buf *answer,
                           bool *is_restart, struct error *e) MUST_USE;
/** Can all of the stream that the player would get be sent to it? */
bool player_stream_takes(const struct player_stream *s, const struct up_stream *up);
/** Variants that it decodes, as of media_abilities_can(): what it is sent, or may be. */
uint32_t player_stream_can(const struct player_stream *s);
/** As up_stream_stats(). */
struct json_object *player_stream_stats(const struct player_stream *s);

#endif
