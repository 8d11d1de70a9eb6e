/*
 * WHIP (RFC 9725): publishing over HTTP. POST to /group/G/.whip makes a session, whose own URL
 * takes PATCH and DELETE. What a session is: signal/whip_session.h.
 */
#ifndef NEREID_MEDIAD_HTTP_WHIP_H
#define NEREID_MEDIAD_HTTP_WHIP_H

struct exchange;

/** Answer a request when its body has come, or later. `x->group` is set. */
void whip_handle(struct exchange *x);

#endif
