/*
 * A player's offer (WHEP): it wants to receive, and we answer, as to a publisher (negotiate_up.h)
 * but the other way round. The answer names what will flow, under the player's payload types.
 */
#ifndef NEREID_MEDIAD_RTC_NEGOTIATE_PLAYER_H
#define NEREID_MEDIAD_RTC_NEGOTIATE_PLAYER_H

#include "mediad/rtc/negotiate_down.h"
#include "mediad/rtc/negotiate_up.h"

/** What a player is to get of one kind: the codec of what is published, or of what may be. */
struct player_codec {
    enum codec codec;
    const char *fmtp; /* the publisher's, "" for none; NULL: nothing is published yet */
};

/**
 * Decide about a player's offer. The first section of each kind that the player receives in is
 * accepted, all others are refused. Of what is published the answer names the one format that fits
 * best (codec_decodes()); where nothing is, all that the player takes, in the order of `codecs`.
 * SSRCs, stream and track ids are left to the caller.
 *
 * @param codecs at least one for each kind that there may ever be
 * @param out    new, owned by the caller (negotiated_free()); untouched on failure
 * @return 0; ERR_UNSUPPORTED: a kind that the player wants, and none of its codecs, which are then
 *         named beside ours; no mid. ERR_INVALID: nothing to receive, no rtcp-mux, no ufrag,
 * password or fingerprint; ERR_NO_MEMORY. The place is "m-line N".
 */
int negotiate_player(struct negotiated **out, const struct sdp_session *offer,
                     const struct player_codec *codecs, size_t n_codecs, struct error *e) MUST_USE;

/** The section that is accepted for a kind, or -1. */
int player_section(const struct negotiated *n, enum track_kind kind);
/** The format of an accepted section in which a published track can be sent, or -1. */
int player_format(const struct up_section *s, const struct player_codec *published);
/** How a format of an accepted section is sent. */
struct down_route player_route(const struct up_section *s, unsigned format);

#endif
