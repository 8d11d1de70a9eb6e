/*
 * `useraction` and `groupaction`; tokens are in tokens.c.
 */
#ifndef NEREID_MEDIAD_SIGNAL_ACTIONS_H
#define NEREID_MEDIAD_SIGNAL_ACTIONS_H

#include "mediad/signal/message.h"

struct client_session;

void useraction_handle(struct client_session *s, const struct message *m);
void groupaction_handle(struct client_session *s, const struct message *m);

#endif
