/*
 * WebSocket connections: frames to whole messages and back. What messages mean is the session's
 * business.
 */
#ifndef NEREID_MEDIAD_HTTP_WS_H
#define NEREID_MEDIAD_HTTP_WS_H

#include <libwebsockets.h>

struct http_connection;
struct http_server;

/** For LWS_CALLBACK_HTTP_CONFIRM_UPGRADE. @return 0 to go on, 1 when it was answered */
int ws_confirm(struct http_server *server, struct lws *wsi);
/** The WebSocket reasons. @return what the callback is to return */
int ws_callback(struct http_server *server, struct lws *wsi, enum lws_callback_reasons reason,
                struct http_connection *http, void *in, size_t len);
/** Handle the messages that came since the last call, in their order, and send what sessions have
 * queued, as far as sockets take it. Not within a callback of libwebsockets. */
void ws_flush(struct http_server *server);
/** End every session, since this process ends. */
void ws_end_all(struct http_server *server);

#endif
