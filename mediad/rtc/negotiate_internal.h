/*
 * What both directions of negotiation share: negotiate_up.c, negotiate_player.c, offer_check.c,
 * up_stream.c and player_stream.c (their offers) and negotiate_down.c (our offers). For them alone.
 */
#ifndef NEREID_MEDIAD_RTC_NEGOTIATE_INTERNAL_H
#define NEREID_MEDIAD_RTC_NEGOTIATE_INTERNAL_H

#include "mediad/rtc/negotiate.h"

/** Fill the error with "m-line N" (from 1). @return code */
int negotiate_fail(struct error *e, int code, unsigned section, const char *text);

/** The section that carries the transport of everything bundled: the first of the BUNDLE group, or
 * without one the first that is not refused; -1 when there is none. */
int negotiate_transport_section(const struct sdp_session *s);

/** Read ICE and DTLS parameters off a section. @param is_answer setup must not be actpass then */
int negotiate_transport(struct remote_transport *out, const struct sdp_session *s, unsigned section,
                        bool is_answer, struct error *e) MUST_USE;

/** ICE credentials of the other side. @return 0, ERR_INVALID: `out` is as before */
int negotiate_credentials(struct remote_transport *out, struct span ufrag, struct span pwd,
                          struct error *e) MUST_USE;

/** Port 0 that means "refused" and not "bundle-only". */
bool negotiate_is_refused(const struct sdp_section *s);

/** The codec that a format names by rtpmap or static payload type; CODEC_NONE when it is none of
 * ours. */
enum codec negotiate_codec(const struct sdp_format *f);

/** The retransmission format of a payload type (rtx with apt=pt), or NULL. */
const struct sdp_format *negotiate_rtx(const struct sdp_section *s, uint8_t pt);

/** The format of redundant audio (RFC 2198) of a payload type, whose parameters name that one alone
 * ("111/111"), or NULL. Only Opus has one: others go without. */
const struct sdp_format *negotiate_red(const struct sdp_section *s, enum codec codec, uint8_t pt);

/** The format's feedback that we know, as enum feedback bits. */
uint8_t negotiate_feedback(const struct sdp_format *f);

#endif
