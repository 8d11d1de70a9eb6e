/*
 * The dashboard's numbers: each with the page that explains it.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_DASHBOARD_TILES_H
#define NEREID_ADMIN_CGI_HANDLERS_DASHBOARD_TILES_H

#include "admin-cgi/handlers/dashboard_view.h"

/** Today's peak, streams, rates, room on the disk, the last backup, the version. What mediad says
 * is of the last sample, with its age when that is old. */
void dashboard_add_tiles(const struct dashboard *d);

#endif
