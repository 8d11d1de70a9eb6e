#include "admin-cgi/handlers/token_filter.h"

#include <string.h>

#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/token_place.h"
#include "admin-cgi/handlers/token_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "common/macros.h"

static const struct {
    const char *word;
    const char *label;
} states[] = {
    {"", TEXT("All")},
    {"open", TEXT("Valid now or later")},
    {"valid", TEXT("Valid now")},
    {"later", TEXT("Not valid yet")},
    {"ended", TEXT("Ended")},
};

static bool has_words(struct request *req, struct app *app, const struct token *t, const char *q)
{
    return !*q || strcasestr(t->group, q) || (t->username && strcasestr(t->username, q)) ||
           (t->issued_by && strcasestr(t->issued_by, q)) ||
           strcasestr(token_view_label(req, app, t), q);
}

static bool has_state(const struct token *t, const char *wanted, int64_t now_us)
{
    enum token_state state = token_view_state(t, now_us);

    if (strcmp(wanted, "open") == 0)
        return state == TOKEN_VALID || state == TOKEN_NOT_YET;
    return !*wanted || (strcmp(wanted, "valid") == 0 && state == TOKEN_VALID) ||
           (strcmp(wanted, "later") == 0 && state == TOKEN_NOT_YET) ||
           (strcmp(wanted, "ended") == 0 && state == TOKEN_ENDED);
}

/* Invitations for the whole server are for its administrators to see. */
static bool may_see(const struct request *req, const struct token *t)
{
    return *t->group ? principal_may(&req->who, t->group, CAP_INVITE) : req->who.is_server_admin;
}

bool token_filter_takes(struct request *req, struct app *app, const struct token_filter *f,
                        const struct token *t)
{
    return may_see(req, t) && (!*f->group || strcmp(t->group, f->group) == 0) &&
           has_state(t, f->state, req->now_us) && has_words(req, app, t, f->q);
}

void token_filter_row(struct request *req, struct app *app, struct json_object *list,
                      const struct token *t)
{
    struct json_object *row = page_row(list);

    token_view_fields(req, app, row, t);
    page_text(row, "group", t->group);
    page_text(row, "group_path", token_place_base(req, t->group));
    page_flag(row, "is_everywhere", !*t->group);
}

void token_filter_view(struct request *req, struct json_object *page, const struct token_filter *f)
{
    struct json_object *list = page_list(page, "states");

    page_text(page, "q", f->q);
    page_text(page, "group", f->group);
    page_text(page, "group_query", page_encode(req->arena, f->group, false));
    page_text(page, "state", f->state);
    page_flag(page, "is_filtered", *f->q || *f->state || *f->group);
    page_text(page, "query",
              arena_printf(req->arena, "q=%s&group=%s&state=%s",
                           page_encode(req->arena, f->q, false),
                           page_encode(req->arena, f->group, false),
                           page_encode(req->arena, f->state, false)));
    for (size_t i = 0; i < LENGTH(states); i++)
        form_option(list, states[i].word, say(req->arena, states[i].label), NULL, f->state);
}
