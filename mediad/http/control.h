/*
 * The control socket, for admin-cgi: what is live, what is wrong, moderation (docs/CONTROL.md).
 * Rights were decided there; verbs that are not known here are refused.
 */
#ifndef NEREID_MEDIAD_HTTP_CONTROL_H
#define NEREID_MEDIAD_HTTP_CONTROL_H

#include <libwebsockets.h>

/** libwebsockets' callback for connections of that socket. */
int control_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t len);

#endif
