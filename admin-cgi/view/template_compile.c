#include "admin-cgi/view/template_compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/view/template_internal.h"

#define DELIMITER_MAX 16

struct compiler {
    const struct template_rules *rules;
    const char *name;
    struct span text;
    size_t at;
    unsigned line;
    struct template *template; /* owner of all partials */
    char open[DELIMITER_MAX], close[DELIMITER_MAX];
    struct error *e;
};

struct tag {
    char kind; /* 0 for a value, else one of # ^ / > ! = & { */
    struct span name;
    size_t start, end; /* of the whole tag in the text */
};

static int fail(struct compiler *c, int code, const char *what, struct span name)
{
    char place[96];

    snprintf(place, sizeof place, "%.60s line %u", c->name, c->line);
    return error_set(c->e, code, place, "%s \"%.*s\"", what, (int)(name.len < 60 ? name.len : 60),
                     (const char *)name.data);
}

static int add_node(struct node ***tail, enum node_kind kind, struct span text, struct node **out)
{
    struct node *t;

    if (kind == NODE_TEXT && text.len == 0)
        return 0;
    t = calloc(1, sizeof *t);
    if (!t)
        return ERR_NO_MEMORY;
    t->kind = kind;
    t->text = span_dup(text);
    if (!t->text) {
        free(t);
        return ERR_NO_MEMORY;
    }
    **tail = t;
    *tail = &t->next;
    if (out)
        *out = t;
    return 0;
}

static size_t find(struct span text, const char *what, size_t from)
{
    const char *found;

    if (from >= text.len)
        return text.len;
    found = memmem(text.data + from, text.len - from, what, strlen(what));
    return found ? (size_t)((const uint8_t *)found - text.data) : text.len;
}

static struct span trim_all(struct span s)
{
    while (s.len > 0 && strchr(" \t\r\n", s.data[0]))
        s = span_sub(s, 1, s.len);
    while (s.len > 0 && strchr(" \t\r\n", s.data[s.len - 1]))
        s.len--;
    return s;
}

/* Reads the tag that starts at `start`. */
static int read_tag(struct compiler *c, size_t start, struct tag *tag)
{
    size_t inside = start + strlen(c->open);
    char triple[DELIMITER_MAX + 2];
    size_t end;

    tag->start = start;
    tag->kind = 0;
    if (inside < c->text.len && strchr("#^/>!=&{", c->text.data[inside]))
        tag->kind = (char)c->text.data[inside++];
    snprintf(triple, sizeof triple, "%s%s",
             tag->kind == '{'   ? "}"
             : tag->kind == '=' ? "="
                                : "",
             c->close);
    end = find(c->text, triple, inside);
    if (end == c->text.len)
        return fail(c, ERR_SYNTAX, "a tag is not closed:", span_sub(c->text, inside, 40));
    tag->name = trim_all(span_sub(c->text, inside, end - inside));
    tag->end = end + strlen(triple);
    if (tag->kind != '!' && tag->kind != '=' &&
        (tag->name.len == 0 || tag->name.len >= TEMPLATE_NAME_MAX))
        return fail(c, ERR_SYNTAX, "a tag has no usable name:", tag->name);
    return 0;
}

static bool is_blank(struct span s)
{
    return trim_all(s).len == 0;
}

/* Sections, comments, partials and delimiters alone on their line take the line with them. */
static bool is_standalone(const struct compiler *c, struct tag *tag, size_t *line_start)
{
    size_t start = tag->start;
    size_t end = span_index(c->text, '\n', tag->end);

    if (tag->kind == 0 || tag->kind == '&' || tag->kind == '{')
        return false;
    while (start > 0 && c->text.data[start - 1] != '\n')
        start--;
    if (!is_blank(span_sub(c->text, start, tag->start - start)) ||
        !is_blank(span_sub(c->text, tag->end, end - tag->end)))
        return false;
    *line_start = start;
    tag->end = end < c->text.len ? end + 1 : end;
    return true;
}

static int set_delimiters(struct compiler *c, struct span name)
{
    struct span left;
    struct span rest = name;

    if (!span_split(&rest, ' ', &left) || !span_copy(left, c->open, sizeof c->open) ||
        !span_copy(trim_all(rest), c->close, sizeof c->close) || !c->open[0] || !c->close[0])
        return fail(c, ERR_SYNTAX, "bad delimiters", name);
    return 0;
}

static bool may_be_raw(const struct template_rules *rules, struct span name)
{
    for (const char *const *n = rules->raw_names; n && *n; n++) {
        if (span_eq_str(name, *n))
            return true;
    }
    return rules->allow_raw;
}

/* A partial's lines take the indentation of a tag that stands alone. */
static int indent(struct buf *out, struct span text, struct span indentation)
{
    while (text.len > 0) {
        size_t end = span_index(text, '\n', 0);

        buf_add_span(out, indentation);
        buf_add(out, text.data, end < text.len ? end + 1 : end);
        text = span_sub(text, end + 1, text.len);
    }
    return buf_check(out);
}

static int compile_list(struct compiler *c, struct node **out, struct span section);

static struct partial *find_partial(struct template *t, struct span name, struct span indentation)
{
    struct partial *p = t->partials;

