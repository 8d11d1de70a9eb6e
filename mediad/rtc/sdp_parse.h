/*
 * A peer's description as text, parsed. Takes what a WebRTC endpoint may send, keeps what Nereid
 * uses, skips the rest; decides nothing.
 *
 * Limits: 64 KiB, 64 sections, 32 codecs (retransmission formats apart) and 32 candidates in each,
 * lines of 4 KiB. More is refused, with the line in the error.
 */
#ifndef NEREID_MEDIAD_RTC_SDP_PARSE_H
#define NEREID_MEDIAD_RTC_SDP_PARSE_H

#include "mediad/rtc/sdp.h"

/**
 * Parse a description.
 * @param out  new session, owned by the caller; untouched on failure
 * @param text copied
 * @return 0; ERR_SYNTAX or ERR_TOO_LARGE with place "line N"; ERR_NO_MEMORY
 */
int sdp_parse(struct sdp_session **out, struct span text, struct error *e) MUST_USE;
/** NULL is fine. */
void sdp_session_free(struct sdp_session *s);

#endif
