#include "admin-cgi/handlers/page_live_groups.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/live_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "common/macros.h"
#include "common/now.h"

#define MAX_AGE_US US_PER_S

struct entry {
    struct json_object *group;
    const char *name;
    struct live_sums sums;
};

typedef int64_t measure(const struct entry *entry);

static int64_t people(const struct entry *e)
{
    return e->sums.people;
}
static int64_t operators(const struct entry *e)
{
    return e->sums.operators;
}
static int64_t streams(const struct entry *e)
{
    return e->sums.streams;
}
static int64_t bitrate(const struct entry *e)
{
    return e->sums.bps;
}
static int64_t locked(const struct entry *e)
{
    return e->sums.is_locked;
}
static int64_t recording(const struct entry *e)
{
    return e->sums.is_recorded;
}
static int64_t since(const struct entry *e)
{
    return e->sums.since_us;
}

static const struct column {
    const char *word;
    const char *label;
    measure *measure; /* NULL: by name */
    bool is_number;
} columns[] = {
    {"name", "Meeting", NULL, false},
    {"people", "People", people, true},
    {"operators", "Operators", operators, true},
    {"streams", "Streams", streams, true},
    {"bitrate", "Bitrate", bitrate, true},
    {"locked", "Locked", locked, false},
    {"recording", "Recording", recording, false},
    {"since", "Since", since, false},
};

static bool shows_all(const struct live_sums *s)
{
    (void)s;
    return true;
}
static bool shows_no_operator(const struct live_sums *s)
{
    return s->operators == 0;
}
static bool shows_recording(const struct live_sums *s)
{
    return s->is_recorded;
}
static bool shows_poor(const struct live_sums *s)
{
    return s->is_poor;
}

static const struct filter {
    const char *word;
    const char *label;
    bool (*shows)(const struct live_sums *s);
} filters[] = {
    {"", "All", shows_all},
    {"no-operator", "No operator", shows_no_operator},
    {"recording", "Recording", shows_recording},
    {"poor", "Poor quality", shows_poor},
};

struct list {
    const struct column *column;
    const struct filter *filter;
    bool is_descending;
    struct entry *entries;
    size_t n, n_all; /* shown, and before the filter */
    int64_t n_people;
};

static int compare(const void *a, const void *b, void *arg)
{
    const struct entry *x = a, *y = b;
    const struct list *list = arg;
    int64_t left = list->column->measure ? list->column->measure(x) : 0;
    int64_t right = list->column->measure ? list->column->measure(y) : 0;
    int order = left < right ? -1 : left > right ? 1 : 0;

    if (!list->column->measure)
        order = strcmp(x->name, y->name);
    if (list->is_descending)
        order = -order;
    return order ? order : strcmp(x->name, y->name);
}

/* A column's word, with a minus for from high to low. */
static int read_query(struct request *req, struct list *list, struct error *e)
{
    const char *sort = NULL, *show = NULL;
    const char *word;
    int r = request_query(req, "sort", &sort, e);

    if (r == 0)
        r = request_query(req, "show", &show, e);
    if (r < 0)
        return r;
    sort = sort && *sort ? sort : "-people";
    list->is_descending = sort[0] == '-';
    word = sort + list->is_descending;
    for (size_t i = 0; i < LENGTH(columns); i++) {
        if (strcmp(columns[i].word, word) == 0)
            list->column = &columns[i];
    }
    for (size_t i = 0; i < LENGTH(filters); i++) {
        if (strcmp(filters[i].word, show ? show : "") == 0)
            list->filter = &filters[i];
    }
    if (!list->column)
        return error_set(e, ERR_INVALID, "sort", "there is no such column");
    if (!list->filter)
        return error_set(e, ERR_INVALID, "show", "there is no such filter");
    return 0;
}

