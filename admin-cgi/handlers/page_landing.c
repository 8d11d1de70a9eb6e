#include "admin-cgi/handlers/page_landing.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/page_drain.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/page_language.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/site_look.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_group_public.h"
#include "common/group_name.h"
#include "common/now.h"

#define LIVE_MAX_AGE_US (2 * US_PER_S)
#define GROUPS_PER_PAGE 50
#define GROUPS_WITHOUT_SEARCH 12 /* fewer are seen at once */
#define PAGE_MAX 1000000

/** What is shown besides the list itself. */
struct landing_query {
    const char *search;  /* "" for none */
    int64_t page;        /* from 1 */
    const char *typed;   /* into the field "Group" */
    const char *problem; /* what is wrong with it, or NULL */
};

static void add_people(struct request *req, struct json_object *row,
                       const struct live_sample *sample, const char *name)
{
    struct json_object *live = live_sample_group(sample->groups, name);
    int64_t count = json_object_get_int64(json_object_object_get(live, "members"));

    page_flag(row, "counted", true);
    page_flag(row, "live", count > 0);
    page_flag(row, "locked",
              json_object_get_boolean(json_object_object_get(live, "locked")) ||
                  live_sample_is_autolocked(sample, name));
    page_text(
        row, "people",
        say_count(req->arena, "{n} people now", "{n} person now", count > 0 ? (uint64_t)count : 0));
}

/* With how many are there, unless nobody knows any more. */
static void add_group(struct request *req, struct json_object *list,
                      const struct public_group *group, const struct live_sample *sample)
{
    struct json_object *row = page_row(list);

    page_text(row, "label", group->display_name[0] ? group->display_name : group->name);
    page_text(row, "description", group->description);
    page_text(row, "path",
              arena_printf(req->arena, "/group/%s/", page_encode(req->arena, group->name, true)));
    page_flag(row, "remote", group->redirect[0]);
    if (!sample->is_old && !group->redirect[0])
        add_people(req, row, sample, group->name);
}

static const char *link_to(struct request *req, const char *search, int64_t page)
{
    return arena_printf(req->arena, "/?q=%s&page=%lld", page_encode(req->arena, search, false),
                        (long long)page);
}

/* "Page 2 of 100", and the ways to both sides. */
static void add_pages(struct request *req, struct json_object *page, const char *search,
                      const struct public_page *found)
{
    if (found->pages < 2)
        return;
    page_flag(page, "has_pages", true);
    page_text(page, "place",
              say_with(req->arena, "Page {page} of {pages}", "page",
                       arena_printf(req->arena, "%lld", (long long)found->page), "pages",
                       arena_printf(req->arena, "%lld", (long long)found->pages), NULL));
    if (found->page > 1)
        page_text(page, "previous", link_to(req, search, found->page - 1));
    if (found->page < found->pages)
        page_text(page, "next", link_to(req, search, found->page + 1));
}

static void add_groups(struct request *req, struct app *app, struct json_object *page,
                       const struct landing_query *query)
{
    struct json_object *list = page_list(page, "groups");
    struct live_sample sample = live_sample_get(app->live, LIVE_MAX_AGE_US);
    struct public_page found = {0};

    if (store_group_public(app->db, req->arena, query->search, query->page, GROUPS_PER_PAGE, &found,
                           NULL) < 0)
        page_flag(page, "unlisted", true);
    for (size_t i = 0; i < found.n_rows; i++)
        add_group(req, list, &found.rows[i], &sample);
    page_flag(page, "unavailable", sample.is_old);
    page_flag(page, "has_groups", found.n_rows > 0);
    page_flag(page, "is_searched", query->search[0] != 0);
    page_flag(page, "has_search", query->search[0] || found.total > GROUPS_WITHOUT_SEARCH);
    page_flag(page, "refreshes", found.total > 0 && found.pages == 1);
    page_text(page, "q", query->search);
    page_text(
        page, "total",
        say_count(req->arena, "{n} public groups", "{n} public group", (uint64_t)found.total));
    add_pages(req, page, query->search, &found);
}

static void show(struct request *req, struct response *res, struct app *app, int status,
                 const struct landing_query *query)
{
    struct json_object *page;
    struct site_look look;

    site_look_get(app, req->arena, &look);
    page = page_new_open(req, query->problem ? say(req->arena, "Error: Nereid")
                                             : look.values[SITE_NAME]);
    site_welcome_add(page, req->arena, look.values[SITE_WELCOME]);
    add_groups(req, app, page, query);
    drain_view_add(page, app);
    page_text(page, "typed", query->typed);
    page_text(page, "problem", query->problem);
    page_flag(page, "may_create", principal_may_anywhere(&req->who, CAP_CREATE));
    page_offer_languages(page, req, app);
    page_send(res, app, status, "landing", page);
}

/* Join did not work: the same page says why, with what was typed. */
static void refuse(struct request *req, struct response *res, struct app *app, int status,
                   const char *typed, const char *problem)
{
    const struct landing_query query = {
        .search = "", .page = 1, .typed = typed, .problem = problem};

    show(req, res, app, status, &query);
}

void page_landing(struct request *req, struct response *res, struct app *app)
{
    struct landing_query query = {.search = "", .page = 1, .typed = ""};
    const char *search = NULL, *number = NULL;
    uint64_t page = 0;

    /* What is no search and no page shows the first one, as ever: addresses come from everywhere.
     */
    if (request_query(req, "q", &search, NULL) == 0 && search)
        query.search = arena_dup(req->arena, span_trim(span_str(search)));
    if (request_query(req, "page", &number, NULL) == 0 && number &&
        span_u64(span_str(number), &page) && page > 0 && page < PAGE_MAX)
        query.page = (int64_t)page;
    if (!query.search)
        query.search = "";
    show(req, res, app, 200, &query);
}

void page_join(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    const char *typed = NULL;
    struct span name;
    const char *clean;
    struct error e = {0};
    int r = request_query(req, "group", &typed, &e);

    if (r < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    name = span_trim(span_str(typed ? typed : ""));
    clean = arena_dup(req->arena, name);
    if (!clean || name.len == 0) {
        refuse(req, res, app, 422, typed, say(req->arena, "Write the name of a group."));
        return;
    }
    if (group_name_check(name, &e) < 0) {
        refuse(req, res, app, 422, typed,
               say_with(req->arena, "This cannot be the name of a group: {reason}.", "reason",
                        say_reported(req->arena, e.text), NULL));
        return;
    }
    r = store_group_find(app->db, req->arena, clean, req->now_us, &group, &e);
    if (r == ERR_NOT_FOUND)
        refuse(req, res, app, 404, typed, say(req->arena, "There is no group of this name."));
    else if (r < 0 && r != ERR_WRONG_STATE)
        page_error(req, res, app, err_http_status(r), &e);
    else if (r == 0 && group.desc->redirect)
        response_redirect(res, 303, group.desc->redirect);
    else
        response_redirect(
            res, 303, arena_printf(req->arena, "/group/%s/", page_encode(req->arena, clean, true)));
}
