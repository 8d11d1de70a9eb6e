#include "admin-cgi/handlers/page_history_forget.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_purge.h"

#define NEWEST_DEFAULT "20"
#define NEWEST_MAX 100000

static void show(struct response *res, struct app *app, struct form_view *v, const char *newest,
                 int status)
{
    page_text(v->page, "newest", newest);
    page_send(res, app, status, "history_forget", v->page);
}

void page_history_forget(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct form_view v = {0};

    if (!group_view_load(req, res, app, &group))
        return;
    v.page =
        group_view_page(req, res, app, &group, "history", TEXT("Forget old versions for good"));
    show(res, app, &v, NEWEST_DEFAULT, 200);
}

void page_history_forget_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"newest", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct group_record group;
    struct form_view v = {0};
    struct form form;
    struct error e = {0};
    const char *path;
    uint64_t newest;
    int64_t n_gone = 0;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        !group_view_load(req, res, app, &group))
        return;
    path = page_group_path(req->arena, group.file.name, ".history/");
    if (form_was_used(req, res, app, &form, &actor, path))
        return;
    if (!span_u64(span_str(form_text(&form, "newest")), &newest) || newest < 1 ||
        newest > NEWEST_MAX) {
        v.page = group_view_page(req, res, app, &group, "history",
                                 TEXT("Error: forget old versions for good"));
        form_view_problem(&v, "newest", "Versions that stay: write a whole number from 1 to %d.",
                          NEWEST_MAX);
        show(res, app, &v, form_text(&form, "newest"), 422);
        return;
    }
    r = store_purge_versions(app->db, group.file.name, (int64_t)newest, &actor, &n_gone, &e);
    group_view_answer(req, res, app, &actor, r, &e, path,
                      n_gone ? say_count(req->arena, "{n} versions were forgotten.",
                                         "{n} version was forgotten.", (uint64_t)n_gone)
                             : TEXT("There were no more versions than that."));
}
