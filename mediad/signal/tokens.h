/*
 * Invitations: maketoken, edittoken, deletetoken, listtokens. While one is written the session's
 * messages wait.
 */
#ifndef NEREID_MEDIAD_SIGNAL_TOKENS_H
#define NEREID_MEDIAD_SIGNAL_TOKENS_H

#include <json-c/json.h>

#include "mediad/signal/session_part.h"

/** Each of these answers the client, also one without the right. @param value of the message */
void token_make(struct client_session *s, struct json_object *value);
void token_edit(struct client_session *s, struct json_object *value);
void token_delete_one(struct client_session *s, struct json_object *value);
void token_list(struct client_session *s);

/** A token that is being written when the session ends is written; nobody is answered. */
extern const struct session_part token_part;

#endif
