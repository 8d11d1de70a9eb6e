/*
 * `chat` and `usermessage`: to one member, or to all and remembered.
 */
#ifndef NEREID_MEDIAD_SIGNAL_CHAT_H
#define NEREID_MEDIAD_SIGNAL_CHAT_H

#include "mediad/signal/message.h"

struct client_session;

/** Either type. */
void chat_handle(struct client_session *s, const struct message *m);

#endif
