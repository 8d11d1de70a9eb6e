/*
 * Which invitations are meant: the search over those of all groups, for the list and for ending all
 * that it shows.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_TOKEN_FILTER_H
#define NEREID_ADMIN_CGI_HANDLERS_TOKEN_FILTER_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "common/token.h"

struct app;

/** As in a query or a form; every pointer is "" when absent. */
struct token_filter {
    const char *q;     /* in the group, the name, the label, or who made it */
    const char *group; /* exactly this one */
    const char *state; /* "valid", "later", "open" (both of these), "ended" */
};

/** Is it one of those, and may this person see it? */
bool token_filter_takes(struct request *req, struct app *app, const struct token_filter *f,
                        const struct token *t);

/** A row of a list over all groups, for the template `token_rows`. */
void token_filter_row(struct request *req, struct app *app, struct json_object *list,
                      const struct token *t);

/** Fill the fields of the search: q, group, states, query (the filter as one), is_filtered. */
void token_filter_view(struct request *req, struct json_object *page, const struct token_filter *f);

#endif