    while (p && !(span_eq_str(name, p->name) && span_eq_str(indentation, p->indentation)))
        p = p->next;
    return p;
}

/* Registered before it is compiled, so that it may refer to itself. */
static struct partial *add_partial(struct template *t, struct span name, struct span indentation)
{
    struct partial *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->name = span_dup(name);
    p->indentation = span_dup(indentation);
    if (!p->name || !p->indentation) {
        free(p->name);
        free(p->indentation);
        free(p);
        return NULL;
    }
    p->next = t->partials;
    t->partials = p;
    return p;
}

static int load_partial(struct compiler *c, struct partial *p, struct span name)
{
    struct compiler inner = {.rules = c->rules,
                             .name = p->name,
                             .line = 1,
                             .open = "{{",
                             .close = "}}",
                             .template = c->template,
                             .e = c->e};
    struct buf loaded = {0};
    struct buf text = {0};
    int r = 0;

    if (!c->rules->load || c->rules->load(&loaded, p->name, c->rules->user) < 0)
        r = fail(c, ERR_NOT_FOUND, "no such partial:", name);
    if (r == 0)
        r = indent(&text, buf_span(&loaded), span_str(p->indentation));
    inner.text = buf_span(&text);
    if (r == 0)
        r = compile_list(&inner, &p->nodes, span_of(NULL, 0));
    buf_release(&loaded);
    buf_release(&text);
    return r;
}

static int compile_partial(struct compiler *c, struct node ***tail, struct span name,
                           struct span indentation)
{
    struct partial *p = find_partial(c->template, name, indentation);
    struct node *t;
    int r = 0;

    if (!p) {
        p = add_partial(c->template, name, indentation);
        r = p ? load_partial(c, p, name) : ERR_NO_MEMORY;
    }
    if (r == 0)
        r = add_node(tail, NODE_PARTIAL, name, &t);
    if (r == 0)
        t->partial = p;
    return r;
}

static int compile_section(struct compiler *c, struct node ***tail, const struct tag *tag)
{
    struct node *t;
    int r = add_node(tail, tag->kind == '#' ? NODE_SECTION : NODE_INVERTED, tag->name, &t);

    return r < 0 ? r : compile_list(c, &t->children, tag->name);
}

static int compile_tag(struct compiler *c, struct node ***tail, const struct tag *tag,
                       struct span indentation)
{
    switch (tag->kind) {
    case '#':
    case '^':
        return compile_section(c, tail, tag);
    case '>':
        return compile_partial(c, tail, tag->name, indentation);
    case '=':
        return set_delimiters(c, tag->name);
    case '!':
        return 0;
    case '&':
    case '{':
        if (!may_be_raw(c->rules, tag->name))
            return fail(c, ERR_FORBIDDEN, "this name may not be written unescaped:", tag->name);
        return add_node(tail, NODE_RAW, tag->name, NULL);
    default:
        return add_node(tail, NODE_VALUE, tag->name, NULL);
    }
}

static void count_lines(struct compiler *c, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        c->line += c->text.data[i] == '\n';
}

/* Compiles up to the end of the text, or to the closing tag of `section`. */
static int compile_list(struct compiler *c, struct node **out, struct span section)
{
    struct node **tail = out;
    unsigned opened = c->line;
    int r = 0;

    while (r == 0 && c->at < c->text.len) {
        size_t start = find(c->text, c->open, c->at);
        struct span indentation = {0};
        size_t line_start = start;
        struct tag tag = {0};

        count_lines(c, c->at, start);
        if (start == c->text.len) {
            r = add_node(&tail, NODE_TEXT, span_sub(c->text, c->at, start), NULL);
            c->at = start;
            break;
        }
        r = read_tag(c, start, &tag);
        if (r < 0)
            break;
        if (is_standalone(c, &tag, &line_start))
            indentation = span_sub(c->text, line_start, start - line_start);
        if (line_start > c->at)
            r = add_node(&tail, NODE_TEXT, span_sub(c->text, c->at, line_start - c->at), NULL);
        c->at = tag.end;
        if (r == 0 && tag.kind == '/') {
            count_lines(c, start, tag.end);
            if (section.data && span_eq(section, tag.name))
                return 0;
            return fail(c, ERR_SYNTAX, "a section ends that is not open:", tag.name);
        }
        count_lines(c, start, tag.end);
        if (r == 0)
            r = compile_tag(c, &tail, &tag, indentation);
    }
    if (r == 0 && section.data) {
        c->line = opened;
        r = fail(c, ERR_SYNTAX, "a section is not closed:", section);
    }
    return r;
}

int template_compile(struct template **out, const char *name, struct span text,
                     const struct template_rules *rules, struct error *e)
{
    struct template *t = calloc(1, sizeof *t);
    struct compiler c = {.rules = rules,
                         .name = name,
                         .text = text,
                         .line = 1,
                         .open = "{{",
                         .close = "}}",
                         .template = t,
                         .e = e};
    int r = t ? compile_list(&c, &t->nodes, span_of(NULL, 0)) : ERR_NO_MEMORY;

    if (r < 0) {
        template_free(t);
        return r == ERR_NO_MEMORY ? error_set(e, r, name, "out of memory") : r;
    }
    *out = t;
    return 0;
}
