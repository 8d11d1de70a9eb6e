/*
 * Does the network do its work, from this machine and from this browser: STUN and TURN servers, and
 * mediad's UDP port? For server administrators.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_NETWORK_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_NETWORK_H

#include "admin-cgi/router.h"

/** GET /admin/network */
route_handler page_network;
/** POST /admin/network: the test from this machine; the page with what came out. */
route_handler page_network_post;
/** GET /admin/network.json: the rtcConfiguration that whoever joins a meeting is told, for the test
 * from the browser (static/js/networktest.js). */
route_handler page_network_json;
/** POST /admin/network.json: the test from this machine, for that script: {"rows": [...]}. */
route_handler page_network_json_post;
/** POST /admin/network/media: a connection to mediad for that script, and to be asked about by its
 * id: {"id", "answer": SDP}. */
route_handler page_network_media_post;
/** POST /admin/network/media/end: it ends, and what came in it (docs/CONTROL.md). */
route_handler page_network_media_end_post;
/** POST /admin/network/result: what that script found, kept for the health page. */
route_handler page_network_result_post;

#endif
