/*
 * Asks mediad over run/control.sock (docs/CONTROL.md). What a page shows may take 200 ms, what
 * somebody ordered 2 s. Once mediad kept somebody waiting, all processes know that it hangs: pages
 * fail at once with ERR_UNAVAILABLE until it has answered the keeper, and what is ordered may take
 * no longer than a page (FAULT-18).
 */
#ifndef NEREID_ADMIN_CGI_CONTROL_CLIENT_H
#define NEREID_ADMIN_CGI_CONTROL_CLIENT_H

#include <json-c/json.h>

#include "common/buf.h"
#include "common/error.h"

#define CONTROL_PAGE_WAIT_MS 200

struct control_client;
struct live_board;

/** Who asks: pages stay away from a mediad that hangs; keeper and people find out. */
enum control_asker { CONTROL_PAGE, CONTROL_KEEPER, CONTROL_PERSON };

/** @param board borrowed; where all processes learn that mediad hangs */
int control_client_new(struct control_client **out, const char *socket_path,
                       struct live_board *board) MUST_USE;
void control_client_free(struct control_client *c);

/**
 * GET a document, as "/v0/groups", "/v0/public", "/v0/stats", "/v0/health", "/v0/problems".
 * @param out        the parsed JSON, owned
 * @param max_age_us 0: ask now; else an answer of the same path not older than this will do
 * @return 0, ERR_UNAVAILABLE, ERR_NOT_FOUND, ERR_SYNTAX (not JSON), ERR_NO_MEMORY
 */
int control_get(struct control_client *c, const char *path, int64_t max_age_us, int64_t now_us,
                struct json_object **out, struct error *e) MUST_USE;

/** GET as bytes, appended to `out`. @return as control_get() */
int control_ask(struct control_client *c, const char *path, enum control_asker asker,
                int64_t wait_ms, struct buf *out, struct error *e) MUST_USE;
/** An answer of mediad's as JSON, owned. */
int control_parse(struct json_object **out, struct span answer, struct error *e) MUST_USE;

/** The same, as bytes, for relaying: all statistics, which may take a second. Appended to `out`. */
int control_get_raw(struct control_client *c, const char *path, struct buf *out,
                    struct error *e) MUST_USE;

/**
 * POST a JSON object, as to "/v0/groups/action" and "/v0/notice".
 * @param answer may be NULL; else the parsed answer, owned, NULL when it was empty
 * @return 0; ERR_NOT_FOUND, ERR_INVALID, ERR_FORBIDDEN, ERR_WRONG_STATE as mediad said;
 * ERR_UNAVAILABLE
 */
int control_post(struct control_client *c, const char *path, struct json_object *body,
                 struct json_object **answer, struct error *e) MUST_USE;

#endif
