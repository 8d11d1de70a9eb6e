/*
 * What the API's handlers share: errors as answers, bodies, preconditions, the writableGroups
 * switch.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_API_COMMON_H
#define NEREID_ADMIN_CGI_HANDLERS_API_COMMON_H

#include <json-c/json.h>

#include "admin-cgi/app.h"
#include "admin-cgi/precondition.h"
#include "admin-cgi/router.h"
#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/store_group.h"

#define API_BODY_MAX (1024 * 1024)

/** Answer with an error that a store or parser gave; ERR_BUSY is 503 here. */
void api_fail(struct response *res, int code, const struct error *e);

/**
 * Is `group`, which a store function answered with `code`, there to be read? Otherwise `res` holds
 * the answer: 500 with line and column for a file that does not parse, also when a good version is
 * known.
 */
bool api_group_read(struct request *req, struct response *res, int code,
                    const struct group_record *group, const struct error *e);

/** Answer a write: 201 when it made something, else 204; the error when `code` is one. */
void api_changed(struct response *res, int code, bool created, const struct error *e);

/** Is the body of this media type? Otherwise 415 with Accept. */
bool api_want_type(struct request *req, struct response *res, const char *type);

/** The body as JSON, put when the request ends; NULL for the text `null`. Otherwise 400.
 * @return false when `res` holds the answer */
bool api_json(struct request *req, struct response *res, const char *type,
              struct json_object **out);

/** For GET and HEAD: false when 304 or 412 was answered. Adds the ETag in any case but 412. */
bool api_read_condition(struct request *req, struct response *res, const char *etag);

/** writableGroups, for writes that rewrite a group file: 403 when it is off (HTTP-11). */
bool api_writable(struct response *res, struct app *app);

/** The actor of an API request. */
struct actor api_actor(const struct request *req);

#endif
