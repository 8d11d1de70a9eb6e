/*
 * How much room recordings take, of what they may: on the page of all recordings, with a warning
 * where four fifths of a limit are used up.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_RECORDING_ROOM_H
#define NEREID_ADMIN_CGI_HANDLERS_RECORDING_ROOM_H

#include <json-c/json.h>

#include "admin-cgi/recordings/recording_shelf.h"
#include "admin-cgi/request.h"

struct app;

/** Fills `used`, `in_trash`, the limits, and `warnings`; of the whole server for server
 * administrators alone. */
void recording_room_add(struct request *req, struct app *app, struct json_object *page,
                        const struct shelf *shelf);

#endif
