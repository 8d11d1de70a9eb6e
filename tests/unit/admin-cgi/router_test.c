#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "admin-cgi/routes.h"
#include "common/macros.h"

static void handler_a(struct request *req, struct response *res, struct app *app)
{
    (void)req;
    (void)res;
    (void)app;
}

#define ROW(method, pattern)                                                                       \
    {                                                                                              \
        METHOD_##method, pattern, ACCESS_PUBLIC, RESPONSE_API, handler_a, 0, false,                \
            #method pattern                                                                        \
    }

static const struct route rows[] = {
    ROW(GET, "/"),
    ROW(GET, "/admin"),
    ROW(GET, "/admin/groups/"),
    ROW(GET, "/admin/groups/.new"),
    ROW(POST, "/admin/groups/.new"),
    ROW(GET, "/admin/groups/{group+}/"),
    ROW(GET, "/admin/groups/{group+}/.users/{user}"),
    ROW(GET, "/admin/groups/{group+}/.users/{user}/.password"),
    ROW(GET, "/list/?"),
    ROW(ANY, "/rest/{rest*}"),
    ROW(GET, "/recordings/{group+}/"),
    ROW(GET, "/recordings/{group+}"),
};
static const struct route_table table = {rows, LENGTH(rows)};
static const struct route_table *const tables[] = {&table, NULL};

static int match(struct arena *a, struct request *req, const char *method, const char *uri,
                 struct route_match *out)
{
    char *env_method = arena_printf(a, "REQUEST_METHOD=%s", method);
    char *env_uri = arena_printf(a, "REQUEST_URI=%s", uri);
    char **env = arena_array(a, 3, sizeof *env);

    env[0] = env_method;
    env[1] = env_uri;
    assert_int_equal(request_init(req, a, env, 1), 0);
    return router_match(tables, req, out);
}

