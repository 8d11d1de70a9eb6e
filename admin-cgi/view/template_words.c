#include "admin-cgi/view/template_words.h"

#include <string.h>

#include "admin-cgi/view/html_escape.h"
#include "admin-cgi/view/inline_markers.h"
#include "common/macros.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."

/* Those of data are shown by scripts. */
static const char *const attributes[] = {"aria-label",   "alt",        "data-copied",  "data-label",
                                         "data-nothing", "data-pause", "data-results", "data-words",
                                         "placeholder",  "title"};

/* Elements that stand within a sentence; tests/lib/words.mjs has the same. */
static const char *const inline_elements[] = {"a",     "abbr", "b",      "bdi", "code",
                                              "em",    "i",    "kbd",    "q",   "samp",
                                              "small", "span", "strong", "time"};

/** A sentence with elements in it. */
struct sentence {
    struct span tags[INLINE_MARKERS_MAX]; /* that begin them, "<a href=…>", in order */
    size_t n_tags;
    struct buf text; /* markers for the tags */
    size_t end;      /* in the template */
};

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

static struct span tag_name(struct span tag)
{
    size_t from = tag.len > 1 && tag.data[1] == '/' ? 2 : 1, end = from;

    while (end < tag.len && strchr(NAME_LETTERS, tag.data[end]))
        end++;
    return span_sub(tag, from, end - from);
}

static size_t add_element(struct buf *out, struct span html, size_t from, struct span *context,
                          const struct language *l);

/* The element that a marker stands for. The catalogue was read with care that it has one. */
static void add_marked(struct buf *out, struct inline_marker m, const struct sentence *s,
                       const struct language *l)
{
    struct span context;

    if (m.number > s->n_tags)
        return;
    if (!m.is_end) {
        add_element(out, s->tags[m.number - 1], 0, &context, l);
        return;
    }
    buf_add_str(out, "</");
    buf_add_span(out, tag_name(s->tags[m.number - 1]));
    buf_add_char(out, '>');
}

/* A translation as markup: letters that mean something in HTML escaped, values as Mustache writes
 * them, elements for their markers. @param s NULL: a text without elements */
static void add_markup(struct buf *out, const char *text, const struct sentence *s,
                       const struct language *l)
{
    while (*text) {
        const char *entity = html_entity(*text), *end = value_end(text);
        struct inline_marker m = {0};

        if (s)
            m = inline_marker_at(text);
        if (m.len > 0)
            add_marked(out, m, s, l);
        else if (end)
            buf_printf(out, "{%.*s}", (int)(end - text), text);
        else if (entity)
            buf_add_str(out, entity);
        else
            buf_add_char(out, *text);
        text = m.len > 0 ? text + m.len : end ? end : text + 1;
    }
}

/* Append a text's translation.
 * @param context which of its meanings a text has; empty: it has one
 * @param s       NULL: a text without elements
 * @return false: there is none, and nothing was appended */
static bool add_translation(struct buf *out, struct span text, struct span context,
                            const struct sentence *s, const struct language *l)
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
        add_markup(out, found, s, l);
        buf_add(out, word.data + word.len, (size_t)(text.data + text.len - word.data) - word.len);
    }
    buf_release(&key);
    return found != NULL;
}

static void add_text(struct buf *out, struct span text, struct span context,
                     const struct language *l)
{
    if (!add_translation(out, text, context, NULL, l))
        buf_add_span(out, text);
}

/* Does a tag of Mustache that is no value begin here? */
static bool is_section(struct span html, size_t i)
{
    return i + 2 < html.len && html.data[i] == '{' && html.data[i + 1] == '{' &&
           strchr("#^/>!", html.data[i + 2]);
}

/* Where a text that begins at `from` ends: at an element, or at a tag of Mustache that is no value.
 */
static size_t text_end(struct span html, size_t from)
{
    for (size_t i = from; i < html.len; i++) {
        if (html.data[i] == '<' || is_section(html, i))
            return i;
    }
    return html.len;
}

