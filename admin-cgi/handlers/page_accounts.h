/*
 * Accounts of the console: the list, and making one (WEB-3).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_ACCOUNTS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_ACCOUNTS_H

#include "admin-cgi/router.h"

/** GET /admin/accounts: all of them, and the administrators of config.json. */
route_handler page_accounts;

/** GET /admin/accounts/.new: the form. ?preset=WORD ticks these rights first. */
route_handler page_account_new;

/**
 * POST: makes an account whose password must be changed at the first sign-in. 422 with problems.
 */
route_handler page_account_new_post;

#endif
