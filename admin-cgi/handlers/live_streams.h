/*
 * What one member of a group sends and receives, for its live page: streams by track with what the
 * server decided about them (`/v0/stats` in docs/CONTROL.md).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_LIVE_STREAMS_H
#define NEREID_ADMIN_CGI_HANDLERS_LIVE_STREAMS_H

#include <json-c/json.h>

#include "admin-cgi/request.h"

struct app;

/** Statistics of one group, of the request's arena. NULL: mediad does not answer, or nobody is in.
 */
struct json_object *live_streams(struct request *req, struct app *app, const char *group);

/** Adds to the page: the list `streams` of one member's tracks.
 * @param clients the group's members, for the names of publishers */
void live_streams_list(struct arena *a, struct json_object *page, struct json_object *stats,
                       struct json_object *clients, const char *id);

#endif
