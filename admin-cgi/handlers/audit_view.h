/*
 * Rows of the audit log as sentences: "root sent nobby out of watch: go home."
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_AUDIT_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_AUDIT_VIEW_H

#include "admin-cgi/arena.h"
#include "admin-cgi/store/store_audit.h"

/** One sentence with who, what and on what; an action that has none is said by its word. In the
 * arena. */
const char *audit_view_sentence(struct arena *a, const struct audit_row *row);

#endif
