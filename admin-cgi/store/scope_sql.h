/*
 * Scopes in SQL: which groups somebody may see. They come as one parameter, a JSON array of
 * [prefix, subtree], so that no text is glued into statements.
 */
#ifndef NEREID_ADMIN_CGI_STORE_SCOPE_SQL_H
#define NEREID_ADMIN_CGI_STORE_SCOPE_SQL_H

#include "admin-cgi/principal.h"
#include "admin-cgi/store/db_statement.h"

/** The condition of a WHERE: the group `name` (a column) is in one of the scopes of the parameter
 * `scopes` ("?2"), of which NULL is all. What is below a prefix lies between it with "/" and with
 * "0", the next character of ASCII. */
#define IN_SCOPES(name, scopes)                                                                    \
    " (" scopes " IS NULL OR EXISTS (SELECT 1 FROM json_each(" scopes ") s WHERE " name            \
    " = s.value ->> 0 OR (s.value ->> 1 = 1 AND (s.value ->> 0 = '' OR (" name                     \
    " >= s.value ->> 0 || '/' AND " name " < s.value ->> 0 || '0')))))"

/** The parameter. @param scopes NULL: all; an empty list (n is 0): none */
struct db_value db_scopes(struct arena *a, const struct scope *scopes, size_t n);

#endif
