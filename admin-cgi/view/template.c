#include "admin-cgi/view/template.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/view/html_escape.h"
#include "admin-cgi/view/template_internal.h"

#define CONTEXT_MAX 32       /* sections inside one another */
#define PARTIAL_DEPTH_MAX 32 /* partials inside one another */

static void nodes_free(struct node *n)
{
    while (n) {
        struct node *next = n->next;

        nodes_free(n->children);
        free(n->text);
        free(n);
        n = next;
    }
}

void template_free(struct template *t)
{
    if (!t)
        return;
    while (t->partials) {
        struct partial *p = t->partials;

        t->partials = p->next;
        nodes_free(p->nodes);
        free(p->name);
        free(p->indentation);
        free(p);
    }
    nodes_free(t->nodes);
    free(t);
}

struct context {
    struct json_object *stack[CONTEXT_MAX];
    size_t depth;
    unsigned partial_depth;
    struct buf *out;
};

static struct json_object *member(struct json_object *object, struct span name)
{
    char key[TEMPLATE_NAME_MAX];

    if (!json_object_is_type(object, json_type_object) || !span_copy(name, key, sizeof key))
        return NULL;
    return json_object_object_get(object, key);
}

static bool has_member(struct json_object *object, struct span name)
{
    char key[TEMPLATE_NAME_MAX];

    return json_object_is_type(object, json_type_object) && span_copy(name, key, sizeof key) &&
           json_object_object_get_ex(object, key, NULL);
}

/* The first part of a dotted name is looked up along the stack, the others in what it gave. */
static struct json_object *lookup(const struct context *c, const char *name)
{
    struct span rest = span_str(name);
    struct span part;
    struct json_object *found = NULL;

    if (strcmp(name, ".") == 0)
        return c->stack[c->depth - 1];
    span_split(&rest, '.', &part);
    for (size_t i = c->depth; i-- > 0;) {
        if (has_member(c->stack[i], part)) {
            found = member(c->stack[i], part);
            break;
        }
    }
    while (found && span_split(&rest, '.', &part))
        found = member(found, part);
    return found;
}

static bool is_false(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        return true;
    case json_type_boolean:
        return !json_object_get_boolean(value);
    case json_type_array:
        return json_object_array_length(value) == 0;
    case json_type_string:
        return json_object_get_string_len(value) == 0;
    default:
        return false;
    }
}

static void add_escaped(struct buf *out, struct span s)
{
    size_t start = 0;

    for (size_t i = 0; i < s.len; i++) {
        const char *entity = html_entity((char)s.data[i]);

        if (!entity)
            continue;
        buf_add(out, s.data + start, i - start);
        buf_add_str(out, entity);
        start = i + 1;
    }
    buf_add(out, s.data + start, s.len - start);
}

static void render_value(const struct context *c, const struct node *t)
{
    struct json_object *value = lookup(c, t->text);
    struct span s;

    if (!value)
        return;
    if (json_object_is_type(value, json_type_string))
        s = span_of(json_object_get_string(value), (size_t)json_object_get_string_len(value));
    else
        s = span_str(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
    if (t->kind == NODE_RAW)
        buf_add_span(c->out, s);
    else
        add_escaped(c->out, s);
}

static int render_nodes(struct context *c, const struct node *t);

static int render_inside(struct context *c, const struct node *t, struct json_object *value)
{
    int r;

    if (c->depth == CONTEXT_MAX)
        return ERR_TOO_LARGE;
    c->stack[c->depth++] = value;
    r = render_nodes(c, t->children);
    c->depth--;
    return r;
}

static int render_section(struct context *c, const struct node *t)
{
    struct json_object *value = lookup(c, t->text);
    int r = 0;

    if (is_false(value))
        return t->kind == NODE_INVERTED ? render_nodes(c, t->children) : 0;
    if (t->kind == NODE_INVERTED)
        return 0;
    if (!json_object_is_type(value, json_type_array))
        return render_inside(c, t, value);
    for (size_t i = 0; r == 0 && i < json_object_array_length(value); i++)
        r = render_inside(c, t, json_object_array_get_idx(value, i));
    return r;
}

static int render_partial(struct context *c, const struct partial *p)
{
    int r;

    if (c->partial_depth == PARTIAL_DEPTH_MAX)
        return ERR_TOO_LARGE;
    c->partial_depth++;
    r = render_nodes(c, p->nodes);
    c->partial_depth--;
    return r;
}

static int render_nodes(struct context *c, const struct node *t)
{
    int r = 0;

    for (; t && r == 0; t = t->next) {
        switch (t->kind) {
        case NODE_TEXT:
            buf_add_str(c->out, t->text);
            break;
        case NODE_VALUE:
        case NODE_RAW:
            render_value(c, t);
            break;
        case NODE_SECTION:
        case NODE_INVERTED:
            r = render_section(c, t);
            break;
        case NODE_PARTIAL:
            r = render_partial(c, t->partial);
            break;
        }
    }
    return r;
}

int template_render(const struct template *t, struct json_object *data, struct buf *out)
{
    struct context c = {.stack = {data}, .depth = 1, .out = out};
    int r = render_nodes(&c, t->nodes);

    return r < 0 ? r : buf_check(out);
}
