/*
 * The audit log (WEB-21).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_AUDIT_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_AUDIT_H

#include "admin-cgi/router.h"

/**
 * GET /admin/audit: entries, newest first, filtered by `actor`, `object` and `action`, before the
 * id `before`. 400 for a malformed one.
 */
route_handler page_audit;

#endif
