/*
 * What is done with several groups that were ticked in the list: /admin/groups/.bulk asks for the
 * value where one is needed, shows what would change group by group, carries it out, all or
 * nothing; /admin/groups/.undo/BATCH takes it back. The list as CSV needs no asking.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUPS_BULK_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUPS_BULK_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

void page_groups_bulk_post(struct request *req, struct response *res, struct app *app);
void page_groups_undo_post(struct request *req, struct response *res, struct app *app);

/** Where a batch of this request is taken back; in the arena. */
const char *page_groups_undo_path(struct request *req);

#endif
