/*
 * What a client is told of the group it is in: when it comes, and when that changes.
 */
#ifndef NEREID_MEDIAD_SIGNAL_GREETING_H
#define NEREID_MEDIAD_SIGNAL_GREETING_H

#include "mediad/frame.h"

struct client_session;
struct member;

/** Everything that a newcomer is told, in the order that clients rely on: `joined`, the chat
 * history, itself, then the others, who speaks. */
void session_greet(struct client_session *s);
/** Send `joined/change` with all that a client knows of its group.
 * @param by who has changed its permissions; NULL: nobody, or the server */
void session_send_change(struct client_session *s, const struct member *by);
/** The same for one of many. @param view what all are told alike; made by the first, for the
 * caller to give up after the last */
void session_send_change_alike(struct client_session *s, struct frame **view);

#endif
