#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/csrf.h"
#include "admin-cgi/handlers/sign_in.h"
#include "common/macros.h"

/* One request with a cookie and what a browser says about where it comes from. */
struct sent {
    struct arena arena;
    struct request request;
    struct response response;
    char cookie[200], site[80], origin[80];
    char *environment[8];
};

static void sent_init(struct sent *s, const char *cookie, const char *site, const char *origin)
{
    size_t n = 0;

    memset(s, 0, sizeof *s);
    s->environment[n++] = "REQUEST_METHOD=POST";
    s->environment[n++] = "REQUEST_URI=/admin/login";
    s->environment[n++] = "HTTP_HOST=meet.example";
    snprintf(s->cookie, sizeof s->cookie, "HTTP_COOKIE=%s", cookie);
    s->environment[n++] = s->cookie;
    if (site) {
        snprintf(s->site, sizeof s->site, "HTTP_SEC_FETCH_SITE=%s", site);
        s->environment[n++] = s->site;
    }
    if (origin) {
        snprintf(s->origin, sizeof s->origin, "HTTP_ORIGIN=%s", origin);
        s->environment[n++] = s->origin;
    }
    assert_int_equal(request_init(&s->request, &s->arena, s->environment, 1), 0);
    response_init(&s->response, &s->arena);
}

static void sent_release(struct sent *s)
{
    response_release(&s->response);
    arena_release(&s->arena);
}

static void test_tokens(void **state)
{
    static struct app app = {.secret_key = {1, 2, 3}};
    static const struct {
        const char *name, *cookie, *site, *origin;
        bool own_token;
        int result;
    } rows[] = {
        {"from our page", "__Host-pre=aa", "same-origin", "https://meet.example", true, 0},
        {"an old browser", "__Host-pre=aa", NULL, "https://meet.example", true, 0},
        {"without a token", "__Host-pre=aa", "same-origin", NULL, false, ERR_FORBIDDEN},
        {"another cookie", "__Host-pre=bb", "same-origin", NULL, true, ERR_FORBIDDEN},
        {"no cookie", "x=y", "same-origin", NULL, true, ERR_FORBIDDEN},
        {"another site", "__Host-pre=aa", "cross-site", NULL, true, ERR_FORBIDDEN},
        {"a neighbour", "__Host-pre=aa", "same-site", NULL, true, ERR_FORBIDDEN},
        {"typed in", "__Host-pre=aa", "none", NULL, true, ERR_FORBIDDEN},
        {"another origin", "__Host-pre=aa", NULL, "https://evil.example", true, ERR_FORBIDDEN},
        {"an origin that hides", "__Host-pre=aa", NULL, "null", true, ERR_FORBIDDEN},
        {"nothing said", "__Host-pre=aa", NULL, NULL, true, ERR_FORBIDDEN},
        {"a session that was not found", "__Host-sid=aa", "same-origin", NULL, true, ERR_FORBIDDEN},
    };
    char token[CSRF_TOKEN_SIZE];
    struct sent s;

    (void)state;
    assert_int_equal(server_config_file_new(&app.config_file, "/no/such/config.json"), 0);
    sent_init(&s, "__Host-pre=aa", NULL, NULL);
    snprintf(token, sizeof token, "%s", csrf_token(&s.request, &s.response, &app));
    assert_int_equal(strlen(token), CSRF_TOKEN_SIZE - 1);
    assert_int_equal(s.response.headers.len, 0);
    sent_release(&s);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct error e = {0};
        int r;

        sent_init(&s, rows[i].cookie, rows[i].site, rows[i].origin);
        r = csrf_check(&s.request, &app, rows[i].own_token ? token : NULL, &e);
        if (r != rows[i].result)
            fail_msg("%s: %d %s", rows[i].name, r, e.text);
        sent_release(&s);
    }
    server_config_file_free(app.config_file);
}

static void test_other_keys(void **state)
{
    static struct app app = {.secret_key = {1}}, other = {.secret_key = {2}};
    struct sent s;
    const char *token;

    (void)state;
    sent_init(&s, "__Host-pre=aa", "same-origin", NULL);
    token = csrf_token(&s.request, &s.response, &app);
    assert_int_equal(csrf_check(&s.request, &app, token, NULL), 0);
    assert_int_equal(csrf_check(&s.request, &other, token, NULL), ERR_FORBIDDEN);
    sent_release(&s);
}

static void test_new_cookie(void **state)
{
    static struct app app = {.secret_key = {1}};
    struct sent s;

    (void)state;
    sent_init(&s, "", NULL, NULL);
    assert_non_null(csrf_token(&s.request, &s.response, &app));
    assert_non_null(strstr(buf_str(&s.response.headers), "__Host-pre="));
    sent_release(&s);
}

static void test_next(void **state)
{
    static const struct {
        const char *next, *where;
    } rows[] = {
        {"/admin/groups/", "/admin/groups/"},
        {"/admin/groups/a/.edit?x=1", "/admin/groups/a/.edit?x=1"},
        {NULL, "/admin/"},
        {"", "/admin/"},
        {"/", "/admin/"},
        {"/group/a/", "/admin/"},
        {"//evil.example/", "/admin/"},
        {"/admin//evil.example/", "/admin/"},
        {"/admin/\\evil.example", "/admin/"},
        {"https://evil.example/admin/", "/admin/"},
        {"/admin/logout", "/admin/"},
        {"/admin/login", "/admin/"},
        {"/admin/setup", "/admin/"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_string_equal(sign_in_next(rows[i].next), rows[i].where);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_other_keys),
        cmocka_unit_test(test_new_cookie),
        cmocka_unit_test(test_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
