/*
 * The audit log (WEB-21).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_AUDIT_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_AUDIT_H

#include "admin-cgi/router.h"

/**
 * GET /admin/audit: entries in sentences, newest first, filtered by `actor`, `action`, `object`,
 * `result`
 * ("ok", "not"), the days `from` and `until` (UTC) and the text `q`, before the id `before`. What
 * was refused in the same way from one address is one row. 400 for a malformed query.
 */
route_handler page_audit;

/** GET /admin/audit.csv, /admin/audit.jsonl: all entries of the same filter, each by itself. */
route_handler page_audit_csv;
route_handler page_audit_lines;

/** POST /admin/audit/verify: walk the chain of hashes, and say whether a row was changed or taken
 * away. */
route_handler page_audit_verify_post;

#endif
