#include "admin-cgi/handlers/live_list.h"

#include <inttypes.h>
#include <string.h>

#include "admin-cgi/page.h"
#include "admin-cgi/say.h"

#define PAGE_MAX 100000

/* ---- what is asked for ---- */

int live_list_read(struct live_list *list, struct request *req, const char *sort, struct error *e)
{
    const char *asked = NULL, *number = NULL;
    uint64_t page = 1;
    int r = request_query(req, "sort", &asked, e);

    if (r == 0)
        r = request_query(req, "page", &number, e);
    if (r < 0)
        return r;
    sort = asked && *asked ? asked : sort;
    list->is_descending = sort[0] == '-';
    for (size_t i = 0; i < list->n_columns; i++) {
        const struct live_column *c = &list->columns[i];

        if (c->word && strcmp(c->word, sort + list->is_descending) == 0)
            list->column = c;
    }
    if (!list->column)
        return error_set(e, ERR_INVALID, "sort", "there is no such column");
    if (number && (!span_u64(span_str(number), &page) || page == 0 || page > PAGE_MAX))
        return error_set(e, ERR_INVALID, "page", "there is no such page");
    list->page = (int64_t)page;
    return 0;
}

/* ---- the rows ---- */

static int compare(const void *a, const void *b, void *arg)
{
    const struct live_entry *x = a, *y = b;
    const struct live_list *list = arg;
    int by_name = strcmp(x->name, y->name);
    int order = x->value < y->value ? -1 : x->value > y->value ? 1 : 0;

    if (!list->column->measure)
        order = by_name;
    if (list->is_descending)
        order = -order;
    if (order == 0)
        order = by_name;
    return order ? order : strcmp(x->key, y->key);
}

void live_list_arrange(struct live_list *list)
{
    int64_t n_pages = list->n ? (int64_t)((list->n - 1) / LIVE_LIST_ROWS) + 1 : 1;

    for (size_t i = 0; list->column->measure && i < list->n; i++)
        list->entries[i].value = list->column->measure(&list->entries[i]);
    qsort_r(list->entries, list->n, sizeof *list->entries, compare, list);
    if (list->page > n_pages)
        list->page = n_pages;
    list->first = (size_t)(list->page - 1) * LIVE_LIST_ROWS;
    list->end = list->page == n_pages ? list->n : list->first + LIVE_LIST_ROWS;
}

/* ---- links ---- */

static const char *link_to(struct arena *a, const struct live_list *list, const char *suffix,
                           const struct live_column *column, bool is_descending, int64_t page)
{
    const char *link =
        arena_printf(a, "%s%s?sort=%s%s%s", list->path, suffix, is_descending ? "-" : "",
                     column->word, list->query ? list->query : "");

    return page > 1 && link ? arena_printf(a, "%s&page=%" PRId64, link, page) : link;
}

static const char *page_link(struct arena *a, const struct live_list *list, const char *suffix,
                             int64_t page)
{
    return link_to(a, list, suffix, list->column, list->is_descending, page);
}

const char *live_list_link(struct arena *a, const struct live_list *list, const char *query)
{
    struct live_list other = *list;

    other.query = query;
    return page_link(a, &other, "", 1);
}

void live_list_add_pages(struct arena *a, struct json_object *page, const struct live_list *list)
{
    page_flag(page, "has_pages", list->n > LIVE_LIST_ROWS);
    page_text(page, "rows_words",
              say_with(a, "{first} to {last} of {all}", "first",
                       arena_printf(a, "%zu", list->first + 1), "last",
                       arena_printf(a, "%zu", list->end), "all", arena_printf(a, "%zu", list->n),
                       NULL));
    if (list->page > 1)
        page_text(page, "previous", page_link(a, list, "", list->page - 1));
    if (list->end < list->n)
        page_text(page, "next", page_link(a, list, "", list->page + 1));
}

void live_list_add_heads(struct arena *a, struct json_object *page, const struct live_list *list)
{
    struct json_object *heads = page_list(page, "columns");

    for (size_t i = 0; i < list->n_columns; i++) {
        const struct live_column *c = &list->columns[i];
        bool is_current = c == list->column;
        struct json_object *row = c->label ? page_row(heads) : NULL;

        page_text(row, "label", say(a, c->label));
        page_flag(row, "is_number", c->is_number);
        page_text(row, "order",
                  !is_current           ? NULL
                  : list->is_descending ? "descending"
                                        : "ascending");
        /* Numbers are looked at from the top. */
        if (c->word)
            page_text(
                row, "link",
                link_to(a, list, "", c, is_current ? !list->is_descending : c->measure != NULL, 1));
    }
    page_text(page, "twin", page_link(a, list, ".json", list->page));
    page_text(page, "here", page_link(a, list, "", list->page));
}
