/*
 * A group's recordings for programs (docs/openapi.yaml): the list, and deleting into the trash;
 * whether it is recorded now. The bytes are at /recordings/ (recordings.h).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_API_RECORDINGS_H
#define NEREID_ADMIN_CGI_HANDLERS_API_RECORDINGS_H

#include "admin-cgi/router.h"

route_handler api_recording_list;
route_handler api_recording_delete;

/** Whether a group is recorded now; starting and stopping it, through mediad; in the audit log. */
route_handler api_recording_get;
route_handler api_recording_put;
route_handler api_recording_stop;

#endif
