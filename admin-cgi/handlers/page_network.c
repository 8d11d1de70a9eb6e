#include "admin-cgi/handlers/page_network.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/settings_view.h"
#include "admin-cgi/network/network_test.h"
#include "admin-cgi/network/probe_words.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "common/ice_servers.h"
#include "common/macros.h"

#define NETWORK_PATH "/admin/network"

/* As clients are told: entries that are no good left out, log-ins made for a day. */
static struct json_object *configuration(struct request *req, struct app *app)
{
    struct ice_servers *servers = NULL;
    struct json_object *json = NULL;

    if (ice_servers_new(&servers, app->paths.ice_servers) == 0)
        json = ice_servers_configuration(servers, req->now_us);
    ice_servers_free(servers);
    return arena_json(req->arena, json);
}

/* Where the script of the browser's test puts its values. */
static const char *const places[] = {"working", "all", "time", "address", "reason", "code"};

/* @param is_tested with what came out */
static void show(struct request *req, struct response *res, struct app *app,
                 const struct network_row *rows, size_t n, bool is_tested)
{
    struct json_object *page = settings_page(req, res, app, "Network test", NETWORK_PATH);
    struct json_object *list = page_list(page, "rows");
    size_t n_working = 0;

    for (size_t i = 0; i < n; i++) {
        struct json_object *row = page_row(list);

        page_text(row, "url", rows[i].url);
        if (is_tested) {
            struct probe_words words = probe_words(req->arena, &rows[i]);

            n_working += rows[i].result.outcome == PROBE_WORKS;
            page_flag(row, "works", rows[i].result.outcome == PROBE_WORKS);
            page_text(row, "found", words.found);
            page_text(row, "next", words.next);
        }
    }
    for (size_t i = 0; i < LENGTH(places); i++)
        page_text(page, places[i], arena_printf(req->arena, "{%s}", places[i]));
    page_flag(page, "has_rows", n > 0);
    page_flag(page, "is_tested", is_tested && n > 0);
    page_flag(page, "all_work", n_working == n);
    page_number(page, "n_working", (int64_t)n_working);
    page_number(page, "n_rows", (int64_t)n);
    page_send(res, app, 200, "network", page);
}

void page_network(struct request *req, struct response *res, struct app *app)
{
    size_t n;
    struct network_row *rows = network_rows(req->arena, configuration(req, app), &n);

    show(req, res, app, rows, n, false);
}

void page_network_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {NULL};
    struct network_row *rows;
    struct form form;
    struct error e = {0};
    size_t n;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    r = app_hold(app, &e);
    if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
        return;
    }
    rows = network_rows(req->arena, configuration(req, app), &n);
    network_test(rows, n);
    show(req, res, app, rows, n, true);
}

void page_network_json(struct request *req, struct response *res, struct app *app)
{
    struct json_object *json = configuration(req, app);

    if (!json) {
        response_text(res, 503, "no memory\n");
        return;
    }
    response_json(res, 200, json);
}