static void test_patterns(void **state)
{
    static const struct {
        const char *uri;
        const char *pattern; /* NULL: nothing matches */
        const char *group;   /* NULL: not looked at */
        const char *user;
    } cases[] = {
        {"/", "/", NULL, NULL},
        {"//", NULL, NULL, NULL},
        {"/?query", "/", NULL, NULL},
        {"/admin", "/admin", NULL, NULL},
        {"/admin/", NULL, NULL, NULL},
        {"/admin/groups/", "/admin/groups/", NULL, NULL},
        {"/admin/groups", NULL, NULL, NULL},
        {"/admin/groups/.new", "/admin/groups/.new", NULL, NULL},
        {"/admin/groups/.new/", NULL, NULL, NULL},
        {"/admin/groups/a/", "/admin/groups/{group+}/", "a", NULL},
        {"/admin/groups/a/b/c/", "/admin/groups/{group+}/", "a/b/c", NULL},
        {"/admin/groups/a%20b/%C3%BC/", "/admin/groups/{group+}/", "a b/\xc3\xbc", NULL},
        {"/admin/groups/a%2Fb/", "/admin/groups/{group+}/", "a/b", NULL},
        {"/admin/groups/a", NULL, NULL, NULL},
        {"/admin/groups//a/", NULL, NULL, NULL},
        {"/admin/groups/a//", NULL, NULL, NULL},
        {"/admin/groups/./a/", NULL, NULL, NULL},
        {"/admin/groups/../a/", NULL, NULL, NULL},
        {"/admin/groups/%2e%2E/a/", NULL, NULL, NULL},
        {"/admin/groups/a%00b/", NULL, NULL, NULL},
        {"/admin/groups/a%C0%AFb/", NULL, NULL, NULL},
        {"/admin/groups/a%2/", NULL, NULL, NULL},
        {"/admin/groups/a%zz/", NULL, NULL, NULL},
        {"/admin/groups/a/.users/u", "/admin/groups/{group+}/.users/{user}", "a", "u"},
        {"/admin/groups/a/b/.users/x%2Fy", "/admin/groups/{group+}/.users/{user}", "a/b", "x/y"},
        {"/admin/groups/a/.users/u/.password", "/admin/groups/{group+}/.users/{user}/.password",
         "a", "u"},
        {"/admin/groups/.users/u", NULL, NULL, NULL},
        {"/admin/groups/a/.users/u/v", NULL, NULL, NULL},
        {"/list", "/list/?", NULL, NULL},
        {"/list/", "/list/?", NULL, NULL},
        {"/list/x", NULL, NULL, NULL},
        {"/rest", "/rest/{rest*}", NULL, NULL},
        {"/rest/", "/rest/{rest*}", NULL, NULL},
        {"/rest/.a/b/", "/rest/{rest*}", NULL, NULL},
        {"/recordings/a/b/", "/recordings/{group+}/", "a/b", NULL},
        {"/recordings/a/b", "/recordings/{group+}", "a/b", NULL},
        {"no-slash", NULL, NULL, NULL},
        {"", NULL, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct arena a = {0};
        struct request req;
        struct route_match m;
        const char *group, *user;

        assert_int_equal(match(&a, &req, "GET", cases[i].uri, &m), 0);
        if (!cases[i].pattern != !m.any || (m.any && strcmp(m.any->pattern, cases[i].pattern) != 0))
            fail_msg("%s: %s", cases[i].uri, m.any ? m.any->pattern : "nothing");
        group = request_capture(&req, "group");
        user = request_capture(&req, "user");
        if (cases[i].group && (!group || strcmp(group, cases[i].group) != 0))
            fail_msg("%s: group %s", cases[i].uri, group ? group : "none");
        if (cases[i].user && (!user || strcmp(user, cases[i].user) != 0))
            fail_msg("%s: user %s", cases[i].uri, user ? user : "none");
        arena_release(&a);
    }
}

static void test_methods(void **state)
{
    static const struct {
        const char *method, *uri;
        bool found;
        const char *allow;
    } cases[] = {
        {"GET", "/admin/groups/.new", true, "GET, HEAD, POST"},
        {"HEAD", "/admin/groups/.new", true, "GET, HEAD, POST"},
        {"POST", "/admin/groups/.new", true, "GET, HEAD, POST"},
        {"PUT", "/admin/groups/.new", false, "GET, HEAD, POST"},
        {"TRACE", "/admin/groups/.new", false, "GET, HEAD, POST"},
        {"get", "/admin", false, "GET, HEAD"},
        {"BREW", "/rest/x", true, NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct arena a = {0};
        struct request req;
        struct route_match m;

        assert_int_equal(match(&a, &req, cases[i].method, cases[i].uri, &m), 0);
        assert_non_null(m.any);
        assert_int_equal(m.route != NULL, cases[i].found);
        if (cases[i].allow)
            assert_string_equal(router_allow(&a, m.allowed, false), cases[i].allow);
        arena_release(&a);
    }
}

/* A path that stands for a pattern: captures become words. */
static const char *path_for(struct arena *a, const char *pattern)
{
    struct span rest = span_str(pattern), word;
    struct buf out = {0};
    const char *text;
    bool first = true;

    while (span_split(&rest, '/', &word)) {
        if (!first)
            buf_add_char(&out, '/');
        first = false;
        if (span_eq_str(word, "?"))
            continue;
        if (word.len && word.data[0] == '{')
            buf_add_str(&out, word.data[word.len - 2] == '+'   ? "word/more"
                              : word.data[word.len - 2] == '*' ? ".word"
                                                               : "word");
        else
            buf_add_span(&out, word);
    }
    text = arena_dup(a, buf_span(&out));
    buf_release(&out);
    return text;
}

/* Every row of the program: reached by a path of its own pattern, named, sensible. */
static void test_the_real_table(void **state)
{
    size_t n = 0;

    (void)state;
    for (const struct route_table *const *t = route_tables; *t; t++) {
        for (size_t i = 0; i < (*t)->n_routes; i++, n++) {
            const struct route *row = &(*t)->routes[i];
            struct arena a = {0};
            struct request req;
            struct route_match m;
            const char *path = path_for(&a, row->pattern);
            char *env[] = {arena_printf(&a, "REQUEST_URI=%s", path), NULL};

            assert_non_null(row->handler);
            assert_true(row->name && row->name[0]);
            assert_int_equal(row->pattern[0], '/');
            assert_int_equal(request_init(&req, &a, env, 1), 0);
            assert_int_equal(router_match(route_tables, &req, &m), 0);
            if (!m.any || strcmp(m.any->pattern, row->pattern) != 0)
                fail_msg("%s is answered by %s", path, m.any ? m.any->pattern : "nothing");
            /* What needs a group has one in its pattern, and the other way round. */
            if (row->access == ACCESS_API_GROUP || row->access == ACCESS_API_PASSWORD ||
                row->access == ACCESS_RECORDINGS)
                assert_non_null(strstr(row->pattern, "{group+}"));
            arena_release(&a);
        }
    }
    assert_true(n > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_the_real_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
