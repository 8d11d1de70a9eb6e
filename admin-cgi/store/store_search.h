/*
 * What the console's one search finds in the database, from indexes alone: it is asked with every
 * key that somebody presses.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_SEARCH_H
#define NEREID_ADMIN_CGI_STORE_STORE_SEARCH_H

#include "admin-cgi/principal.h"
#include "admin-cgi/store/db.h"

/** A group, a user of one, or an account. */
struct search_hit {
    const char *name;   /* group, user, login */
    const char *detail; /* display name; of a user the group */
    int64_t id;         /* of an account */
};

struct search_hits {
    struct search_hit *items; /* in the arena */
    size_t n;
};

/**
 * What to find, and for whom.
 */
struct search_query {
    const char *text;           /* as it was typed */
    const struct scope *scopes; /* only groups in one of these; NULL: all */
    size_t n_scopes;
    size_t limit;
};

/** Groups whose name begins with the text, by name; then those with its words in whatever people
 * wrote about them. */
int store_search_groups(struct db *db, struct arena *a, const struct search_query *q,
                        struct search_hits *out, struct error *e) MUST_USE;
/** Users whose name begins with the text. */
int store_search_users(struct db *db, struct arena *a, const struct search_query *q,
                       struct search_hits *out, struct error *e) MUST_USE;
/** Accounts with the text in login or display name; scopes do not count. */
int store_search_accounts(struct db *db, struct arena *a, const struct search_query *q,
                          struct search_hits *out, struct error *e) MUST_USE;

#endif
