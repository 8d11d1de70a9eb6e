/*
 * Passwords of the own account for programs (SEC-56).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_APP_PASSWORDS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_APP_PASSWORDS_H

#include "admin-cgi/router.h"

/** GET /admin/account/app-passwords: those that there are, and the form for a new one. */
route_handler page_app_passwords;

/** POST: makes one and shows it, once. 422 with problems. */
route_handler page_app_passwords_post;

/** POST .../end: ends one by its number. */
route_handler page_app_password_end_post;

#endif
