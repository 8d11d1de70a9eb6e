/*
 * WHEP (draft-ietf-wish-whep): watching over HTTP. POST to /group/G/.whep makes a session, whose
 * own URL takes PATCH and DELETE; `stream` or `label` in the query says what to watch. What a
 * session is: signal/whep_session.h.
 */
#ifndef NEREID_MEDIAD_HTTP_WHEP_H
#define NEREID_MEDIAD_HTTP_WHEP_H

struct exchange;

/** Answer a request when its body has come, or later. `x->group` is set. */
void whep_handle(struct exchange *x);

#endif
