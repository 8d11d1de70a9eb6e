#include "admin-cgi/handlers/page_audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/audit_view.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_settings_history.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_audit.h"
#include "common/csv.h"
#include "common/json_scan.h"
#include "common/macros.h"
#include "common/now.h"

#define ROWS_PER_PAGE 50
#define ROWS_READ_MAX 2000 /* for one page, when failures are summed */
#define ROWS_EXPORTED_MAX 100000
#define ROWS_PER_CHUNK 150 /* nginx passes on 16 KiB and no less: one piece has them */

/** The query of the list; "" when absent. */
struct audit_filter {
    const char *actor, *object, *action, *result, *from, *until, *q, *before;
};

static int read_filter(struct request *req, struct audit_filter *f, struct error *e)
{
    const struct request_field fields[] = {{"actor", &f->actor},   {"object", &f->object},
                                           {"action", &f->action}, {"result", &f->result},
                                           {"from", &f->from},     {"until", &f->until},
                                           {"q", &f->q},           {"before", &f->before}};

    return request_queries(req, fields, LENGTH(fields), e);
}

static const char *or_null(const char *text)
{
    return text && *text ? text : NULL;
}

/* "2026-11-29", as a browser's field for a day has it. */
static int read_day(const char *text, const char *name, int64_t *out, struct error *e)
{
    struct tm tm = {0};
    const char *end = *text ? strptime(text, "%Y-%m-%d", &tm) : text;

    if (!end || *end)
        return error_set(e, ERR_INVALID, name, "this is no day like 2026-11-29");
    *out = *text ? (int64_t)timegm(&tm) * US_PER_S : 0;
    return 0;
}

static int to_query(const struct audit_filter *f, struct audit_query *out, struct error *e)
{
    uint64_t before = 0;
    int r;

    *out = (struct audit_query){
        .actor = or_null(f->actor),
        .object = or_null(f->object),
        .action = or_null(f->action),
        .result = or_null(f->result),
        .text = or_null(f->q),
        .limit = ROWS_PER_CHUNK,
    };
    if (*f->before && (!span_u64(span_str(f->before), &before) || before > INT64_MAX))
        return error_set(e, ERR_INVALID, "before", "this is no place in the log");
    out->before_id = (int64_t)before;
    r = read_day(f->from, "from", &out->from_us, e);
    if (r == 0)
        r = read_day(f->until, "until", &out->until_us, e);
    if (r == 0 && out->until_us)
        out->until_us += US_PER_DAY;
    return r;
}

static int read_query(struct request *req, struct audit_filter *f, struct audit_query *out,
                      struct error *e)
{
    int r = read_filter(req, f, e);

    return r < 0 ? r : to_query(f, out, e);
}

static void failed(struct request *req, struct response *res, struct app *app, int r,
                   const struct error *e)
{
    page_error(req, res, app, r == ERR_INVALID ? 400 : err_http_status(r), e);
}

/* ---- one row ---- */

static void add_version(struct request *req, struct json_object *row, const char *name,
                        const char *group, int64_t seq)
{
    const char *suffix = arena_printf(req->arena, ".history/%lld", (long long)seq);

    if (seq && suffix)
        page_text(row, name, page_group_path(req->arena, group, suffix));
}

static bool is_of_group(const struct audit_row *entry)
{
    return strcmp(entry->object_kind, "group") == 0;
}

/* Where what was done to it can be seen, or done again. NULL: nowhere. */
static const char *object_path(struct request *req, const struct audit_row *entry)
{
    if (is_of_group(entry))
        return page_group_path(req->arena, entry->object, "");
    if (strcmp(entry->object_kind, "setting") == 0 && req->who.is_server_admin)
        return page_settings_history_path(req, entry->object);
    return NULL;
}

static struct json_object *add_entry(struct request *req, struct json_object *list,
                                     const struct audit_row *entry)
{
    struct json_object *row = page_row(list);

    page_time(row, "when", entry->at_us);
    page_text(row, "sentence", audit_view_sentence(req->arena, entry));
    page_text(row, "actor", entry->actor_name);
    page_text(row, "actor_path",
              arena_printf(req->arena, "/admin/audit?actor=%s",
                           page_encode(req->arena, entry->actor_name, false)));
    page_text(row, "through", say(req->arena, entry->actor_kind));
    page_text(row, "address", entry->address);
    page_text(row, "action", entry->action);
    page_text(row, "object", entry->object);
    page_flag(row, "refused", strcmp(entry->result, "ok") != 0);
    page_text(row, "result", entry->result);
    page_text(row, "path", object_path(req, entry));
    if (is_of_group(entry)) {
        add_version(req, row, "before", entry->object, entry->seq_before);
        add_version(req, row, "after", entry->object, entry->seq_after);
    }
    return row;
}

/* ---- what failed in the same way from the same address is one row ---- */

/** The newest of its kind on this page. */
struct failure {
    const struct audit_row *entry;
    struct json_object *row;
    int64_t more, first_us;
};

