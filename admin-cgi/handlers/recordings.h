/*
 * Recordings over HTTP (HTTP-14): the page of a group with what can be done on it, files in parts
 * through nginx, and their posters.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_RECORDINGS_H
#define NEREID_ADMIN_CGI_HANDLERS_RECORDINGS_H

#include "admin-cgi/router.h"

route_handler recordings_list;
route_handler recordings_post;
route_handler recordings_file;
route_handler recordings_poster;

/** Answer with a recording's bytes, or why there are none; `?download` names the file. */
void recordings_send(struct request *req, struct response *res, int folder, const char *group,
                     const char *name);
/** Answer with the poster of a recording that has one. */
void recordings_send_poster(struct request *req, struct response *res, const char *group,
                            const char *name);

#endif
