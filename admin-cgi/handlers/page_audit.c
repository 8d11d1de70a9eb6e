#include "admin-cgi/handlers/page_audit.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_file.h"
#include "common/macros.h"

#define ROWS_PER_PAGE 100

/** The query of the list; "" when absent. */
struct audit_filter {
    const char *actor, *object, *action, *before;
};

static int read_filter(struct request *req, struct audit_filter *f, struct error *e)
{
    const struct request_field fields[] = {{"actor", &f->actor},
                                           {"object", &f->object},
                                           {"action", &f->action},
                                           {"before", &f->before}};

    return request_queries(req, fields, LENGTH(fields), e);
}

static const char *or_null(const char *text)
{
    return text && *text ? text : NULL;
}

/* "person vimes, text go home": what an action's detail says, in its own order. */
static const char *detail_text(struct arena *a, const char *json)
{
    struct json_object *detail = *json ? json_tokener_parse(json) : NULL;
    const char *text = "";

    if (json_object_is_type(detail, json_type_object)) {
        json_object_object_foreach(detail, name, value)
        {
            if (strcmp(name, "client") != 0 && json_object_is_type(value, json_type_string) && text)
                text = arena_printf(a, "%s%s%s: %s", text, *text ? ", " : "", name,
                                    json_object_get_string(value));
        }
    }
    json_object_put(detail);
    return text;
}

static void add_entry(struct request *req, struct json_object *list, const struct audit_row *entry)
{
    struct json_object *row = page_row(list);

    page_time(row, "when", entry->at_us);
    page_text(row, "actor", entry->actor_name);
    page_text(row, "through", entry->actor_kind);
    page_text(row, "address", entry->address);
    page_text(row, "action", entry->action);
    page_text(row, "object", entry->object);
    page_text(row, "detail", detail_text(req->arena, entry->detail));
    page_text(row, "path",
              strcmp(entry->object_kind, "group") == 0
                  ? page_group_path(req->arena, entry->object, ".history/")
                  : NULL);
    page_flag(row, "refused", strcmp(entry->result, "ok") != 0);
    page_text(row, "result", entry->result);
}

static const char *older(struct request *req, const struct audit_filter *f, int64_t id)
{
    return arena_printf(req->arena, "/admin/audit?actor=%s&object=%s&action=%s&before=%lld",
                        page_encode(req->arena, f->actor, false),
                        page_encode(req->arena, f->object, false),
                        page_encode(req->arena, f->action, false), (long long)id);
}

void page_audit(struct request *req, struct response *res, struct app *app)
{
    struct audit_filter f = {0};
    struct audit_query query = {.limit = ROWS_PER_PAGE};
    struct audit_row *rows = NULL;
    struct json_object *page, *list;
    struct error e = {0};
    uint64_t before = 0;
    size_t n = 0;
    int r;

    r = read_filter(req, &f, &e);
    if (r == 0 && or_null(f.before) &&
        (!span_u64(span_str(f.before), &before) || before > INT64_MAX))
        r = error_set(&e, ERR_INVALID, "before", "this is no place in the log");
    query.actor = or_null(f.actor);
    query.object = or_null(f.object);
    query.action = or_null(f.action);
    query.before_id = (int64_t)before;
    if (r == 0)
        r = store_audit_list(app->db, req->arena, &query, &rows, &n, &e);
    if (r < 0) {
        page_error(req, res, app, r == ERR_INVALID ? 400 : err_http_status(r), &e);
        return;
    }
    page = page_new(req, res, app, "Audit log", "audit");
    list = page_list(page, "entries");
    for (size_t i = 0; i < n; i++)
        add_entry(req, list, &rows[i]);
    page_flag(page, "has_entries", n > 0);
    page_text(page, "actor_filter", f.actor);
    page_text(page, "object_filter", f.object);
    page_text(page, "action_filter", f.action);
    if (n == ROWS_PER_PAGE)
        page_text(page, "next", older(req, &f, rows[n - 1].id));
    page_send(res, app, 200, "audit", page);
}
