#include "admin-cgi/handlers/dashboard_next.h"

#include "admin-cgi/app.h"
#include "admin-cgi/health/last_backup.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_account.h"
#include "common/macros.h"

/* Users of config.json count as administrators, too. */
static bool has_second_administrator(const struct dashboard *d)
{
    int64_t n = 0;

    return store_account_count_administrators(d->app->db, &n, NULL) < 0 ||
           n + (app_config_has_admin(d->app) ? 1 : 0) > 1;
}

static bool has_address(const struct dashboard *d)
{
    const struct server_config *config = app_config(d->app);

    return config->proxy_url || config->canonical_host;
}

static bool had_media(const struct dashboard *d)
{
    return d->metrics && store_metrics_had_media(d->metrics, NULL) == 1;
}

void dashboard_add_next(const struct dashboard *d, bool has_group)
{
    const struct {
        bool is_done;
        const char *title, *why, *path;
    } steps[] = {
        {has_group, TEXT("Make the first group"), TEXT("A group is where people meet."),
         "/admin/groups/.new"},
        {had_media(d), TEXT("Test the network"),
         TEXT("Then join a group and switch your camera on: this line goes once media has come "
              "through."),
         "/admin/network"},
        {has_address(d), TEXT("Say by which address people reach the server"),
         TEXT("Links in invitations then work from everywhere."), "/admin/settings/addresses"},
        {has_second_administrator(d), TEXT("Add a second administrator"),
         TEXT("If you lose your password, somebody else can let you in again."),
         "/admin/accounts/.new?preset=administrator"},
        {last_backup_us(d->app->paths.data) > 0, TEXT("Make a backup"),
         TEXT("With it the server can be restored from one file."), "/admin/backup"},
    };
    struct json_object *list = page_list(d->page, "next_steps");
    size_t n = 0;

    for (size_t i = 0; i < LENGTH(steps); i++) {
        struct json_object *row = steps[i].is_done ? NULL : page_row(list);

        page_text(row, "title", say(d->req->arena, steps[i].title));
        page_text(row, "why", say(d->req->arena, steps[i].why));
        page_text(row, "path", steps[i].path);
        n += !steps[i].is_done;
    }
    page_flag(d->page, "has_next", n > 0);
    page_number(d->page, "n_done", (int64_t)(LENGTH(steps) - n));
    page_number(d->page, "n_steps", (int64_t)LENGTH(steps));
}
