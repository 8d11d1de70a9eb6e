/*
 * A group's recordings for programs (docs/openapi.yaml): the list, and deleting into the trash. The
 * bytes are at /recordings/ (recordings.h).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_API_RECORDINGS_H
#define NEREID_ADMIN_CGI_HANDLERS_API_RECORDINGS_H

#include "admin-cgi/router.h"

route_handler api_recording_list;
route_handler api_recording_delete;

#endif
