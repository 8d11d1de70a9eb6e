#include "common/json_edit.h"

#include "common/json_cursor.h"
#include "common/json_literal.h"

#define NO_ITEM SIZE_MAX

/* A member or element by offsets; an element's key is empty and stands where its value does. */
struct item {
    size_t lead; /* behind the '{', '[' or ',' before it */
    size_t key, key_end;
    size_t value, value_end;
};

/* A container on the path, as far as an edit needs it. */
struct holder {
    size_t open, close; /* of its brackets */
    bool is_object;
    size_t n_items;
    struct item last;
    size_t wanted; /* number of the item on the path, NO_ITEM */
    struct item target;
    size_t before_end; /* where the item before it ends */
    size_t after_key;  /* where the item behind it starts */
};

struct walk {
    struct json_cursor c;
    const char *const *path;
    size_t n_path;
    struct item document;
    struct holder holder; /* the innermost container on the path */
    size_t depth;         /* how many containers of the path there are */
    struct item first;    /* first item of the outermost container, for its style */
    bool has_first;
};

static struct span walk_bytes(const struct walk *w, size_t from, size_t to)
{
    return span_sub(w->c.text, from, to - from);
}

static bool is_index(const char *name, size_t index)
{
    uint64_t number;

    return span_u64(span_str(name), &number) && number == index;
}

static int walk_value(struct walk *w, size_t level);

/* One item of a container of the path. @return 1, 0 at the end, or an error */
static int walk_item(struct walk *w, size_t level, struct holder *h, struct item *item)
{
    struct json_cursor *c = &w->c;
    bool is_first = h->n_items == 0;
    struct span key;
    bool matches;
    int r;

    item->lead = c->at;
    if (!is_first) {
        json_cursor_space(c);
        item->lead = c->at + 1; /* a comma, or the end, or an error that comes at once */
    }
    if (h->is_object) {
        r = json_cursor_member(c, is_first, &key);
        if (r <= 0)
            return r;
        item->key = (size_t)(key.data - c->text.data);
        item->key_end = item->key + key.len;
        matches = json_literal_eq(key, w->path[level]);
    } else {
        r = json_cursor_element(c, is_first);
        if (r <= 0)
            return r;
        item->key = item->key_end = c->at;
        matches = is_index(w->path[level], h->n_items);
    }
    item->value = c->at;
    if (matches) {
        w->depth = level + 1; /* forget what an earlier member of this name held */
        h->wanted = h->n_items;
    }
    r = matches ? walk_value(w, level + 1) : json_cursor_value(c);
    if (r < 0)
        return r;
    item->value_end = c->at;
    if (matches)
        h->target = *item;
    return 1;
}

static int walk_container(struct walk *w, size_t level)
{
    struct holder h = {
        .open = w->c.at, .is_object = json_cursor_peek(&w->c) == '{', .wanted = NO_ITEM};
    struct item item;
    int r = json_cursor_enter(&w->c);

    w->depth = level + 1;
    while (r >= 0 && (r = walk_item(w, level, &h, &item)) > 0) {
        if (h.wanted == h.n_items)
            h.before_end = h.n_items > 0 ? h.last.value_end : 0;
        else if (h.wanted != NO_ITEM && h.wanted + 1 == h.n_items)
            h.after_key = item.key;
        if (level == 0 && h.n_items == 0) {
            w->first = item;
            w->has_first = true;
        }
        h.last = item;
        h.n_items++;
    }
    h.close = w->c.at - 1;
    if (w->depth == level + 1)
        w->holder = h;
    return r;
}

/* Check the value at the cursor, noting what lies on the path. */
static int walk_value(struct walk *w, size_t level)
{
    uint8_t b = json_cursor_peek(&w->c);

    if (level < w->n_path && (b == '{' || b == '['))
        return walk_container(w, level);
    return json_cursor_value(&w->c);
}

