#include "admin-cgi/handlers/token_view.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/token_place.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_token_label.h"
#include "admin-cgi/zone.h"
#include "common/log.h"
#include "common/now.h"
#include "common/token_store.h"

static const struct log_ctx ctx = {.room = "invitations"};

void token_view_id(const struct token *t, char out[SHA256_HEX_SIZE])
{
    sha256_hex(span_str(t->token), out);
}

const char *token_view_path(struct request *req, const struct token *t)
{
    char id[SHA256_HEX_SIZE];

    token_view_id(t, id);
    return arena_printf(req->arena, "%s%s", token_place_base(req, t->group), id);
}

int token_view_find(struct app *app, const char *group, const char *id, const struct token **out,
                    struct error *e)
{
    const struct token **tokens = NULL;
    size_t n = 0;
    int r = token_store_list(app->tokens, group, &tokens, &n, e);

    *out = NULL;
    for (size_t i = 0; r == 0 && i < n; i++) {
        char own[SHA256_HEX_SIZE];

        token_view_id(tokens[i], own);
        if (strcmp(own, id) == 0)
            *out = tokens[i];
    }
    free(tokens);
    if (r == 0 && !*out)
        r = error_set(e, ERR_NOT_FOUND, NULL,
                      "there is no such invitation: it was removed, or "
                      "it ended more than a week ago");
    return r;
}

const char *token_view_link(struct request *req, struct app *app, const struct token *t,
                            const char *group)
{
    const char *base = *group ? page_base_url(req, app) : NULL;

    return base ? arena_printf(req->arena, "%s/group/%s/?token=%s", base,
                               page_encode(req->arena, group, true),
                               page_encode(req->arena, t->token, false))
                : NULL;
}

static const char *permissions_text(struct arena *a, const struct token *t)
{
    bool is_nothing = t->permissions.role == ROLE_NONE || t->permissions.role == ROLE_OBSERVE ||
                      (t->permissions.role == ROLE_ARRAY && t->permissions.n_names == 0);

    return is_nothing ? say(a, "watch only") : group_view_role(a, &t->permissions);
}

enum token_state token_view_state(const struct token *t, int64_t now_us)
{
    if (token_is_valid_for(t, span_str(t->group), now_us))
        return TOKEN_VALID;
    if (!t->has_expires || (!*t->group && !t->include_subgroups))
        return TOKEN_NEVER_VALID;
    return t->expires_us > now_us ? TOKEN_NOT_YET : TOKEN_ENDED;
}

const char *token_view_user(const struct token *t)
{
    return t->username ? t->username : TEXT("any name");
}

const char *token_view_label(struct request *req, struct app *app, const struct token *t)
{
    char id[SHA256_HEX_SIZE];
    const char *label;
    struct error e = {0};

    token_view_id(t, id);
    if (store_token_label_get(app->db, req->arena, id, &label, &e) < 0)
        log_warn(&ctx, "an invitation is shown without its label: %s", e.text);
    return label;
}

const char *token_view_fields(struct request *req, struct app *app, struct json_object *o,
                              const struct token *t)
{
    enum token_state state = token_view_state(t, req->now_us);
    const char *label = token_view_label(req, app, t);

    page_text(o, "path", token_view_path(req, t));
    page_text(o, "masked", arena_printf(req->arena, "%.4s…", t->token));
    page_text(o, "called", *label ? label : NULL);
    page_text(o, "user", t->username ? t->username : say(req->arena, token_view_user(t)));
    page_text(o, "may", permissions_text(req->arena, t));
    page_time(o, "valid_from", t->has_not_before ? t->not_before_us : 0);
    page_time(o, "valid_until", t->has_expires ? t->expires_us : 0);
    page_flag(o, "state", state != TOKEN_VALID);
    page_flag(o, "ended", state == TOKEN_ENDED);
    page_flag(o, "not_yet", state == TOKEN_NOT_YET);
    page_flag(o, "subgroups", t->include_subgroups);
    page_text(o, "made_by", t->issued_by);
    return label;
}

/* @return whether there is a time in the field */
static bool read_time(struct form_view *v, const struct form *form, const char *field, int64_t *us)
{
    const char *text = form_text(form, field);
    char full[FORM_TIME_SIZE];

    if (!*text || zone_field_read(v->zone, text, full, us))
        return *text;
    form_view_problem(v, field, "Write a date and a time, as 2026-06-09T08:00.");
    return false;
}

void token_view_read_times(struct form_view *v, const struct form *form, struct token *t)
{
    if (read_time(v, form, "until", &t->expires_us))
        t->has_expires = true;
    t->has_not_before = read_time(v, form, "from", &t->not_before_us);
    if (t->has_not_before && t->has_expires && t->expires_us <= t->not_before_us)
        form_view_problem(v, "until", "The invitation would end before it begins.");
}

const char *token_view_read_label(struct form_view *v, const struct form *form)
{
    const char *label = form_text(form, "label");

    if (strlen(label) <= TOKEN_LABEL_MAX && !strpbrk(label, "\n\t"))
        return label;
    form_view_problem(v, "label", "Write one line of at most %d bytes.", TOKEN_LABEL_MAX);
    return "";
}
