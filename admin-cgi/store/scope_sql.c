#include "admin-cgi/store/scope_sql.h"

#include "common/buf.h"
#include "common/json_scan.h"

struct db_value db_scopes(struct arena *a, const struct scope *scopes, size_t n)
{
    const char *none = "[]"; /* without memory nothing is seen */
    struct buf out = {0};
    char *text = NULL;

    if (!scopes)
        return db_text(NULL);
    buf_add_char(&out, '[');
    for (size_t i = 0; i < n; i++) {
        buf_add_str(&out, i ? ",[" : "[");
        json_add_string(&out, span_str(scopes[i].prefix));
        buf_printf(&out, ",%d]", scopes[i].subtree ? 1 : 0);
    }
    buf_add_char(&out, ']');
    if (buf_check(&out) == 0)
        text = arena_dup(a, buf_span(&out));
    else
        a->bad = true;
    buf_release(&out);
    return db_text(text ? text : none);
}
