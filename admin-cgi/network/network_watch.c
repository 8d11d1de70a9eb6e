#include "admin-cgi/network/network_watch.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/say.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/store/metrics_db.h"
#include "admin-cgi/store/store_check.h"
#include "common/ice_servers.h"
#include "common/log.h"
#include "common/now.h"

static const struct log_ctx ctx = {.room = "network"};

static void tell(struct app *app, const struct check_row *row)
{
    struct db *metrics = NULL;
    struct error e = {0};
    int r = metrics_db_writer(app->metrics, &metrics, &e);

    if (r == 0)
        r = store_check_put(metrics, row, &e);
    if (r < 0)
        log_warn(&ctx, "what the test found cannot be kept: %s", e.text);
}

static void tell_none(struct app *app, int64_t now_us)
{
    const struct check_row row = {.name = "turn",
                                  .state = "ok",
                                  .value = TEXT("there are none"),
                                  .remedy = "",
                                  .checked_us = now_us};

    tell(app, &row);
}

static void tell_found(struct network_watch *w, struct app *app, int64_t now_us)
{
    struct check_row row = {.name = "turn",
                            .state = "ok",
                            .value = TEXT("all work"),
                            .remedy = "",
                            .checked_us = now_us};
    size_t n_failed = 0;

    for (size_t i = 0; i < w->n; i++)
        n_failed += w->rows[i].result.outcome != PROBE_WORKS;
    if (n_failed) {
        row.state = "warn";
        row.value = arena_printf(&w->arena, TEXT("%zu of %zu do not work"), n_failed, w->n);
        row.remedy = TEXT("Who sits behind a strict firewall may not get in. The network test says "
                          "of each address what is the matter and what to do.");
    }
    if (row.value)
        tell(app, &row);
}

static void forget(struct network_watch *w)
{
    arena_release(&w->arena);
    w->rows = NULL;
    w->n = 0;
}

static void start(struct network_watch *w, struct app *app, int64_t now_us)
{
    struct ice_servers *servers = NULL;
    struct json_object *configuration = NULL;
    int r;

    if (ice_servers_new(&servers, app->paths.ice_servers) == 0)
        configuration = arena_json(&w->arena, ice_servers_configuration(servers, now_us));
    ice_servers_free(servers);
    w->rows = network_rows(&w->arena, configuration, &w->n);
    if (!w->rows || w->n == 0) {
        tell_none(app, now_us);
        forget(w);
        return;
    }
    r = network_helper_start(&w->helper, w->rows, w->n);
    if (r != 0) {
        log_warn(&ctx, "nereid-network-test cannot be started: %s", strerror(r));
        forget(w);
    }
}

void network_watch_run(struct network_watch *w, struct app *app, int64_t now_us, int64_t mono_us)
{
    uint64_t n_asked = shared_get(app->shared, COUNTER_CHECKS_ASKED);
    struct file_stamp now = {0};

    if (file_stamp_read(&now, app->paths.ice_servers) < 0)
        now = (struct file_stamp){0};
    if (w->helper.pid) {
        if (!network_helper_hear(&w->helper, 0))
            return;
        network_helper_end(&w->helper, w->rows, w->n);
        tell_found(w, app, now_us);
        forget(w);
    }
    if (mono_us < w->due_us && n_asked == w->n_asked &&
        (!w->is_begun || file_stamp_eq(&now, &w->stamp)))
        return;
    w->is_begun = true;
    w->n_asked = n_asked;
    w->due_us = mono_us + US_PER_DAY;
    w->stamp = now;
    start(w, app, now_us);
}

void network_watch_stop(struct network_watch *w)
{
    if (w->helper.pid)
        network_helper_end(&w->helper, NULL, 0);
    forget(w);
}
