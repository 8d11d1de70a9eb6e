/*
 * What is still to do on a fresh server: each line is there until it is done.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_DASHBOARD_NEXT_H
#define NEREID_ADMIN_CGI_HANDLERS_DASHBOARD_NEXT_H

#include "admin-cgi/handlers/dashboard_view.h"

/** Nothing when all is done. For server administrators. @param has_group somebody made a group */
void dashboard_add_next(const struct dashboard *d, bool has_group);

#endif
