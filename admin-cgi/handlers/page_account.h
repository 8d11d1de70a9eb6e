/*
 * The own account: settings, password, sessions (WEB-3).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_ACCOUNT_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_ACCOUNT_H

#include "admin-cgi/router.h"

/** GET /admin/account. */
route_handler page_account;

/** POST .../settings: display name, language and time zone; 403 for who is signed in without an
 * account of the console. */
route_handler page_account_settings_post;

/**
 * POST: a new password, with the present one as proof; all other sessions end. 422 with problems.
 */
route_handler page_account_post;

/** POST .../sessions: ends one session by its number, or all but this one ("others"). */
route_handler page_account_sessions_post;

/** GET /admin/session.json: {"idle", "longest"}, seconds until this session ends without use, and
 * in any case. To ask is use. */
route_handler page_session_json;

#endif
