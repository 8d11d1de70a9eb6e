/*
 * The attribute lines of a description, as a table. For sdp_parse.c.
 */
#ifndef NEREID_MEDIAD_RTC_SDP_ATTRIBUTE_H
#define NEREID_MEDIAD_RTC_SDP_ATTRIBUTE_H

#include "mediad/rtc/sdp_internal.h"

/**
 * Parse what follows "a=" into the parser's section, or into the session before the first one.
 * Unknown attributes are skipped.
 * @return 0, ERR_SYNTAX, ERR_TOO_LARGE, with the line in the parser's error
 */
int sdp_attribute_parse(struct sdp_parser *p, struct span line) MUST_USE;

/** Add one rtcp-fb value to a format. @return 0, ERR_TOO_LARGE */
int sdp_add_feedback(struct sdp_parser *p, struct sdp_format *f, struct span feedback) MUST_USE;

#endif
