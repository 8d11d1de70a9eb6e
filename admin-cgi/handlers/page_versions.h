/* Any two versions of a group side by side, and one as a file. */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_VERSIONS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_VERSIONS_H

#include "admin-cgi/router.h"

/** GET .history/.compare?from=N&to=M: what differs, secrets only as "another password". */
route_handler page_versions_compare;
/** GET .history/N/file.json: its text, with markers in place of its secrets. 409 for a text in
 * which secrets cannot be told from the rest. */
route_handler page_version_file;

#endif
