/*
 * What people type into a search field, as a query of SQLite's full text index (FTS5).
 */
#ifndef NEREID_ADMIN_CGI_STORE_SEARCH_TERMS_H
#define NEREID_ADMIN_CGI_STORE_SEARCH_TERMS_H

#include "admin-cgi/arena.h"

/** Each word as a quoted prefix, so that none is taken for an operator; all of them must be found.
 * @return in the arena; NULL: there is no word, or no memory */
const char *search_terms(struct arena *a, const char *search);

#endif
