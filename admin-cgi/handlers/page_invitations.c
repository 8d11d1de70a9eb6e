#include "admin-cgi/handlers/page_invitations.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/token_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "common/macros.h"
#include "common/token_store.h"

#define ROWS_PER_PAGE 50

/** The query as it came; every pointer is "" when absent. */
struct invitation_query {
    const char *q, *state, *from;
};

static bool has_words(struct request *req, struct app *app, const struct token *t, const char *q)
{
    return !*q || strcasestr(t->group, q) || strcasestr(token_view_user(t), q) ||
           (t->issued_by && strcasestr(t->issued_by, q)) ||
           strcasestr(token_view_label(req, app, t), q);
}

static bool matches(struct request *req, struct app *app, const struct token *t,
                    const struct invitation_query *query)
{
    enum token_state state = token_view_state(t, req->now_us);

    return *t->group && principal_may(&req->who, t->group, CAP_INVITE) &&
           (strcmp(query->state, "valid") != 0 || state == TOKEN_VALID) &&
           (strcmp(query->state, "ended") != 0 || state == TOKEN_ENDED) &&
           has_words(req, app, t, query->q);
}

static void add_row(struct request *req, struct app *app, struct json_object *list,
                    const struct token *t)
{
    struct json_object *row = page_row(list);

    token_view_fields(req, app, row, t);
    page_text(row, "group", t->group);
    page_text(row, "group_path", page_group_path(req->arena, t->group, ".tokens/"));
}

/* @return whether there are more beyond the page */
static bool add_rows(struct request *req, struct app *app, struct json_object *page,
                     const struct token *const *tokens, size_t n,
                     const struct invitation_query *query, uint64_t from)
{
    struct json_object *list = page_list(page, "tokens");
    size_t n_matching = 0;

    for (size_t i = 0; i < n; i++) {
        if (!matches(req, app, tokens[i], query))
            continue;
        if (n_matching++ == from + ROWS_PER_PAGE)
            break;
        if (n_matching > from)
            add_row(req, app, list, tokens[i]);
    }
    page_flag(page, "has_tokens", n_matching > 0);
    return n_matching > from + ROWS_PER_PAGE;
}

void page_invitations(struct request *req, struct response *res, struct app *app)
{
    struct invitation_query query = {0};
    const struct request_field fields[] = {
        {"q", &query.q}, {"state", &query.state}, {"from", &query.from}};
    const struct token **tokens = NULL;
    struct json_object *page, *states;
    struct error e = {0};
    uint64_t from = 0;
    size_t n = 0;
    int r = request_queries(req, fields, LENGTH(fields), &e);

    if (r == 0 && *query.from && !span_u64(span_str(query.from), &from))
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
    if (add_rows(req, app, page, tokens, n, &query, from))
        page_text(page, "next",
                  arena_printf(req->arena, "/admin/invitations?q=%s&state=%s&from=%llu",
                               page_encode(req->arena, query.q, false),
                               page_encode(req->arena, query.state, false),
                               (unsigned long long)from + ROWS_PER_PAGE));
    free(tokens);
    page_text(page, "q", query.q);
    page_flag(page, "is_filtered", *query.q || *query.state);
    states = page_list(page, "states");
    form_option(states, "", say(req->arena, "All"), NULL, query.state);
    form_option(states, "valid", say(req->arena, "Valid now"), NULL, query.state);
    form_option(states, "ended", say(req->arena, "Ended"), NULL, query.state);
    page_send(res, app, 200, "invitations", page);
}
