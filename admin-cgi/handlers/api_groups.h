/*
 * .groups/ of the API: list, descriptions and keys. Writes need writableGroups (403), and obey If-
 * Match and If-None-Match (412) (HTTP-10).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_API_GROUPS_H
#define NEREID_ADMIN_CGI_HANDLERS_API_GROUPS_H

#include "admin-cgi/router.h"

/**
 * GET .groups/: names of all groups. The files are asked, not the index: one made a moment ago is
 * there.
 */
route_handler api_group_list;

/**
 * GET: what the API shows of a description (group_desc_json.h), with its ETag. 404; 500 with line
 * and column for a file that does not parse.
 */
route_handler api_group_get;

/**
 * PUT: the settable members become these; users and keys stay. 201 for a new group, else 204; 400
 * names the member.
 */
route_handler api_group_put;

/** DELETE: to the trash, and its tokens are removed. 204, 404. */
route_handler api_group_delete;

/**
 * PUT .keys: a JSON Web Key Set (RFC 7517 section 5); one without keys removes them. 204; 400 names
 * the key and its member.
 */
route_handler api_keys_put;

/** DELETE .keys: 204, also when there were none. */
route_handler api_keys_delete;

#endif
