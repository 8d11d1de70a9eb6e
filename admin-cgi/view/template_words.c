#include "admin-cgi/view/template_words.h"

#include <string.h>

#include "admin-cgi/view/html_escape.h"
#include "common/macros.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."

/* Those of data are shown by scripts. */
static const char *const attributes[] = {"aria-label",   "alt",        "data-copied",  "data-label",
                                         "data-nothing", "data-pause", "data-results", "data-words",
                                         "placeholder",  "title"};

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* White space of HTML, line ends among it, which span_trim() leaves. */
static struct span trim(struct span s)
{
    while (s.len > 0 && is_space(s.data[0]))
        s = span_sub(s, 1, SIZE_MAX);
    while (s.len > 0 && is_space(s.data[s.len - 1]))
        s.len--;
    return s;
}

/* How a text stands in the catalogue. */
static void add_key(struct buf *key, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if ((c == '{' || c == '}') && i + 1 < text.len && text.data[i + 1] == c)
            continue;
        if (!is_space(c))
            buf_add_char(key, (char)c);
        else if (!is_space(text.data[i - 1])) /* a trimmed text begins with a letter */
            buf_add_char(key, ' ');
    }
}

/* Behind the value that begins here, as "{name}"; NULL: these are braces that are read. */
static const char *value_end(const char *text)
{
    size_t len = strspn(text + 1, NAME_LETTERS);

    return text[0] == '{' && len > 0 && text[len + 1] == '}' ? text + len + 2 : NULL;
}

/* A translation as markup: letters that mean something in HTML escaped, values as Mustache writes
 * them. */
static void add_markup(struct buf *out, const char *text)
{
    while (*text) {
        const char *entity = html_entity(*text), *end = value_end(text);

        if (end)
            buf_printf(out, "{%.*s}", (int)(end - text), text);
        else if (entity)
            buf_add_str(out, entity);
        else
            buf_add_char(out, *text);
        text = end ? end : text + 1;
    }
}

/* @param context which of its meanings a text has; empty: it has one */
static void add_text(struct buf *out, struct span text, struct span context,
                     const struct language *l)
{
    struct span word = trim(text);
    struct buf key = {0};
    const char *found = NULL;

    if (word.len > 0) {
        add_key(&key, word);
        if (context.len) {
            buf_add_char(&key, '|');
            buf_add_span(&key, context);
        }
        if (buf_check(&key) == 0)
            found = language_find(l, buf_span(&key));
    }
    if (found) {
        buf_add(out, text.data, (size_t)(word.data - text.data));
        add_markup(out, found);
        buf_add(out, word.data + word.len, (size_t)(text.data + text.len - word.data) - word.len);
    } else {
        buf_add_span(out, text);
    }
    buf_release(&key);
}

/* Where a text that begins at `from` ends: at an element, or at a tag of Mustache that is no value.
 */
static size_t text_end(struct span html, size_t from)
{
    for (size_t i = from; i < html.len; i++) {
        if (html.data[i] == '<')
            return i;
        if (i + 2 < html.len && html.data[i] == '{' && html.data[i + 1] == '{' &&
            strchr("#^/>!", html.data[i + 2]))
            return i;
    }
    return html.len;
}

/* Behind the tag of Mustache that begins at `from`. */
static size_t mustache_end(struct span html, size_t from)
{
    for (size_t i = from; i + 1 < html.len; i++) {
        if (html.data[i] == '}' && html.data[i + 1] == '}')
            return i + 2;
    }
    return html.len;
}

/* Does the attribute `name` end here, before its "="? */
static bool ends_in(struct span before, const char *name)
{
    size_t len = strlen(name);

    return before.len > len && is_space(before.data[before.len - len - 1]) &&
           span_eq_str(span_sub(before, before.len - len, len), name);
}

static bool is_read(struct span before)
{
    for (size_t i = 0; i < LENGTH(attributes); i++) {
        if (ends_in(before, attributes[i]))
            return true;
    }
    return false;
}

/* One element's tag, from '<' to behind '>'. @param context set to its data-context, or to nothing
 * @return where it ends */
static size_t add_element(struct buf *out, struct span html, size_t from, struct span *context,
                          const struct language *l)
{
    size_t i = from;

    *context = span_of(NULL, 0);

    while (i < html.len && html.data[i] != '>') {
        bool is_value = html.data[i] == '"' && i > from && html.data[i - 1] == '=';
        struct span name, value;

        buf_add_char(out, (char)html.data[i++]);
        if (!is_value)
            continue;
        name = span_sub(html, from, i - 2 - from);
        value = span_sub(html, i, span_index(html, '"', i) - i);
        if (is_read(name))
            add_text(out, value, span_of(NULL, 0), l);
        else
            buf_add_span(out, value);
        if (ends_in(name, "data-context"))
            *context = value;
        i += value.len;
        if (i < html.len)
            buf_add_char(out, (char)html.data[i++]);
    }
    if (i < html.len)
        buf_add_char(out, (char)html.data[i++]);
    return i;
}

void template_translate(struct buf *out, struct span html, const struct language *language)
{
    struct span context = {0};
    size_t i = 0;

    while (i < html.len) {
        size_t end = text_end(html, i);

        add_text(out, span_sub(html, i, end - i), context, language);
        i = end;
        if (i < html.len && html.data[i] == '<') {
            i = add_element(out, html, i, &context, language);
        } else if (i < html.len) {
            end = mustache_end(html, i);
            buf_add_span(out, span_sub(html, i, end - i));
            i = end;
        }
    }
}
