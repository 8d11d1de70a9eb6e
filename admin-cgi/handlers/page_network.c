#include "admin-cgi/handlers/page_network.h"

#include "admin-cgi/app.h"
#include "admin-cgi/control_client.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/network_view.h"
#include "admin-cgi/handlers/settings_view.h"
#include "admin-cgi/network/browser_test.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"

#define NETWORK_PATH "/admin/network"

static void show(struct request *req, struct response *res, struct app *app,
                 const struct network_rows *list, bool is_tested)
{
    struct json_object *page = settings_page(req, res, app, "Network test", NETWORK_PATH);

    network_view_add(req, app, page, list, is_tested);
    page_flag(page, "is_shown", true);
    page_send(res, app, 200, "network", page);
}

void page_network(struct request *req, struct response *res, struct app *app)
{
    const struct network_rows list = network_view_rows(req, app);

    show(req, res, app, &list, false);
}

/* @return false: the answer is complete */
static bool test(struct request *req, struct response *res, struct app *app,
                 struct network_rows *list)
{
    static const char *const fields[] = {NULL};
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return false;
    r = app_hold(app, &e);
    if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
        return false;
    }
    *list = network_view_rows(req, app);
    if (list->n > 0)
        network_test(list->rows, list->n);
    return true;
}

void page_network_post(struct request *req, struct response *res, struct app *app)
{
    struct network_rows list;

    if (test(req, res, app, &list))
        show(req, res, app, &list, true);
}

/* ---- for the script ---- */

void page_network_json(struct request *req, struct response *res, struct app *app)
{
    struct json_object *json = network_configuration(req, app);

    if (!json) {
        response_text(res, 503, "no memory\n");
        return;
    }
    response_json(res, 200, json);
}

void page_network_json_post(struct request *req, struct response *res, struct app *app)
{
    struct json_object *answer = arena_json(req->arena, json_object_new_object());
    struct network_rows list;

    if (!test(req, res, app, &list))
        return;
    network_view_add(req, app, answer, &list, true);
    response_json(res, 200, answer);
}

/* Hands mediad's answer on. */
static void ask_mediad(struct response *res, struct app *app, const char *verb,
                       struct json_object *body)
{
    struct json_object *answer = NULL;
    struct error e = {0};
    int r = control_post(app->control, verb, body, &answer, &e);

    if (r == 0)
        response_json(res, 200, answer);
    else
        response_error(res, 0, &e);
    json_object_put(answer);
}

void page_network_media_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"offer", NULL};
    struct json_object *body = arena_json(req->arena, json_object_new_object());
    struct form form;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    page_text(body, "offer", form_text(&form, "offer"));
    page_text(body, "by", req->who.name);
    ask_mediad(res, app, "/v0/media-trial", body);
}

void page_network_media_end_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"id", NULL};
    struct json_object *body = arena_json(req->arena, json_object_new_object());
    struct form form;
    struct error e = {0};
    uint64_t id = 0;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    if (span_u64(span_str(form_text(&form, "id")), &id) && id > 0 && id <= INT64_MAX) {
        page_number(body, "id", (int64_t)id);
        ask_mediad(res, app, "/v0/media-trial/end", body);
    } else {
        (void)error_set(&e, ERR_INVALID, "id", "this is no number of a test");
        response_error(res, 0, &e);
    }
}

void page_network_result_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"media", "round-trip", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct browser_test found = {0};
    struct form form;
    struct error e = {0};
    uint64_t ms = 0;
    int r = 0;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    if (!browser_media_of(form_text(&form, "media"), &found.media))
        r = error_set(&e, ERR_INVALID, "media", "this is no result of the test");
    else if (!span_u64(span_str(form_text(&form, "round-trip")), &ms) ||
             ms > BROWSER_TEST_ROUND_TRIP_MAX_MS)
        r = error_set(&e, ERR_INVALID, "round-trip", "this is no time in milliseconds");
    found.round_trip_ms = (int64_t)ms;
    if (r == 0)
        r = browser_test_keep(app->db, &found, &actor, &e);
    if (r == 0)
        response_no_body(res, 204);
    else
        response_error(res, 0, &e);
}