/* Where somebody is, and this person may look. */
static int fill(struct request *req, struct json_object *groups, struct list *list)
{
    size_t n = groups ? json_object_array_length(groups) : 0;

    list->entries = arena_array(req->arena, n ? n : 1, sizeof *list->entries);
    if (!list->entries)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        struct json_object *group = json_object_array_get_idx(groups, i);
        const char *name = json_object_get_string(json_object_object_get(group, "name"));
        struct entry entry = {.group = group, .name = name};

        if (!name || !principal_may(&req->who, name, CAP_VIEW))
            continue;
        entry.sums = live_sums_of(group);
        if (entry.sums.people == 0)
            continue;
        list->n_all++;
        list->n_people += entry.sums.people;
        if (list->filter->shows(&entry.sums))
            list->entries[list->n++] = entry;
    }
    qsort_r(list->entries, list->n, sizeof *list->entries, compare, list);
    return 0;
}

static const char *link_to(struct arena *a, const char *path, const char *sort, bool is_descending,
                           const char *show)
{
    return arena_printf(a, "%s?sort=%s%s%s%s", path, is_descending ? "-" : "", sort,
                        *show ? "&show=" : "", show);
}

static void add_columns(struct arena *a, struct json_object *page, const struct list *list)
{
    struct json_object *heads = page_list(page, "columns");

    for (size_t i = 0; i < LENGTH(columns); i++) {
        const struct column *c = &columns[i];
        bool is_current = c == list->column;
        struct json_object *row = page_row(heads);

        page_text(row, "label", c->label);
        page_flag(row, "is_number", c->is_number);
        page_text(row, "order",
                  !is_current           ? NULL
                  : list->is_descending ? "descending"
                                        : "ascending");
        /* Numbers are looked at from the top. */
        page_text(row, "link",
                  link_to(a, "/admin/live", c->word,
                          is_current ? !list->is_descending : c->measure != NULL,
                          list->filter->word));
    }
}

static void add_filters(struct arena *a, struct json_object *page, const struct list *list)
{
    struct json_object *rows = page_list(page, "filters");

    for (size_t i = 0; i < LENGTH(filters); i++) {
        struct json_object *row = page_row(rows);

        page_text(row, "label", filters[i].label);
        page_flag(row, "current", &filters[i] == list->filter);
        page_text(
            row, "link",
            link_to(a, "/admin/live", list->column->word, list->is_descending, filters[i].word));
    }
    page_text(page, "twin",
              link_to(a, "/admin/live.json", list->column->word, list->is_descending,
                      list->filter->word));
    page_text(
        page, "here",
        link_to(a, "/admin/live", list->column->word, list->is_descending, list->filter->word));
}

/* What the page and its twin have in common. @return false: `res` is complete */
static bool add_list(struct request *req, struct response *res, struct app *app,
                     struct json_object *page, struct list *list)
{
    struct json_object *rows = page_list(page, "rows");
    struct json_object *groups;
    struct error e = {0};
    int r = read_query(req, list, &e);

    if (r < 0) {
        page_error(req, res, app, r == ERR_INVALID || r == ERR_SYNTAX ? 400 : err_http_status(r),
                   &e);
        return false;
    }
    groups = arena_json(req->arena, group_view_live(req, app, page, MAX_AGE_US));
    if (fill(req, groups, list) < 0) {
        page_error(req, res, app, 503, &e);
        return false;
    }
    for (size_t i = 0; i < list->n; i++)
        live_view_group(req->arena, rows, list->entries[i].group);
    page_flag(page, "has_rows", list->n > 0);
    page_flag(page, "is_empty", groups && list->n_all == 0);
    page_flag(page, "is_hidden", list->n == 0 && list->n_all > 0);
    page_text(page, "summary",
              arena_printf(req->arena, "%lld %s in %zu %s", (long long)list->n_people,
                           list->n_people == 1 ? "person" : "people", list->n_all,
                           list->n_all == 1 ? "meeting" : "meetings"));
    return true;
}

void page_live_groups(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page = page_new(req, res, app, "Live", "live");
    struct list list = {0};

    if (!add_list(req, res, app, page, &list))
        return;
    add_columns(req->arena, page, &list);
    add_filters(req->arena, page, &list);
    page_send(res, app, 200, "live_groups", page);
}

void page_live_groups_json(struct request *req, struct response *res, struct app *app)
{
    struct json_object *json = json_object_new_object();
    struct list list = {0};

    if (!add_list(req, res, app, json, &list))
        json_object_put(json);
    else
        live_view_send(req, res, json);
}
