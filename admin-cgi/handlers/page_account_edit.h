/*
 * One account, for server administrators: its name, rights, password, sessions, and its end
 * (WEB-3).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_ACCOUNT_EDIT_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_ACCOUNT_EDIT_H

#include "admin-cgi/router.h"

/** GET /admin/accounts/ID. 404 without such an account. */
route_handler page_account_edit;

/**
 * POST: one change, named by the field `action`. What would lock a person out is refused for the
 * own account, and for the last administrator (409). 422 with problems.
 */
route_handler page_account_edit_post;

/** GET .delete: asks whether. */
route_handler page_account_delete;

/** POST: deletes it; refused as above. */
route_handler page_account_delete_post;

#endif
