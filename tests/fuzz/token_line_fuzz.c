/*
 * token_list: any text gives a list; written and read again it is the same list with nothing set
 * aside; lines that are added later give what reading all at once gives.
 */
#include <stdlib.h>

#include "common/token_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

static void write_all(struct buf *out, const struct token_list *list)
{
    const struct token **sorted = calloc(list->n_tokens + 1, sizeof(struct token *));

    check(sorted);
    for (size_t i = 0; i < list->n_tokens; i++) {
        sorted[i] = &list->tokens[i];
        check(token_list_find(list, sorted[i]->token) == sorted[i]);
    }
    token_list_sort(sorted, list->n_tokens);
    for (size_t i = 0; i < list->n_tokens; i++)
        check(token_list_add_line(out, sorted[i]) == 0);
    free(sorted);
}

static void check_added_lines(struct span text, struct span written)
{
    size_t first = span_index(text, '\n', 0) + 1;
    struct token_list list = {0};
    struct buf again = {0};

    if (first <= text.len) {
        check(token_list_parse(&list, span_sub(text, 0, first), 0) == 0);
        if (list.n_bad == 0) {
            check(token_list_parse(&list, text, first) == 0);
            write_all(&again, &list);
            check(span_eq(buf_span(&again), written));
        }
    }
    token_list_release(&list);
    buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct token_list list = {0};
    struct buf written = {0};
    struct buf again = {0};

    check(token_list_parse(&list, span_of(data, size), 0) == 0);
    check((list.n_bad > 0) == (list.bad.len > 0));
    write_all(&written, &list);
    check_added_lines(span_of(data, size), buf_span(&written));
    token_list_release(&list);
    check(token_list_parse(&list, buf_span(&written), 0) == 0);
    check(list.n_bad == 0);
    write_all(&again, &list);
    check(span_eq(buf_span(&written), buf_span(&again)));
    token_list_release(&list);
    buf_release(&written);
    buf_release(&again);
    return 0;
}
