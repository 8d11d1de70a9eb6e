#include "admin-cgi/handlers/page_logo.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/page_settings.h"
#include "admin-cgi/handlers/setting_value.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/logo.h"
#include "admin-cgi/store/store_setting.h"

#define SETTINGS_PATH "/admin/settings"
#define LOGO_CACHING "public, max-age=86400"

/* What a form sent, as it is kept: base64 without white space. @return 0, or as logo_read() */
static int read_logo(struct arena *a, const char *typed, char name[LOGO_NAME_SIZE],
                     const char **kept, struct error *e)
{
    struct buf picture = {0};
    char *text = arena_str(a, typed), *to = text;
    int r = text ? logo_read(&picture, span_str(typed), e) : ERR_NO_MEMORY;

    for (const char *from = typed; r == 0 && *from; from++) {
        if (!strchr(" \t\n", *from))
            *to++ = *from;
    }
    if (r == 0) {
        *to = 0;
        logo_name(name, buf_span(&picture));
    }
    *kept = text;
    buf_release(&picture);
    return r;
}

static int save(struct request *req, struct app *app, const struct actor *actor, const char *name,
                const char *kept, int64_t *batch, struct error *e)
{
    struct setting_change changes[] = {{.key = LOGO_NAME_KEY, .after = name},
                                       {.key = LOGO_BYTES_KEY, .after = kept, .is_silent = true}};
    int r = 0;

    for (size_t i = 0; i < 2 && r == 0; i++)
        r = store_setting_get(app->db, req->arena, changes[i].key, &changes[i].before, e);
    return r < 0 ? r : store_setting_change(app->db, changes, 2, actor, batch, e);
}

void page_logo_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"action", "logo", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    char name[LOGO_NAME_SIZE];
    const char *kept = NULL;
    int64_t batch = 0;
    bool is_removal;
    struct form form;
    struct error e = {0};
    int r = 0;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, SETTINGS_PATH))
        return;
    is_removal = strcmp(form_text(&form, "action"), "remove") == 0;
    if (!is_removal)
        r = read_logo(req->arena, form_text(&form, "logo"), name, &kept, &e);
    if (r == ERR_INVALID || r == ERR_TOO_LARGE) {
        page_settings_refuse(req, res, app, "logo",
                             say_with(req->arena, "Logo: {reason}.", "reason",
                                      say_reported(req->arena, e.text), NULL));
        return;
    }
    if (r == 0)
        r = save(req, app, &actor, is_removal ? NULL : name, is_removal ? NULL : kept, &batch, &e);
    settings_answer(
        req, res, app, &actor, r, &e, SETTINGS_PATH,
        is_removal ? TEXT("The logo is the default again.") : TEXT("The logo was saved."), batch);
}

void site_logo(struct request *req, struct response *res, struct app *app)
{
    struct buf picture = {0};
    const char *kept = NULL;
    struct error e = {0};
    int r = store_setting_get(app->db, req->arena, LOGO_BYTES_KEY, &kept, &e);

    if (r == 0 && !kept)
        r = error_set(&e, ERR_NOT_FOUND, NULL, "there is no logo");
    if (r == 0)
        r = logo_read(&picture, span_str(kept), &e);
    if (r == 0) {
        res->class = RESPONSE_API;
        response_type(res, logo_type(buf_span(&picture)));
        response_cache(res, LOGO_CACHING);
        buf_add_span(&res->body, buf_span(&picture));
    } else {
        page_error(req, res, app, err_http_status(r), &e);
    }
    buf_release(&picture);
}
