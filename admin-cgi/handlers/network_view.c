#include "admin-cgi/handlers/network_view.h"

#include "admin-cgi/app.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/network/browser_test.h"
#include "admin-cgi/network/offered.h"
#include "admin-cgi/network/probe_words.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/ice_servers.h"
#include "common/macros.h"

struct json_object *network_configuration(struct request *req, struct app *app)
{
    struct ice_servers *servers = NULL;
    struct json_object *json = NULL;

    if (ice_servers_new(&servers, app->paths.ice_servers) == 0)
        json = ice_servers_configuration(servers, req->now_us);
    ice_servers_free(servers);
    return arena_json(req->arena, json);
}

struct network_rows network_view_rows(struct request *req, struct app *app)
{
    struct network_rows list = {0};

    list.rows = network_rows(req->arena, network_configuration(req, app), &list.n);
    return list;
}

/* Where the script of the browser's test puts its values. */
static const char *const places[] = {"address", "all",    "code", "loss", "packets", "port",
                                     "rate",    "reason", "sent", "time", "trip",    "working"};

/* What mediad offers is known without a test. */
static void add_media(struct request *req, struct app *app, struct json_object *list)
{
    struct live_sample sample = live_sample_get(app->live, LIVE_SAMPLE_EVERY_US);
    struct json_object *health = json_object_object_get(sample.document, "health"), *row;
    struct json_object *offered = sample.is_old ? NULL : json_object_object_get(health, "offered");
    bool works;
    struct probe_words words = offered_words(req->arena, offered, &works);

    row = page_row(list);
    page_text(row, "url", "");
    page_text(row, "label", say(req->arena, "Sound and pictures (UDP)"));
    page_flag(row, "is_media", true);
    page_flag(row, "is_known", true);
    page_flag(row, "works", works);
    page_flag(row, "is_private", offered && !works);
    page_text(row, "state", works ? "works" : offered ? "private" : "fails");
    page_text(row, "found", words.found);
    page_text(row, "next", words.next);
}

static void add_row(struct request *req, struct json_object *list, const struct probe_row *tested,
                    bool is_tested)
{
    struct json_object *row = page_row(list);
    bool works = is_tested && tested->result.outcome == PROBE_WORKS;

    page_text(row, "url", tested->url);
    page_text(row, "label", tested->url);
    page_flag(row, "is_known", is_tested);
    page_flag(row, "works", works);
    page_text(row, "state", !is_tested ? "" : works ? "works" : "fails");
    if (is_tested) {
        struct probe_words words = probe_words(req->arena, tested);

        page_text(row, "found", words.found);
        page_text(row, "next", words.next);
    }
}

static void add_last(struct request *req, struct app *app, struct json_object *page)
{
    static const char *const texts[] = {
        [BROWSER_MEDIA_NONE] =
            TEXT("The last test from a browser, by {name}: no UDP reached this server."),
        [BROWSER_MEDIA_SILENT] = TEXT("The last test from a browser, by {name}: it was connected, "
                                      "but no picture came."),
        [BROWSER_MEDIA_RELAY] = TEXT("The last test from a browser, by {name}: media came by a "
                                     "TURN server alone."),
        [BROWSER_MEDIA_UDP] = TEXT("The last test from a browser, by {name}: UDP reached this "
                                   "server."),
    };
    struct browser_test test;

    if (browser_test_last(app->db, req->arena, &test, NULL) < 0 || !test.at_us)
        return;
    page_flag(page, "has_last", true);
    page_text(page, "last",
              say_with(req->arena, texts[test.media], "name", test.by ? test.by : "", NULL));
    page_time(page, "last_at", test.at_us);
}

void network_view_add(struct request *req, struct app *app, struct json_object *page,
                      const struct network_rows *list, bool is_tested)
{
    struct json_object *rows = page_list(page, "rows");
    size_t n_working = 0;

    for (size_t i = 0; i < LENGTH(places); i++)
        page_text(page, places[i], arena_printf(req->arena, "{%s}", places[i]));
    add_media(req, app, rows);
    for (size_t i = 0; i < list->n; i++) {
        add_row(req, rows, &list->rows[i], is_tested);
        n_working += is_tested && list->rows[i].result.outcome == PROBE_WORKS;
    }
    page_flag(page, "has_rows", list->n > 0);
    page_flag(page, "is_tested", is_tested);
    page_flag(page, "all_work", n_working == list->n);
    page_number(page, "n_working", (int64_t)n_working);
    page_number(page, "n_rows", (int64_t)list->n);
    add_last(req, app, page);
}
