#include "admin-cgi/handlers/page_invitations_end.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/token_audit.h"
#include "admin-cgi/handlers/token_filter.h"
#include "admin-cgi/handlers/token_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_form.h"
#include "common/macros.h"
#include "common/token_store_write.h"

#define LIST_PATH "/admin/invitations"
#define SHOWN_MAX 50

/* Those that a search finds and that have not ended. */
struct ending {
    struct token_filter filter;
    const struct token **tokens; /* owned; what they point to, by the store until its next call */
    size_t n;
    char mark[SHA256_HEX_SIZE]; /* of which ones they are */
    int64_t now_us;
    const char **names; /* of the tokens, sorted, in the arena */
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int find(struct request *req, struct app *app, struct ending *all, struct error *e)
{
    struct buf names = {0};
    size_t n = 0;
    int r = token_store_list(app->tokens, NULL, &all->tokens, &n, e);

    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++) {
        if (token_view_state(all->tokens[i], req->now_us) != TOKEN_ENDED &&
            token_filter_takes(req, app, &all->filter, all->tokens[i]))
            all->tokens[all->n++] = all->tokens[i];
    }
    all->now_us = req->now_us;
    all->names = arena_array(req->arena, all->n + 1, sizeof *all->names);
    for (size_t i = 0; all->names && i < all->n; i++)
        all->names[i] = arena_str(req->arena, all->tokens[i]->token);
    if (!all->names || req->arena->bad)
        return ERR_NO_MEMORY;
    qsort(all->names, all->n, sizeof *all->names, by_name);
    for (size_t i = 0; i < all->n; i++)
        buf_printf(&names, "%s\n", all->names[i]);
    r = buf_check(&names);
    sha256_hex(buf_span(&names), all->mark);
    buf_wipe(&names);
    return r;
}

static void show(struct request *req, struct response *res, struct app *app,
                 const struct ending *all, int status)
{
    struct json_object *page = page_new(req, res, app, "End invitations", "invitations");
    struct json_object *list = page_list(page, "tokens");

    token_filter_view(req, page, &all->filter);
    for (size_t i = 0; i < all->n && i < SHOWN_MAX; i++)
        token_filter_row(req, app, list, all->tokens[i]);
    page_text(page, "count",
              say_count(req->arena,
                        "{n} invitations end now. Who came in by them stays until they leave.",
                        "{n} invitation ends now. Who came in by it stays until they leave.",
                        all->n));
    page_flag(page, "has_tokens", all->n > 0);
    page_flag(page, "has_changed", status == 409);
    page_text(page, "more",
              all->n > SHOWN_MAX
                  ? say_count(req->arena, "And {n} more.", "And {n} more.", all->n - SHOWN_MAX)
                  : NULL);
    page_text(page, "mark", all->mark);
    page_send(res, app, status, "invitations_end", page);
}

void page_invitations_end(struct request *req, struct response *res, struct app *app)
{
    struct ending all = {0};
    const struct request_field fields[] = {
        {"q", &all.filter.q}, {"group", &all.filter.group}, {"state", &all.filter.state}};
    struct error e = {0};
    int r = request_queries(req, fields, LENGTH(fields), &e);

    if (r < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    r = find(req, app, &all, &e);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        show(req, res, app, &all, 200);
    free(all.tokens);
}

static bool is_chosen(const struct token *t, void *arg)
{
    const struct ending *all = arg;

    return token_view_state(t, all->now_us) != TOKEN_ENDED &&
           bsearch(&t->token, all->names, all->n, sizeof *all->names, by_name);
}

static int end_now(struct token *t, void *arg, struct error *e)
{
    const struct ending *all = arg;

    (void)e;
    t->has_expires = true;
    t->expires_us = all->now_us;
    if (t->has_not_before && t->not_before_us > t->expires_us)
        t->has_not_before = false; /* it would begin behind its end */
    return 0;
}

/* A form that did nothing does not count as used up. @return how many ended */
static int end_all(struct request *req, struct app *app, struct ending *all,
                   const struct actor *actor, struct error *e)
{
    const struct token_edit edit = {is_chosen, end_now, all};
    int r = store_form_begin(app->db, actor, e);
    int n;

    if (r < 0)
        return r;
    token_audit_all(req, app, "token.put", all->tokens, all->n);
    n = token_store_update_where(app->tokens, &edit, e);
    r = db_finish(app->db, true, n < 0 ? n : 0, e);
    return r < 0 ? r : n;
}

void page_invitations_end_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"q", "group", "state", "mark", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct ending all = {0};
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, LIST_PATH))
        return;
    all.filter = (struct token_filter){.q = form_text(&form, "q"),
                                       .group = form_text(&form, "group"),
                                       .state = form_text(&form, "state")};
    r = find(req, app, &all, &e);
    if (r == 0 && strcmp(all.mark, form_text(&form, "mark")) != 0) {
        show(req, res, app, &all, 409);
        free(all.tokens);
        return;
    }
    if (r == 0)
        r = end_all(req, app, &all, &actor, &e);
    free(all.tokens);
    group_view_answer(req, res, app, &actor, r, &e, LIST_PATH,
                      say_count(req->arena, "{n} invitations have ended.",
                                "{n} invitation has ended.", r > 0 ? (uint64_t)r : 0));
}
