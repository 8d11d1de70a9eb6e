#include "admin-cgi/handlers/page_address_trial.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/settings_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "common/server_origin.h"

#define TRIAL_PATH "/admin/address-trial"

static struct server_config config_of(const struct address_trial *trial)
{
    /* cast: nothing of it is changed */
    return (struct server_config){
        .canonical_host = *trial->host_after ? (char *)trial->host_after : NULL,
        .proxy_url = *trial->proxy_after ? (char *)trial->proxy_after : NULL};
}

bool address_trial_is_due(struct request *req, const struct address_trial *change)
{
    struct server_config config = config_of(change);
    struct buf location = {0};
    bool leads_away =
        server_config_redirect(&location, &config, span_str(req->host), span_str("/"));

    buf_release(&location);
    return (leads_away && strcmp(change->host_before, change->host_after) != 0) ||
           strcmp(change->proxy_before, change->proxy_after) != 0;
}

/* Where the new address shows a path of ours. */
static const char *link_of(struct request *req, const struct address_trial *trial, const char *path)
{
    struct server_config config = config_of(trial);
    struct buf link = {0};
    const char *text;

    if (!server_config_redirect(&link, &config, span_str(req->host), span_str(path))) {
        buf_clear(&link);
        server_config_base_url(&link, &config, span_str(req->host), req->is_tls);
        buf_add_str(&link, path);
    }
    text = buf_check(&link) == 0 ? arena_str(req->arena, buf_str(&link)) : NULL;
    buf_release(&link);
    return text;
}

void address_trial_show(struct request *req, struct response *res, struct app *app,
                        const struct address_trial *trial, const char *code)
{
    struct json_object *page =
        settings_page(req, res, app, "A new address on trial", "/admin/settings/addresses");

    page_text(page, "link",
              link_of(req, trial, arena_printf(req->arena, TRIAL_PATH "?code=%s", code)));
    page_text(page, "what",
              say_with(req->arena,
                       "Open this link, which works once, and press the button there. If nobody "
                       "does until {time}, the old address comes back by itself.",
                       "time", page_time_text(req->arena, trial->until_us), NULL));
    page_send(res, app, 200, "address_trial", page);
}

/* Does the browser come by the new address? Who comes by another name than canonicalHost has been
 * sent on before; a proxy may ask under a name of its own. */
static bool is_there(struct request *req, struct app *app)
{
    const struct server_config *config = app_config(app);
    struct server_config bare = {.canonical_host = NULL};
    struct proxy_parts parts;
    struct buf ignored = {0};
    char *host;
    bool leads_away;

    if (!config->proxy_url || !proxy_url_split(&parts, config->proxy_url) || parts.host.len == 0)
        return true;
    host = span_dup(parts.host);
    bare.canonical_host = host;
    bare.proxy_url = config->proxy_url; /* which numeric addresses and localhost may stand for */
    leads_away =
        host && server_config_redirect(&ignored, &bare, span_str(req->host), span_str("/"));
    buf_release(&ignored);
    free(host);
    return !leads_away;
}

void page_address_trial(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page = page_new(req, res, app, "Keep the new address", NULL);
    const char *code = NULL;
    struct error e = {0};

    if (request_query(req, "code", &code, &e) < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    page_text(page, "code", code ? code : "");
    page_text(page, "what",
              say_with(req->arena,
                       "You reach this server as {host}. Its new address is on trial, and the old "
                       "one comes back unless somebody keeps it here.",
                       "host", req->host, NULL));
    page_send(res, app, 200, "address_keep", page);
}

void page_address_trial_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"code", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    r = is_there(req, app)
            ? address_trial_confirm(app->db, form_text(&form, "code"), &actor, &e)
            : error_set(&e, ERR_WRONG_STATE, NULL, "this page was not reached at the new address");
    if (r < 0)
        page_error(req, res, app, err_http_status(r), &e);
    else if (req->who.session_id)
        page_done(req, res, app, "/admin/settings/addresses", "The new address holds.", NULL);
    else
        response_redirect(res, 303, "/admin/");
}
