/*
 * What is the same of all offers that we answer: for negotiate_up.c (publishers') and
 * negotiate_player.c (players').
 */
#ifndef NEREID_MEDIAD_RTC_NEGOTIATE_UP_INTERNAL_H
#define NEREID_MEDIAD_RTC_NEGOTIATE_UP_INTERNAL_H

#include "mediad/rtc/negotiate_up.h"

/** With a section for each of the offer's, refused so far. NULL when out of memory. */
struct negotiated *negotiated_new(const struct sdp_session *offer);

/**
 * Copy what the answer repeats of an offered section, and look whether it can be accepted at all:
 * RTP over DTLS, in the one transport of the bundle.
 * @return 1: it can, and its kind is set; 0: it is to be refused; ERR_INVALID, ERR_UNSUPPORTED
 */
int offered_section_begin(struct up_section *out, const struct sdp_session *offer, unsigned section,
                          struct error *e) MUST_USE;

/** The redundant audio that goes with an offered format, when there is any.
 * @param out its codec and payload type are set
 * @param f   the format, one of the section's */
void offered_red(struct up_codec *out, const struct sdp_section *in, const struct sdp_format *f);

#endif
