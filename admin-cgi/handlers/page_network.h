/*
 * Do STUN and TURN servers do their work, from this machine and from this browser? For server
 * administrators.
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

#endif