static int walk_text(struct walk *w, struct span text, const char *const *path, size_t n_path,
                     struct error *e)
{
    int r = json_scan_check(text, &json_limits_lenient, e);

    if (r < 0)
        return r;
    *w = (struct walk){
        .c = json_cursor_init(text, &json_limits_lenient, e), .path = path, .n_path = n_path};
    json_cursor_space(&w->c);
    w->document.lead = w->document.key = w->document.key_end = w->document.value = w->c.at;
    r = walk_value(w, 0);
    w->document.value_end = w->c.at;
    return r;
}

int json_edit_find(struct json_place *out, struct span text, const char *const *path, size_t n_path)
{
    struct walk w;
    const struct item *item = &w.document;
    int r = walk_text(&w, text, path, n_path, NULL);

    if (r < 0)
        return r;
    if (n_path > 0) {
        if (w.depth != n_path || w.holder.wanted == NO_ITEM)
            return ERR_NOT_FOUND;
        item = &w.holder.target;
    }
    out->key = walk_bytes(&w, item->key, item->key_end);
    out->value = walk_bytes(&w, item->value, item->value_end);
    out->member = walk_bytes(&w, item->key, item->value_end);
    json_cursor_line(text, item->key, &out->line, &out->column);
    return 0;
}

/* How the text is laid out, taken from its first member. */
struct layout {
    bool is_multi_line;
    struct span newline;
    struct span unit;  /* indentation of one level */
    struct span colon; /* between a name and its value */
};

static struct layout walk_layout(const struct walk *w)
{
    struct layout l = {.newline = span_str("\n"), .colon = span_str(": ")};
    struct span lead;
    size_t end;

    if (!w->has_first)
        return l;
    lead = walk_bytes(w, w->first.lead, w->first.key);
    for (end = lead.len; end > 0 && lead.data[end - 1] != '\n'; end--)
        continue;
    if (end > 0) {
        l.is_multi_line = true;
        l.unit = span_sub(lead, end, lead.len);
        if (end > 1 && lead.data[end - 2] == '\r')
            l.newline = span_str("\r\n");
    }
    if (w->first.key_end > w->first.key)
        l.colon = walk_bytes(w, w->first.key_end, w->first.value);
    return l;
}

/* White space at the start of the line that holds `at`. */
static struct span line_indent(struct span text, size_t at)
{
    size_t start = at;
    size_t end;

    while (start > 0 && text.data[start - 1] != '\n')
        start--;
    for (end = start; end < at && (text.data[end] == ' ' || text.data[end] == '\t'); end++)
        continue;
    return span_sub(text, start, end - start);
}

static void add_line_start(struct buf *out, const struct layout *l, struct span indent,
                           size_t units)
{
    if (!l->is_multi_line)
        return;
    buf_add_span(out, l->newline);
    buf_add_span(out, indent);
    for (size_t i = 0; i < units; i++)
        buf_add_span(out, l->unit);
}

/* "{" members and objects of the rest of the path, the value innermost, "}". */
static void add_nested(struct buf *out, const struct layout *l, struct span indent, size_t units,
                       const char *const *path, size_t n_path, struct span value)
{
    if (n_path == 0) {
        buf_add_span(out, value);
        return;
    }
    buf_add_char(out, '{');
    add_line_start(out, l, indent, units + 1);
    json_add_string(out, span_str(path[0]));
    buf_add_span(out, l->colon);
    add_nested(out, l, indent, units + 1, path + 1, n_path - 1, value);
    add_line_start(out, l, indent, units);
    buf_add_char(out, '}');
}

static void add_new_member(struct buf *out, const struct walk *w, const struct layout *l,
                           struct span value)
{
    const struct holder *h = &w->holder;
    const char *const *rest = w->path + w->depth;
    size_t n_rest = w->n_path - w->depth;
    struct span text = w->c.text;
    struct span lead = walk_bytes(w, h->last.lead, h->last.key);
    struct span colon = walk_bytes(w, h->last.key_end, h->last.value);
    struct span indent;