struct listing {
    struct request *req;
    struct json_object *list;
    struct failure failures[ROWS_PER_PAGE];
    size_t n_failures, n_rows;
    int64_t last_id; /* read last, whether shown or summed */
};

static struct failure *same_failure(struct listing *l, const struct audit_row *entry)
{
    for (size_t i = 0; i < l->n_failures; i++) {
        const struct audit_row *other = l->failures[i].entry;

        if (strcmp(other->action, entry->action) == 0 &&
            strcmp(other->address, entry->address) == 0 &&
            strcmp(other->result, entry->result) == 0)
            return &l->failures[i];
    }
    return NULL;
}

static void show_entry(struct listing *l, const struct audit_row *entry)
{
    bool worked = strcmp(entry->result, "ok") == 0;
    struct failure *same = worked ? NULL : same_failure(l, entry);
    struct json_object *row;

    l->last_id = entry->id;
    if (same) {
        same->more++;
        same->first_us = entry->at_us;
        return;
    }
    row = add_entry(l->req, l->list, entry);
    l->n_rows++;
    if (!worked && l->n_failures < LENGTH(l->failures))
        l->failures[l->n_failures++] = (struct failure){.entry = entry, .row = row};
}

static void sum_failures(struct listing *l)
{
    for (size_t i = 0; i < l->n_failures; i++) {
        const struct failure *f = &l->failures[i];

        if (!f->more)
            continue;
        page_text(f->row, "more",
                  say_count(l->req->arena, "{n} times more from this address",
                            "Once more from this address", (uint64_t)f->more));
        page_time(f->row, "first", f->first_us);
    }
}

/* @return 1: there may be more, 0: this was all */
static int fill(struct listing *l, struct app *app, struct audit_query *query, struct error *e)
{
    size_t n_read = 0;

    query->limit = ROWS_PER_PAGE;
    while (l->n_rows < ROWS_PER_PAGE && n_read < ROWS_READ_MAX) {
        struct audit_row *rows = NULL;
        size_t n = 0, i = 0;
        int r = store_audit_list(app->db, l->req->arena, query, &rows, &n, e);

        if (r < 0)
            return r;
        while (i < n && l->n_rows < ROWS_PER_PAGE)
            show_entry(l, &rows[i++]);
        n_read += i;
        query->before_id = l->last_id;
        if (i == n && n < query->limit)
            return 0;
    }
    return 1;
}

/* ---- the page ---- */

/* The filter as a query, without the place. */
static const char *filter_text(struct request *req, const struct audit_filter *f)
{
    struct arena *a = req->arena;

    return arena_printf(a, "actor=%s&object=%s&action=%s&result=%s&from=%s&until=%s&q=%s",
                        page_encode(a, f->actor, false), page_encode(a, f->object, false),
                        page_encode(a, f->action, false), page_encode(a, f->result, false),
                        page_encode(a, f->from, false), page_encode(a, f->until, false),
                        page_encode(a, f->q, false));
}

static void add_filter(struct request *req, struct json_object *page, const struct audit_filter *f)
{
    struct json_object *results = page_list(page, "results");

    form_option(results, "", say(req->arena, "Any"), NULL, f->result);
    form_option(results, "ok", say(req->arena, "Done"), NULL, f->result);
    form_option(results, "not", say(req->arena, "Refused or failed"), NULL, f->result);
    page_text(page, "actor_filter", f->actor);
    page_text(page, "object_filter", f->object);
    page_text(page, "action_filter", f->action);
    page_text(page, "from_filter", f->from);
    page_text(page, "until_filter", f->until);
    page_text(page, "q_filter", f->q);
    page_flag(page, "is_narrow",
              *f->actor || *f->object || *f->action || *f->result || *f->from || *f->until);
    page_text(page, "filter", filter_text(req, f));
}

void page_audit(struct request *req, struct response *res, struct app *app)
{
    struct audit_filter f = {0};
    struct audit_query query;
    struct listing *l = arena_alloc(req->arena, sizeof *l);
    struct json_object *page;
    struct error e = {0};
    int r = l ? read_query(req, &f, &query, &e) : ERR_NO_MEMORY;

    if (r < 0) {
        failed(req, res, app, r, &e);
        return;
    }
    page = page_new(req, res, app, "Audit log", "audit");
    l->req = req;
    l->list = page_list(page, "entries");
    r = fill(l, app, &query, &e);
    if (r < 0) {
        failed(req, res, app, r, &e);
        return;
    }
    sum_failures(l);
    page_flag(page, "has_entries", l->n_rows > 0);
    add_filter(req, page, &f);
    if (r > 0)
        page_text(page, "next",
                  arena_printf(req->arena, "/admin/audit?%s&before=%lld", filter_text(req, &f),
                               (long long)l->last_id));
    page_send(res, app, 200, "audit", page);
}

