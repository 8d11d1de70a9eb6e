/*
 * Does an authorisation server do its work (docs/AUTHORISATION.md), seen from this machine? It is
 * asked as the group's page would ask it: first whether that page may, then with a log-in. One
 * address, blocking.
 */
#ifndef NEREID_NETWORK_AUTH_PROBE_H
#define NEREID_NETWORK_AUTH_PROBE_H

#include <json-c/json.h>

#define AUTH_PROBE_LIMIT_MS 5000L /* of each request */
#define AUTH_PROBE_BODY_MAX 16384 /* bytes of an answer */

/**
 * @param question {"url", "origin", "location", "username", "password"}: strings, "" when absent
 * @return {"outcome", "status", "text", "token", "took_us"}, owned; NULL when out of memory.
 *   outcome: "token" (with it), "not-known" (204), "log-in" (401, 403), "status" (another one),
 *   "not-token" (200 without a token; `text` is its type), "redirect", "page-refused" (the group's
 *   page may not ask; `text` says what it answers), "no-name", "closed", "silent", "no-tls",
 *   "too-large", "bad-url", "failed"
 */
struct json_object *auth_probe(struct json_object *question);

#endif
