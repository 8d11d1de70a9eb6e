#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "admin-cgi/request.h"
#include "common/macros.h"

static void test_headers_and_variables(void **state)
{
    char *env[] = {"REQUEST_METHOD=POST",
                   "REQUEST_URI=/a?b=c",
                   "HTTP_IF_NONE_MATCH=\"x\"",
                   "HTTP_HOST=example.org:8443",
                   "HTTPS=on",
                   "REMOTE_ADDR=192.0.2.1",
                   "HTTP_COOKIE=a=1; __Host-sid=secret ;b=2; __Host-sid=other",
                   "CONTENT_TYPE=Application/JSON; charset=utf-8",
                   NULL};
    struct arena a = {0};
    struct request req;

    (void)state;
    assert_int_equal(request_init(&req, &a, env, 42), 0);
    assert_int_equal(req.method, METHOD_POST);
    assert_string_equal(request_header(&req, "if-none-match"), "\"x\"");
    assert_null(request_header(&req, "If-Match"));
    assert_string_equal(req.host, "example.org:8443");
    assert_string_equal(req.client_address, "192.0.2.1");
    assert_true(req.is_tls);
    assert_true(request_is_type(&req, "application/json"));
    assert_false(request_is_type(&req, "text/json"));
    assert_string_equal(request_cookie(&req, "sid"), "secret");
    assert_null(request_cookie(&req, "__Host-sid"));
    assert_true(span_eq_str(req.raw_query, "b=c"));
    arena_release(&a);
}

static void test_queries(void **state)
{
    static const struct {
        const char *query, *name, *want;
        int result;
    } cases[] = {
        {"a=1&b=2", "b", "2", 0},
        {"a=1&b=2", "c", NULL, 0},
        {"a=x+y%20z", "a", "x y z", 0},
        {"a=%C3%BC", "a", "\xc3\xbc", 0},
        {"a", "a", "", 0},
        {"a=1&a=2", "a", NULL, ERR_INVALID},
        {"a=%zz", "a", NULL, ERR_INVALID},
        {"a=%00", "a", NULL, ERR_INVALID},
        {"a=%C0%AF", "a", NULL, ERR_INVALID},
        {"%61=1", "a", "1", 0},
        {"b=%zz", "a", NULL, 0},
        {"", "a", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct arena a = {0};
        char *env[] = {arena_printf(&a, "REQUEST_URI=/?%s", cases[i].query), NULL};
        const char *value = NULL;
        struct request req;
        int r;

        assert_int_equal(request_init(&req, &a, env, 1), 0);
        r = request_query(&req, cases[i].name, &value, NULL);
        if (r != cases[i].result || (r == 0 && !value != !cases[i].want) ||
            (value && r == 0 && strcmp(value, cases[i].want) != 0))
            fail_msg("%s: %d %s", cases[i].query, r, value ? value : "none");
        arena_release(&a);
    }
}

struct source {
    const char *text;
    size_t at, step;
};

static long read_some(void *arg, char *data, size_t size)
{
    struct source *s = arg;
    size_t n = strlen(s->text) - s->at;

    if (n > s->step)
        n = s->step;
    if (n > size)
        n = size;
    memcpy(data, s->text + s->at, n);
    s->at += n;
    return (long)n;
}

static void test_bodies(void **state)
{
    static const struct {
        const char *name, *length, *text;
        size_t max;
        int want;
    } cases[] = {
        {"whole, in pieces", "5", "hello", 5, 0},
        {"none", "", "", 5, 0},
        {"over the limit", "5", "hello", 4, ERR_TOO_LARGE},
        {"ended early", "5", "hell", 5, ERR_TRUNCATED},
        {"not a number", "5x", "hello", 5, ERR_INVALID},
        {"negative", "-1", "hello", 5, ERR_INVALID},
        {"absurd", "18446744073709551615", "hello", 5, ERR_TOO_LARGE},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct arena a = {0};
        char *env[] = {arena_printf(&a, "CONTENT_LENGTH=%s", cases[i].length), NULL};
        struct source source = {.text = cases[i].text, .step = 2};
        struct request req;
        int r;

        assert_int_equal(request_init(&req, &a, env, 1), 0);
        req.body_read = read_some;
        req.body_source = &source;
        r = request_read_body(&req, cases[i].max);
        if (r != cases[i].want)
            fail_msg("%s: %d", cases[i].name, r);
        if (r == 0)
            assert_true(span_eq_str(req.body, cases[i].text));
        arena_release(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers_and_variables),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_bodies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
