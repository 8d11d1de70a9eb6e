#include "admin-cgi/store/search_terms.h"

#include "common/buf.h"

const char *search_terms(struct arena *a, const char *search)
{
    struct span rest = span_str(search);
    struct span word;
    struct buf out = {0};
    char *text = NULL;

    while (span_split(&rest, ' ', &word)) {
        word = span_trim(word);
        if (!word.len)
            continue;
        if (out.len)
            buf_add_char(&out, ' ');
        buf_add_char(&out, '"');
        for (size_t i = 0; i < word.len; i++) {
            if (word.data[i] == '"')
                buf_add_char(&out, '"');
            buf_add_char(&out, (char)word.data[i]);
        }
        buf_add_str(&out, "\"*");
    }
    if (out.len && buf_check(&out) == 0)
        text = arena_dup(a, buf_span(&out));
    buf_release(&out);
    return text;
}