void page_audit_verify_post(struct request *req, struct response *res, struct app *app)
{
    int64_t bad_id = 0, n_rows = 0;
    struct error e = {0};
    const char *text;

    if (store_audit_verify(app->db, &bad_id, &n_rows, &e) < 0) {
        page_error(req, res, app, 503, &e);
        return;
    }
    text = bad_id ? say_with(req->arena,
                             "The log was tampered with: row {row} does not follow from the one "
                             "before it, or is not what was written.",
                             "row", arena_printf(req->arena, "%lld", (long long)bad_id), NULL)
                  : say_count(req->arena,
                              "All {n} rows follow from one another: none was changed or taken "
                              "away between them.",
                              "There is one row.", (uint64_t)n_rows);
    page_done(req, res, app, "/admin/audit", text, NULL);
}

/* ---- export ---- */

#define ISO_TIME_SIZE 40

static const char *iso_time(int64_t at_us, char out[ISO_TIME_SIZE])
{
    size_t len;

    if (!time_format_utc(out, ISO_TIME_SIZE, at_us, "%Y-%m-%dT%H:%M:%S"))
        return "";
    len = strlen(out);
    snprintf(out + len, ISO_TIME_SIZE - len, ".%06lldZ", (long long)(at_us % US_PER_S));
    return out;
}

typedef void write_row_fn(struct buf *out, struct arena *a, const struct audit_row *row);

static void write_csv(struct buf *out, struct arena *a, const struct audit_row *row)
{
    char time[ISO_TIME_SIZE];
    const char *const cells[] = {
        iso_time(row->at_us, time),
        row->actor_name,
        row->actor_kind,
        row->address,
        row->request_id,
        row->action,
        row->object_kind,
        row->object,
        row->result,
        audit_view_sentence(a, row),
        row->detail,
    };

    buf_printf(out, "%lld", (long long)row->id);
    for (size_t i = 0; i < LENGTH(cells); i++)
        csv_add(out, span_str(cells[i]), false);
    csv_end(out);
}

/* A member as JSON, behind another one. */
static void add_text(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, ",\"%s\":", name);
    json_add_string(out, span_str(text));
}

/* What is written as it stands: JSON, on one line. */
static bool is_line_of_json(const char *text)
{
    return *text && !strpbrk(text, "\r\n") &&
           json_scan_check(span_str(text), &json_limits_file, NULL) == 0;
}

static void write_line(struct buf *out, struct arena *a, const struct audit_row *row)
{
    char time[ISO_TIME_SIZE];

    buf_printf(out, "{\"id\":%lld", (long long)row->id);
    add_text(out, "time", iso_time(row->at_us, time));
    add_text(out, "actor", row->actor_name);
    add_text(out, "through", row->actor_kind);
    add_text(out, "address", row->address);
    add_text(out, "request", row->request_id);
    add_text(out, "action", row->action);
    add_text(out, "kind", row->object_kind);
    add_text(out, "object", row->object);
    add_text(out, "result", row->result);
    add_text(out, "sentence", audit_view_sentence(a, row));
    if (is_line_of_json(row->detail)) {
        buf_add_str(out, ",\"detail\":");
        buf_add_str(out, row->detail);
    }
    buf_add_str(out, "}\n");
}

/** What is left to be sent. */
struct export
{
    struct app *app;
    struct audit_query query; /* borrows from the request's arena */
    write_row_fn *write;
    const char *head; /* before the first row */
    size_t total;
};

static int next_rows(void *arg, struct buf *out)
{
    struct export *x = arg;
    struct arena arena = {0};
    struct audit_row *rows = NULL;
    size_t n = 0;
    int r = store_audit_list(x->app->db, &arena, &x->query, &rows, &n, NULL);

    buf_add_str(out, x->head);
    x->head = "";
    for (size_t i = 0; r == 0 && i < n; i++)
        x->write(out, &arena, &rows[i]);
    if (n)
        x->query.before_id = rows[n - 1].id;
    x->total += n;
    arena_release(&arena);
    return r < 0 ? r : n == x->query.limit && x->total < ROWS_EXPORTED_MAX;
}

static void send_export(struct request *req, struct response *res, struct app *app,
                        write_row_fn *write, const char *head, const char *type, const char *name)
{
    struct export *x = arena_alloc(req->arena, sizeof *x);
    struct audit_filter f = {0};
    struct error e = {0};
    int r = x ? read_query(req, &f, &x->query, &e) : ERR_NO_MEMORY;

    if (r == 0)
        r = app_hold(app, &e);
    if (r < 0) {
        failed(req, res, app, r, &e);
        return;
    }
    x->app = app;
    x->write = write;
    x->head = head;
    response_attachment(res, type, name);
    response_pieces(res, next_rows, x);
}

void page_audit_csv(struct request *req, struct response *res, struct app *app)
{
    send_export(req, res, app, write_csv,
                "id,time,actor,through,address,request,action,kind,object,result,sentence,detail"
                "\r\n",
                "text/csv; charset=utf-8", "audit.csv");
}

void page_audit_lines(struct request *req, struct response *res, struct app *app)
{
    send_export(req, res, app, write_line, "", "application/jsonl", "audit.jsonl");
}
