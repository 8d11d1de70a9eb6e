#include "admin-cgi/handlers/limits_view.h"

#include <stdio.h>

#include "admin-cgi/app.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/site/group_limits.h"
#include "admin-cgi/store/store_group_heads.h"
#include "common/group_name.h"
#include "common/log.h"

#define AT_ONCE 200
#define SHOWN_MAX 200

static bool keeps_to(const struct group_limits *l, const struct group_head *head, struct error *e)
{
    struct group_desc *desc = NULL;
    bool is_good =
        group_desc_parse(&desc, head->text, NULL) < 0 || group_limits_check(l, desc, NULL, e) == 0;

    group_desc_unref(desc);
    return is_good;
}

static void add_broken(struct request *req, struct json_object *list, const char *name,
                       const struct error *e)
{
    struct json_object *row = page_row(list);

    page_text(row, "name", name);
    page_text(row, "path", page_group_path(req->arena, name, ".edit"));
    page_text(row, "why", say_reported(req->arena, e->text));
}

/* @return how many break a limit */
static int64_t check_all(struct request *req, struct app *app, struct json_object *list)
{
    struct group_limits limits;
    char after[GROUP_NAME_MAX + 1] = "";
    struct error e = {0};
    int64_t n_broken = 0;
    size_t n;

    group_limits_get(app->db, req->arena, &limits);
    do {
        struct arena a = {0};
        struct group_head *heads = NULL;

        n = 0;
        if (store_group_heads(app->db, &a, after, AT_ONCE, &heads, &n, &e) < 0)
            log_warn(&(struct log_ctx){.room = "page"}, "not all groups were looked at: %s",
                     e.text);
        for (size_t i = 0; i < n; i++) {
            if (keeps_to(&limits, &heads[i], &e))
                continue;
            if (n_broken++ < SHOWN_MAX)
                add_broken(req, list, heads[i].name, &e);
        }
        if (n)
            snprintf(after, sizeof after, "%s", heads[n - 1].name);
        arena_release(&a);
    } while (n == AT_ONCE);
    return n_broken;
}

void limits_view_add(struct request *req, struct app *app, struct json_object *page)
{
    const char *check = NULL;
    int64_t n;

    page_flag(page, "has_limits", true);
    if (request_query(req, "check", &check, NULL) < 0 || !check)
        return;
    n = check_all(req, app, page_list(page, "broken"));
    page_flag(page, "is_checked", true);
    page_flag(page, "has_broken", n > 0);
    if (n > SHOWN_MAX)
        page_number(page, "more", n - SHOWN_MAX);
}
