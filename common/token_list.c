#include "common/token_list.h"

#include <json-c/linkhash.h>
#include <stdlib.h>

#include "common/json_cursor.h"

/* For one token, in a file whose size is limited. Neither bytes nor values are counted here: a
 * token that was read must also be readable as we write it, which may be a few members longer. */
static const struct json_limits token_limits = {
    .size_max = SIZE_MAX,
    .depth_max = 32,
    .values_max = SIZE_MAX,
    .string_max = 64 * 1024,
    .allow_duplicates = true,
    .allow_trailing = true,
    .allow_surrogates = true,
};

void token_list_release(struct token_list *list)
{
    if (list->by_name)
        lh_table_free(list->by_name);
    for (size_t i = 0; i < list->n_tokens; i++)
        token_release(&list->tokens[i]);
    free(list->tokens);
    buf_release(&list->bad);
    *list = (struct token_list){0};
}

static struct lh_entry *find_entry(const struct token_list *list, const char *name)
{
    return list->by_name ? lh_table_lookup_entry(list->by_name, name) : NULL;
}

static size_t entry_index(const struct lh_entry *entry)
{
    return (size_t)(uintptr_t)lh_entry_v(entry) - 1;
}

const struct token *token_list_find(const struct token_list *list, const char *name)
{
    struct lh_entry *entry = find_entry(list, name);

    return entry ? &list->tokens[entry_index(entry)] : NULL;
}

static bool make_room(struct token_list *list)
{
    size_t size = list->size ? list->size * 2 : 16;
    struct token *tokens;

    if (!list->by_name)
        list->by_name = lh_kchar_table_new(64, NULL);
    if (!list->by_name)
        return false;
    if (list->n_tokens < list->size)
        return true;
    tokens = reallocarray(list->tokens, size, sizeof *tokens);
    if (!tokens)
        return false;
    list->tokens = tokens;
    list->size = size;
    return true;
}

/* Takes the token, also on failure. */
static int put_token(struct token_list *list, struct token *t)
{
    struct lh_entry *entry;
    size_t index = list->n_tokens;

    if (!make_room(list)) {
        token_release(t);
        return ERR_NO_MEMORY;
    }
    entry = find_entry(list, t->token);
    if (entry) { /* the table borrows the old one's name, so that goes first */
        index = entry_index(entry);
        lh_table_delete_entry(list->by_name, entry);
        token_release(&list->tokens[index]);
    } else {
        list->n_tokens++;
    }
    list->tokens[index] = *t;
    return lh_table_insert(list->by_name, t->token, (void *)(uintptr_t)(index + 1)) < 0
               ? ERR_NO_MEMORY
               : 0;
}

static int put_bad(struct token_list *list, struct span text, size_t start, size_t len,
                   const struct error *why)
{
    struct span piece = span_sub(text, start, len);

    while (piece.len > 0 && piece.data[piece.len - 1] == '\n')
        piece.len--;
    buf_add_span(&list->bad, piece);
    buf_add_char(&list->bad, '\n');
    if (list->n_bad++ == 0) {
        struct json_cursor c = json_cursor_init(text, &token_limits, &list->first_bad);

        json_cursor_fail(&c, why->code, start, "%s", why->text);
    }
    return buf_check(&list->bad);
}

/* One JSON value of the text. */
static int parse_value(struct token_list *list, struct span text, size_t start, size_t len)
{
    struct json_object *json = NULL;
    struct error why = {0};
    struct token t;
    int r = json_scan_parse(&json, span_sub(text, start, len), &token_limits, &why);

    if (r == 0)
        r = token_from_json(&t, json, &why);
    json_object_put(json);
    if (r == 0 && !t.token[0]) {
        token_release(&t);
        r = error_set(&why, ERR_INVALID, NULL, "the token has no name");
    }
    if (r == ERR_NO_MEMORY)
        return r;
    return r < 0 ? put_bad(list, text, start, len, &why) : put_token(list, &t);
}

int token_list_parse(struct token_list *list, struct span text, size_t from)
{
    size_t at = from;
    int r = 0;

    while (r == 0) {
        struct error why = {0};
        /* Only the first error is told: finding its line costs a walk over the text. */
        struct json_cursor c = json_cursor_init(text, &token_limits, list->n_bad ? NULL : &why);
        size_t start;

        c.at = at;
        json_cursor_space(&c);
        start = c.at;
        if (start >= text.len)
            break;
        if (json_cursor_value(&c) == 0) {
            at = c.at;
            r = parse_value(list, text, start, at - start);
        } else {
            /* A writer that died leaves at most a line, and lines behind it are whole: give up
             * this one only, even when what follows could be taken for more of it. */
            at = span_index(text, '\n', start) + 1;
            r = put_bad(list, text, start, at - start, &why);
        }
    }
    return r;
}

static int compare(const void *a, const void *b)
{
    const struct token *x = *(const struct token *const *)a;
    const struct token *y = *(const struct token *const *)b;

    if (x->has_expires != y->has_expires)
        return x->has_expires ? 1 : -1;
    if (x->has_expires && x->expires_us != y->expires_us)
        return x->expires_us < y->expires_us ? -1 : 1;
    return ((uintptr_t)x > (uintptr_t)y) - ((uintptr_t)x < (uintptr_t)y);
}

void token_list_sort(const struct token **tokens, size_t n_tokens)
{
    if (n_tokens > 1)
        qsort(tokens, n_tokens, sizeof *tokens, compare);
}

int token_list_add_line(struct buf *out, const struct token *t)
{
    struct json_object *json = token_to_json(t);
    const char *text = json ? json_object_to_json_string_ext(
                                  json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
                            : NULL;

    if (text) {
        buf_add_str(out, text);
        buf_add_char(out, '\n');
    }
    json_object_put(json);
    return text ? buf_check(out) : ERR_NO_MEMORY;
}
