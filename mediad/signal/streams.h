/*
 * A client's messages about streams: what it publishes and what it receives.
 */
#ifndef NEREID_MEDIAD_SIGNAL_STREAMS_H
#define NEREID_MEDIAD_SIGNAL_STREAMS_H

#include "mediad/signal/message.h"
#include "mediad/signal/session_part.h"

void stream_handle_offer(struct client_session *s, const struct message *m);
void stream_handle_keyframe(struct client_session *s, const struct message *m);
void stream_handle_answer(struct client_session *s, const struct message *m);
void stream_handle_ice(struct client_session *s, const struct message *m);
void stream_handle_renegotiate(struct client_session *s, const struct message *m);
void stream_handle_close(struct client_session *s, const struct message *m);
void stream_handle_abort(struct client_session *s, const struct message *m);
void stream_handle_request(struct client_session *s, const struct message *m);
void stream_handle_request_stream(struct client_session *s, const struct message *m);

/** On the way out of a group all its streams end. */
extern const struct session_part stream_part;

#endif
