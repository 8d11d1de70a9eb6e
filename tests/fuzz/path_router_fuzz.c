/*
 * Any request line: the path splits into decoded elements without empty, "." and ".." ones, and
 * what a route captures, encoded again, is answered by the same row with the same captures.
 */
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/page.h"
#include "admin-cgi/routes.h"
#include "common/group_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

static void look(struct arena *a, struct request *req, struct route_match *m, const char *uri)
{
    char **env = arena_array(a, 2, sizeof *env);

    env[0] = arena_printf(a, "REQUEST_URI=%s", uri);
    check(request_init(req, a, env, 1) == 0);
    check(router_match(route_tables, req, m) == 0);
}

static void check_elements(const struct request *req)
{
    check(req->elements || req->n_elements == 0);
    for (size_t i = 0; i < req->n_elements; i++) {
        const char *e = req->elements[i];

        check(e[0] && strcmp(e, ".") != 0 && strcmp(e, "..") != 0);
        check(span_is_utf8(span_str(e)));
    }
}

/* The same path, each element encoded whole. */
static const char *encode_again(struct arena *a, const struct request *req)
{
    struct buf out = {0};
    const char *text;

    for (size_t i = 0; i < req->n_elements; i++) {
        buf_add_char(&out, '/');
        buf_add_str(&out, page_encode(a, req->elements[i], false));
    }
    if (req->has_final_slash)
        buf_add_char(&out, '/');
    text = arena_dup(a, buf_span(&out));
    buf_release(&out);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct request first, second;
    struct route_match m, n;
    const char *value = NULL;
    char *uri;

    if (size > 16384 || memchr(data, 0, size))
        return 0; /* nginx lets neither through */
    uri = arena_dup(&a, span_of(data, size));
    look(&a, &first, &m, uri);
    check_elements(&first);
    (void)!request_query(&first, "token", &value, NULL);
    if (m.any) {
        look(&a, &second, &n, encode_again(&a, &first));
        check(n.any == m.any && first.n_captures == second.n_captures);
        for (size_t i = 0; i < first.n_captures; i++) {
            check(strcmp(first.captures[i].value, second.captures[i].value) == 0);
            (void)!group_name_check(span_str(first.captures[i].value), NULL);
        }
    } else {
        check(!m.route && m.allowed == 0);
    }
    arena_release(&a);
    return 0;
}
