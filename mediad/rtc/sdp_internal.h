/*
 * What sdp.c, sdp_parse.c (lines and sections) and sdp_attribute.c (the table of attributes) share:
 * the parser's state, and how values are split. For them alone.
 */
#ifndef NEREID_MEDIAD_RTC_SDP_INTERNAL_H
#define NEREID_MEDIAD_RTC_SDP_INTERNAL_H

#include "mediad/rtc/sdp.h"

/** Where the parser stands: the session part until the first m-line, then the newest section. */
struct sdp_parser {
    struct sdp_session *session;
    struct sdp_section *section; /* NULL in the session part */
    unsigned n_allocated;
    unsigned line;
    enum sdp_direction session_direction;
    struct span simulcast;                      /* the send list of the section's a=simulcast */
    struct span all_feedback[SDP_FEEDBACK_MAX]; /* a=rtcp-fb:* of the section */
    unsigned n_all_feedback;
    struct error *error;
};

/** Fill the error with the line that is being read. @return code */
int sdp_fail(struct sdp_parser *p, int code, const char *text);

/** The next token of a value, separated by one or more spaces; empty at the end. */
struct span sdp_next_token(struct span *rest);

/** What stands before and after the first separator; the second is empty when there is none. */
void sdp_cut(struct span s, uint8_t separator, struct span *before, struct span *after);

/** A number up to `max`. @return false leaves *out alone */
bool sdp_number(struct span s, uint64_t max, uint64_t *out);

#endif
