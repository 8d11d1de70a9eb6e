/*
 * Public groups by pages, for the landing page: from the index. Everybody may read what is found,
 * so that only what everybody may see is searched.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_GROUP_PUBLIC_H
#define NEREID_ADMIN_CGI_STORE_STORE_GROUP_PUBLIC_H

#include "admin-cgi/store/db.h"

struct public_group {
    const char *name;
    const char *display_name; /* "" none */
    const char *description;  /* "" none */
    const char *redirect;     /* "" none */
};

struct public_page {
    struct public_group *rows; /* by name, in the arena */
    size_t n_rows;
    int64_t page;  /* from 1; the last one for a number beyond it */
    int64_t pages; /* at least 1 */
    int64_t total; /* all that match */
};

/**
 * @param search words that begin a word of name, display name or description; NULL or "": all
 * @param page   from 1
 * @param size   groups on a page
 */
int store_group_public(struct db *db, struct arena *a, const char *search, int64_t page,
                       size_t size, struct public_page *out, struct error *e) MUST_USE;

#endif