/* Behind the '>' of the element's tag that begins at `from`. */
static size_t element_end(struct span html, size_t from)
{
    bool is_quoted = false;

    for (size_t i = from; i < html.len; i++) {
        if (html.data[i] == '"')
            is_quoted = !is_quoted;
        else if (html.data[i] == '>' && !is_quoted)
            return i + 1;
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

/* Marks of an element that holds a text of its own, wherever it stands. */
static const char *const apart[] = {" class=\"badge", " class=\"button", " class=\"dot",
                                    " class=\"help",  " class=\"muted",  " data-context="};

/* May an element's tag stand within a sentence? */
static bool is_inline(struct span tag)
{
    struct span name = tag_name(tag);

    for (size_t i = 0; i < LENGTH(apart); i++) {
        if (memmem(tag.data, tag.len, apart[i], strlen(apart[i])))
            return false;
    }
    for (size_t i = 0; i < LENGTH(inline_elements); i++) {
        if (span_eq_str(name, inline_elements[i]))
            return true;
    }
    return false;
}

/* Has a text letters outside of its values and entities? */
static bool has_letters(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '{' && i + 1 < text.len && text.data[i + 1] == '{')
            i = span_index(text, '}', i);
        else if (text.data[i] == '&')
            i = span_index(text, ';', i);
        else if ((text.data[i] | 0x20) >= 'a' && (text.data[i] | 0x20) <= 'z')
            return true;
    }
    return false;
}

/* One element's tag of a sentence. @param open the elements that are open, innermost last; [0] is
 * none @return false: the sentence ends before it */
static bool read_tag(struct sentence *s, struct span tag, unsigned open[], unsigned *depth)
{
    bool is_end = tag.len > 1 && tag.data[1] == '/';

    if (!is_inline(tag) || (is_end && *depth == 0) || (!is_end && s->n_tags == INLINE_MARKERS_MAX))
        return false;
    if (is_end) {
        buf_printf(&s->text, "</%u>", open[(*depth)--]);
        return true;
    }
    s->tags[s->n_tags++] = tag;
    open[++*depth] = (unsigned)s->n_tags;
    buf_printf(&s->text, "<%u>", open[*depth]);
    return true;
}

/* What stands at `from` up to an element that is none of a sentence's, or to a section.
 * @return is it a sentence with elements in it, that is, are there words outside of them? */
static bool read_sentence(struct sentence *s, struct span html, size_t from)
{
    unsigned open[INLINE_MARKERS_MAX + 1] = {0}, depth = 0;
    bool has_words = false;

    s->end = from;
    while (s->end < html.len && !is_section(html, s->end)) {
        size_t end = html.data[s->end] == '<' ? element_end(html, s->end) : text_end(html, s->end);
        struct span piece = span_sub(html, s->end, end - s->end);

        if (piece.data[0] != '<') {
            has_words |= depth == 0 && has_letters(piece);
            buf_add_span(&s->text, piece);
        } else if (!read_tag(s, piece, open, &depth)) {
            break;
        }
        s->end = end;
    }
    return depth == 0 && s->n_tags > 0 && has_words && buf_check(&s->text) == 0;
}

/* @return where it ends; `from`: no sentence that the catalogue has begins there */
static size_t add_sentence(struct buf *out, struct span html, size_t from, struct span context,
                           const struct language *l)
{
    struct sentence s = {.n_tags = 0};
    size_t end = from;

    if (read_sentence(&s, html, from) && add_translation(out, buf_span(&s.text), context, &s, l))
        end = s.end;
    buf_release(&s.text);
    return end;
}

void template_translate(struct buf *out, struct span html, const struct language *language)
{
    struct span context = {0};
    size_t i = 0;

    while (i < html.len) {
        size_t end = add_sentence(out, html, i, context, language);

        if (end > i) {
            i = end;
            continue;
        }
        end = text_end(html, i);
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