    if (h->n_items == 0) {
        buf_add_span(out, span_sub(text, 0, h->open));
        add_nested(out, l, line_indent(text, h->open), 0, rest - 1, n_rest + 1, value);
        buf_add_span(out, span_sub(text, h->close + 1, text.len));
        return;
    }
    buf_add_span(out, span_sub(text, 0, h->last.value_end));
    buf_add_char(out, ',');
    if (lead.len == 0 && h->n_items == 1 && colon.len > 1)
        lead = span_str(" ");
    buf_add_span(out, lead);
    json_add_string(out, span_str(rest[-1]));
    buf_add_span(out, colon);
    indent = line_indent(text, h->last.key);
    add_nested(out, l, indent, 0, rest, n_rest, value);
    buf_add_span(out, span_sub(text, h->last.value_end, text.len));
}

static void add_changed(struct buf *out, const struct walk *w, const struct layout *l,
                        struct span value)
{
    const struct item *target = &w->holder.target;
    struct span text = w->c.text;

    buf_add_span(out, span_sub(text, 0, target->value));
    add_nested(out, l, line_indent(text, target->key), 0, w->path + w->depth, w->n_path - w->depth,
               value);
    buf_add_span(out, span_sub(text, target->value_end, text.len));
}

static void add_without(struct buf *out, const struct walk *w)
{
    const struct holder *h = &w->holder;
    struct span text = w->c.text;
    size_t from = h->target.key;
    size_t to = h->after_key;

    if (h->n_items == 1) {
        from = h->open + 1;
        to = h->close;
    } else if (h->wanted + 1 == h->n_items) {
        from = h->before_end;
        to = h->target.value_end;
    }
    buf_add_span(out, span_sub(text, 0, from));
    buf_add_span(out, span_sub(text, to, text.len));
}

/* Bytes of the whole new text into `out`. */
static int edit_walked(struct buf *out, const struct walk *w, struct span value, struct error *e)
{
    const struct holder *h = &w->holder;
    struct layout l = walk_layout(w);
    bool hits = w->depth > 0 && h->wanted != NO_ITEM;
    bool is_there = hits && w->depth == w->n_path;
    const struct item *target = hits ? &h->target : &w->document;

    if (is_there) {
        if (value.len == 0)
            add_without(out, w);
        else
            add_changed(out, w, &l, value);
        return 0;
    }
    if (w->depth == 0 || hits) { /* a scalar stands where a container should */
        if (!hits || w->c.text.data[target->value] != 'n')
            return error_set(e, ERR_INVALID, w->path[hits ? w->depth - 1 : 0],
                             "what should hold the member is no object");
        if (value.len == 0)
            buf_add_span(out, w->c.text);
        else
            add_changed(out, w, &l, value);
        return 0;
    }
    if (!h->is_object)
        return error_set(e, ERR_NOT_FOUND, w->path[w->depth - 1], "no such element");
    if (value.len == 0)
        buf_add_span(out, w->c.text);
    else
        add_new_member(out, w, &l, value);
    return 0;
}

int json_edit_set(struct buf *out, struct span text, const char *const *path, size_t n_path,
                  struct span value, struct error *e)
{
    struct json_object *parsed = NULL;
    struct buf edited = {0};
    struct walk w;
    int r = json_scan_parse(&parsed, text, &json_limits_file, e);

    json_object_put(parsed);
    if (r == 0 && value.len > 0)
        r = json_scan_check(value, &json_limits_file, e);
    if (r == 0)
        r = walk_text(&w, text, path, n_path, e);
    if (r == 0)
        r = edit_walked(&edited, &w, value, e);
    if (r == 0)
        r = buf_check(&edited);
    if (r == 0)
        r = json_scan_check(buf_span(&edited), &json_limits_file, e);
    if (r == 0)
        buf_add_span(out, buf_span(&edited));
    if (r == 0)
        r = buf_check(out);
    buf_release(&edited);
    return r;
}
