#include "admin-cgi/handlers/page_invitations.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/token_filter.h"
#include "admin-cgi/handlers/token_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "common/macros.h"
#include "common/token_store.h"

#define ROWS_PER_PAGE 50

/* @return whether there are more beyond the page */
static bool add_rows(struct request *req, struct app *app, struct json_object *page,
                     const struct token *const *tokens, size_t n, const struct token_filter *filter,
                     uint64_t from)
{
    struct json_object *list = page_list(page, "tokens");
    size_t n_matching = 0;

    for (size_t i = 0; i < n; i++) {
        if (!token_filter_takes(req, app, filter, tokens[i]))
            continue;
        if (n_matching++ == from + ROWS_PER_PAGE)
            break;
        if (n_matching > from)
            token_filter_row(req, app, list, tokens[i]);
    }
    page_flag(page, "has_tokens", n_matching > 0);
    return n_matching > from + ROWS_PER_PAGE;
}

void page_invitations(struct request *req, struct response *res, struct app *app)
{
    struct token_filter filter = {0};
    const char *from_text = "";
    const struct request_field fields[] = {
        {"q", &filter.q}, {"group", &filter.group}, {"state", &filter.state}, {"from", &from_text}};
    const struct token **tokens = NULL;
    struct json_object *page;
    struct error e = {0};
    uint64_t from = 0;
    size_t n = 0;
    int r = request_queries(req, fields, LENGTH(fields), &e);

    if (r == 0 && *from_text && !span_u64(span_str(from_text), &from))
        r = error_set(&e, ERR_INVALID, "from", "this is no number");
    if (r < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    r = token_store_list(app->tokens, NULL, &tokens, &n, &e);
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    page = page_new(req, res, app, "Invitations", "invitations");
    token_filter_view(req, page, &filter);
    if (add_rows(req, app, page, tokens, n, &filter, from))
        page_text(page, "next",
                  arena_printf(req->arena, "/admin/invitations?%s&from=%llu",
                               json_object_get_string(json_object_object_get(page, "query")),
                               (unsigned long long)from + ROWS_PER_PAGE));
    free(tokens);
    page_flag(page, "may_server", req->who.is_server_admin);
    page_flag(page, "may_end", strcmp(filter.state, "ended") != 0);
    page_send(res, app, 200, "invitations", page);
}
