/*
 * The table of a live page: sorted by a column that the query names, 50 rows a page, with the links
 * that sort it and turn its pages. A page and its twin in JSON have the same rows.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_LIVE_LIST_H
#define NEREID_ADMIN_CGI_HANDLERS_LIVE_LIST_H

#include <json-c/json.h>

#include "admin-cgi/handlers/live_view.h"

#define LIVE_LIST_ROWS 50

/** What may become a row. All is borrowed. */
struct live_entry {
    struct json_object *object; /* of a live sample */
    const char *name;           /* sorted by it, and where all else is equal */
    const char *key;            /* where names are equal, too; another for each */
    struct live_sums sums;      /* of a meeting */
    int64_t value;              /* of the column that is sorted by */
};

struct live_column {
    const char *word;                              /* in the query; NULL: it does not sort */
    const char *label;                             /* NULL: it sorts, and is not shown */
    int64_t (*measure)(const struct live_entry *); /* NULL: by name */
    bool is_number;
};

/** Zeroed but for what the first four say. */
struct live_list {
    const char *path;  /* of the page */
    const char *query; /* what else its links say, "&show=poor"; NULL: nothing */
    const struct live_column *columns;
    size_t n_columns;
    const struct live_column *column;
    bool is_descending;
    int64_t page; /* from 1 */
    struct live_entry *entries;
    size_t n;
    size_t first, end; /* of the entries: what this page shows; once live_list_arrange() was here */
};

/** Column and page by the query's `sort` (a column's word, with a minus for from high to low) and
 * `page`. @param sort when the query has none @return 0, or as request_query() with ERR_INVALID */
int live_list_read(struct live_list *list, struct request *req, const char *sort,
                   struct error *e) MUST_USE;

/** Sort the entries, and choose those of the page; a page behind the last is the last. */
void live_list_arrange(struct live_list *list);

/** Add what page and twin have in common: `has_pages`, `rows_words` ("51 to 100 of 200"), and the
 * links `previous` and `next`, where there are such pages. */
void live_list_add_pages(struct arena *a, struct json_object *page, const struct live_list *list);
/** Add what only the page has: `columns` with links that sort, `twin`, `here`. */
void live_list_add_heads(struct arena *a, struct json_object *page, const struct live_list *list);

/** A link to the list, sorted alike, from its first page. @param query instead of the list's */
const char *live_list_link(struct arena *a, const struct live_list *list, const char *query);

#endif
