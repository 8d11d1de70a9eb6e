#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "common/password_match.h"
#include "common/server_origin.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct server_config *parse(const char *text)
{
    struct server_config *c = NULL;
    struct error e = {0};

    if (server_config_parse(&c, span_str(text), &e) < 0)
        fail_msg("%s\n%s: %s", text, e.place, e.text);
    return c;
}

static void test_all_fields(void **state)
{
    struct server_config *c =
        parse("{\"users\":{\"vetinari\":{\"password\":\"lagniappe\",\"permissions\":\"admin\"}},"
              "\"writableGroups\":true,\"canonicalHost\":\"galene.example.org:8443\","
              "\"proxyURL\":\"https://b.example/base\",\"allowOrigin\":[\"https://x.example\"],"
              "\"AllowAdminOrigin\":[\"*\",\"app://y:8\"]}");
    const struct group_user *u = server_config_user(c, span_str("vetinari"));

    (void)state;
    assert_int_equal(c->n_warnings, 0);
    assert_int_equal(u->permissions.role, ROLE_ADMIN);
    assert_true(password_match(&u->password, span_str("lagniappe")));
    assert_null(server_config_user(c, span_str("vetinar")));
    assert_true(c->writable_groups);
    assert_string_equal(c->canonical_host, "galene.example.org:8443");
    assert_string_equal(c->proxy_url, "https://b.example/base");
    assert_string_equal(c->allow_origin[0], "https://x.example");
    assert_null(c->allow_origin[1]);
    assert_string_equal(c->allow_admin_origin[1], "app://y:8");
    server_config_free(c);
    server_config_free(NULL);
}

static void test_errors_and_warnings(void **state)
{
    static const struct {
        const char *text;
        bool is_error;
        const char *place;
        const char *what;
    } rows[] = {
        {"[]", true, "line 1 column 1", "the configuration must be an object"},
        {"{\n\"writableGroups\":\"yes\"}", true, "line 2 column 1",
         "writableGroups: should be true or false"},
        {"{\"canonicalHost\":7}", true, "line 1 column 2", "canonicalHost: should be a string"},
        {"{\"allowOrigin\":\"x\"}", true, "line 1 column 2",
         "allowOrigin: should be an array of strings"},
        {"{\"users\":{\n\"a\":{\"permissions\":\"king\"}}}", true, "line 2 column 6",
         "users.a.permissions: must be op, present, message, observe, caption or admin, or an "
         "array"},
        {"{\"publicServer\":true}", false, "line 1 column 2",
         "publicServer: unknown member, ignored"},
        {"{\"admin\":[{}]}", false, "line 1 column 2", "admin: obsolete, ignored; use users"},
        {"{\"canonicalHost\":\"https://x\"}", false, "line 1 column 2",
         "canonicalHost: ignored: must be host or host:port, without https://"},
        {"{\"proxyURL\":\"ftp://x\"}", false, "line 1 column 2",
         "proxyURL: ignored: must be like https://host/path, or a part of that"},
        {"{\"allowOrigin\":[\"https://x/\"]}", false, "line 1 column 2",
         "allowOrigin: ignored: https://x/ is no origin like https://host:port"},
        {"{\"users\":{\"a\":{\n\"password\":{\"type\":\"x\"}}}}", false, "line 2 column 1",
         "users.a.password: never matches: type: must be plain, wildcard, bcrypt, pbkdf2 or "
         "scrypt"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct server_config *c = NULL;
        struct error e = {0};
        int r = server_config_parse(&c, span_str(rows[i].text), &e);

        if ((r < 0) != rows[i].is_error)
            fail_msg("%s: %d", rows[i].text, r);
        if (r == 0) {
            assert_int_equal(c->n_warnings, 1);
            snprintf(e.place, sizeof e.place, "line %u column %u", c->warnings[0].line,
                     c->warnings[0].column);
            snprintf(e.text, sizeof e.text, "%s", c->warnings[0].text);
        }
        if (strcmp(e.place, rows[i].place) != 0 || strcmp(e.text, rows[i].what) != 0)
            fail_msg("%s\n%s: %s", rows[i].text, e.place, e.text);
        server_config_free(c);
    }
}

/* The last good version stays; the reason is told at every use until the file is good again. */
static void test_hot_reload(void **state)
{
    char dir[] = "/tmp/nereid-config-XXXXXX";
    char path[64];
    struct server_config_file *f = NULL;
    struct error e = {0};

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/config.json", dir);
    assert_int_equal(server_config_file_new(&f, path), 0);
    assert_false(server_config_file_get(f, &e)->writable_groups);
    assert_int_equal(e.code, 0);

    assert_int_equal(file_replace(path, span_str("{\"writableGroups\":true}"), 0600, NULL), 0);
    assert_true(server_config_file_get(f, &e)->writable_groups);
    assert_int_equal(e.code, 0);

    assert_int_equal(file_replace(path, span_str("{\"writableGroups\":5}"), 0600, NULL), 0);
    for (int i = 0; i < 2; i++) {
        assert_true(server_config_file_get(f, &e)->writable_groups);
        assert_int_equal(e.code, ERR_INVALID);
        assert_string_equal(e.place, "line 1 column 2");
    }

    assert_int_equal(file_replace(path, span_str("{\"canonicalHost\":\"h\"}"), 0600, NULL), 0);
    assert_string_equal(server_config_file_get(f, &e)->canonical_host, "h");
    assert_false(server_config_file_get(f, NULL)->writable_groups);
    assert_int_equal(e.code, 0);

    assert_int_equal(unlink(path), 0);
    assert_null(server_config_file_get(f, &e)->canonical_host);
    assert_int_equal(e.code, 0);
    server_config_file_free(f);
    server_config_file_free(NULL);
    assert_int_equal(rmdir(dir), 0);
}

/* A folder that is away for a while, as a mount may be, comes back with the same file. */
static void test_reload_after_unreadable(void **state)
{
    char dir[] = "/tmp/nereid-config-XXXXXX";
    char sub[64], away[64], path[80];
    struct server_config_file *f = NULL;
    struct error e = {0};
    int fd;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(sub, sizeof sub, "%s/data", dir);
    snprintf(away, sizeof away, "%s/away", dir);
    snprintf(path, sizeof path, "%s/config.json", sub);
    assert_int_equal(mkdir(sub, 0700), 0);
    assert_int_equal(file_replace(path, span_str("{\"writableGroups\":true}"), 0600, NULL), 0);
    assert_int_equal(server_config_file_new(&f, path), 0);
    assert_true(server_config_file_get(f, &e)->writable_groups);

    assert_int_equal(rename(sub, away), 0);
    fd = open(sub, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_true(server_config_file_get(f, &e)->writable_groups);
    assert_int_equal(e.code, ERR_IO);
    assert_string_equal(e.text, "the configuration file cannot be read: Not a directory");

    assert_int_equal(unlink(sub), 0);
    assert_int_equal(rename(away, sub), 0);
    assert_true(server_config_file_get(f, &e)->writable_groups);
    assert_int_equal(e.code, 0);
    server_config_file_free(f);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(sub), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void test_base_url(void **state)
{
    static const struct {
        const char *proxy_url;
        const char *host;
        bool is_tls;
        const char *want;
        const char *path;
    } rows[] = {
        {"", "a.example:8443", true, "https://a.example:8443", ""},
        {"", "a.example", false, "http://a.example", ""},
        {"/base", "a.example", true, "https://a.example/base", "/base"},
        {"http:", "a.example", true, "http://a.example", ""},
        {"https:/base/", "a.example", false, "https://a.example/base", "/base"},
        {"https://b.org", "a.example", false, "https://b.org", ""},
        {"https://b.org:4443/x/y/", "a.example", false, "https://b.org:4443/x/y", "/x/y"},
        {"//b.org", "a.example", false, "http://b.org", ""},
        {"", "evil\"host", true, "https://localhost", ""},
        {"", "[::1]:8443", true, "https://[::1]:8443", ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct server_config c = {.proxy_url = (char *)(uintptr_t)rows[i].proxy_url};
        struct buf out = {0};

        server_config_base_url(&out, &c, span_str(rows[i].host), rows[i].is_tls);
        if (strcmp(buf_str(&out), rows[i].want) != 0)
            fail_msg("%s: got %s", rows[i].want, buf_str(&out));
        buf_clear(&out);
        buf_add_span(&out, server_config_base_path(&c));
        assert_string_equal(buf_str(&out), rows[i].path);
        buf_release(&out);
    }
}

static void test_proxy_url_refused(void **state)
{
    static const char *const bad[] = {"base",     "ftp://x", "https://",     "https:///x",
                                      "/a b",     "/a?b",    "https://x:0/", "https://user@x/",
                                      "httpsx:/", "/a;b",    "/a$b",         "/a//b",
                                      "/a/../b",  "/./a",    "//b.org//x"};
    struct proxy_parts parts;

    (void)state;
    for (size_t i = 0; i < LENGTH(bad); i++) {
        if (proxy_url_split(&parts, bad[i]))
            fail_msg("%s", bad[i]);
    }
}

static void test_redirect(void **state)
{
    static const struct {
        const char *canonical;
        const char *host;
        const char *path;
        const char *want; /* "" for none */
        const char *proxy_url;
    } rows[] = {
        {NULL, "x", "/", "", NULL},
        {"g.example", "g.example", "/", "", NULL},
        {"g.example", "G.Example", "/", "", NULL},
        {"g.example", "www.example", "/group/a/?token=t", "https://g.example/group/a/?token=t",
         NULL},
        {"g.example", "g.example:8443", "/", "", NULL},
        {"g.example", "x.example:8443", "/a", "https://g.example:8443/a", NULL},
        {"g.example:8443", "g.example:8443", "/", "", NULL},
        {"g.example:8443", "g.example", "/", "https://g.example:8443/", NULL},
        {"g.example:8443", "x:443", "", "https://g.example:8443/", NULL},
        {"[::1]", "[::2]:8443", "/", "https://[::1]:8443/", NULL},
        {"g.example", "bad host", "/", "", NULL},
        /* A proxy asks under its own word for us: a redirect from there would come back there. */
        {"g.example", "127.0.0.1:8080", "/", "", "https://g.example/"},
        {"g.example", "[::1]:8080", "/", "", "https://g.example/"},
        {"g.example", "localhost:8080", "/", "", "https://g.example/"},
        {"g.example", "p.example", "/", "", "https://p.example/"},
        {"g.example", "www.example", "/", "https://g.example/", "https://g.example/"},
        {"g.example", "127.0.0.1:8443", "/", "https://g.example:8443/", "/only/path"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct server_config c = {.canonical_host = (char *)(uintptr_t)rows[i].canonical,
                                  .proxy_url = (char *)(uintptr_t)rows[i].proxy_url};
        struct buf out = {0};
        bool is_due =
            server_config_redirect(&out, &c, span_str(rows[i].host), span_str(rows[i].path));

        if (strcmp(buf_str(&out), rows[i].want) != 0 || is_due != (rows[i].want[0] != 0))
            fail_msg("%s at %s: got %s", rows[i].want, rows[i].host, buf_str(&out));
        buf_release(&out);
    }
}

static void test_origin(void **state)
{
    static const struct {
        const char *origin;
        const char *host;
        const char *allowed[3];
        enum origin_verdict want;
    } rows[] = {
        {"", "g:8443", {NULL}, ORIGIN_NONE},
        {"https://g:8443", "g:8443", {NULL}, ORIGIN_ALLOWED},
        {"http://G:8443", "g:8443", {NULL}, ORIGIN_ALLOWED},
        {"https://g", "g:8443", {NULL}, ORIGIN_REFUSED},
        {"https://evil", "g", {"https://x", NULL}, ORIGIN_REFUSED},
        {"https://X", "g", {"https://y", "https://x", NULL}, ORIGIN_ALLOWED},
        {"http://x", "g", {"https://x", NULL}, ORIGIN_REFUSED},
        {"https://anything", "g", {"*", NULL}, ORIGIN_ALLOWED},
        {"null", "null", {NULL}, ORIGIN_REFUSED},
        {"null", "", {NULL}, ORIGIN_REFUSED},
        {"https://", "", {NULL}, ORIGIN_REFUSED},
        {"x", "g", {NULL}, ORIGIN_REFUSED},
        /* A default port and none are the same (RFC 6454 section 5), another scheme's is not. */
        {"https://g", "g:443", {NULL}, ORIGIN_ALLOWED},
        {"https://g:443", "G", {NULL}, ORIGIN_ALLOWED},
        {"http://g", "g:80", {NULL}, ORIGIN_ALLOWED},
        {"https://[::1]", "[::1]:443", {NULL}, ORIGIN_ALLOWED},
        {"https://g", "g:80", {NULL}, ORIGIN_REFUSED},
        {"http://g", "g:443", {NULL}, ORIGIN_REFUSED},
        {"https://g", "g:4430", {NULL}, ORIGIN_REFUSED},
        {"https://g:8443", "g", {NULL}, ORIGIN_REFUSED},
        {"https://g.evil", "g:443", {NULL}, ORIGIN_REFUSED},
        {"https://g:443@evil", "g", {NULL}, ORIGIN_REFUSED},
        {"https://evil", "g", {"https://evil:443", NULL}, ORIGIN_ALLOWED},
        {"https://evil:443", "g", {"https://EVIL", NULL}, ORIGIN_ALLOWED},
        {"http://evil", "g", {"https://evil", NULL}, ORIGIN_REFUSED},
    };
    const struct server_config none = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (origin_check(&none, span_str(rows[i].origin), span_str(rows[i].host),
                         (char *const *)(uintptr_t)rows[i].allowed) != rows[i].want)
            fail_msg("%s at %s", rows[i].origin, rows[i].host);
    }
}

static void test_origin_of_proxy(void **state)
{
    static const struct {
        const char *proxy_url;
        const char *origin;
        enum origin_verdict want; /* at host "inner:8080" */
    } rows[] = {
        {"https://b.org/x", "https://b.org", ORIGIN_ALLOWED},
        {"https://b.org/x", "https://B.org:443", ORIGIN_ALLOWED},
        {"https://b.org:443", "https://b.org", ORIGIN_ALLOWED},
        {"https://b.org:8443", "https://b.org:8443", ORIGIN_ALLOWED},
        {"https://b.org", "http://b.org", ORIGIN_REFUSED},
        {"https://b.org", "https://b.org:8443", ORIGIN_REFUSED},
        {"https://b.org", "https://a.b.org", ORIGIN_REFUSED},
        {"//b.org", "http://b.org", ORIGIN_ALLOWED},
        {"/x", "https://b.org", ORIGIN_REFUSED},
        {"https:", "https://b.org", ORIGIN_REFUSED},
        {"https://b.org", "https://inner:8080", ORIGIN_ALLOWED},
        {"https://b.org", "null", ORIGIN_REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        const struct server_config c = {.proxy_url = (char *)(uintptr_t)rows[i].proxy_url};

        if (origin_check(&c, span_str(rows[i].origin), span_str("inner:8080"), NULL) !=
            rows[i].want)
            fail_msg("%s with %s", rows[i].origin, rows[i].proxy_url);
    }
}

static void test_below_a_path(void **state)
{
    static const struct {
        const char *proxy_url, *uri, *stripped, *link;
    } rows[] = {
        {"https://b.org/v", "/v/group/a/?x=/v/", "/group/a/?x=/v/", "/v/group/a/?x=/v/"},
        {"https://b.org/v/", "/group/a/", "/group/a/", "/v/group/a/"},
        {"/v/w", "/v/w/", "/", "/v/w/"},
        {"/v/w", "/v/x", "/v/x", "/v/w/v/x"},
        {"/v", "/video", "/video", "/v/video"},
        {"/v", "//evil", "//evil", "//evil"},
        {"/v", "https://x/", "https://x/", "https://x/"},
        {"", "/a", "/a", "/a"},
        /* A path of ours, or one that nginx sees decoded: never taken off. */
        {"/group", "/group/demo/", "/group/demo/", "/group/group/demo/"},
        {"/a%20b", "/a%20b/", "/a%20b/", "/a%20b/"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        const struct server_config c = {.proxy_url = (char *)(uintptr_t)rows[i].proxy_url};
        struct buf link = {0};

        server_config_link(&link, &c, rows[i].uri);
        if (!span_eq_str(server_config_strip(&c, span_str(rows[i].uri)), rows[i].stripped) ||
            strcmp(buf_str(&link), rows[i].link) != 0)
            fail_msg("%s below %s: %s", rows[i].uri, rows[i].proxy_url, buf_str(&link));
        buf_release(&link);
    }
}

static void test_hosts(void **state)
{
    static const struct {
        const char *host;
        bool is_good;
    } rows[] = {
        {"localhost", true},
        {"a.b-c_d.example:1", true},
        {"[::1]", true},
        {"[fe80::1]:80", true},
        {"[::ffff:1.2.3.4]", true},
        {"127.0.0.1:65535", true},
        {"", false},
        {":80", false},
        {"a:", false},
        {"a:65536", false},
        {"a:0", false},
        {"a:80x", false},
        {"a b", false},
        {"a/b", false},
        {"a@b", false},
        {"[::1", false},
        {"[]", false},
        {"[::1]x", false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (host_check(span_str(rows[i].host)) != rows[i].is_good)
            fail_msg("%s", rows[i].host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_fields),      cmocka_unit_test(test_errors_and_warnings),
        cmocka_unit_test(test_hot_reload),      cmocka_unit_test(test_reload_after_unreadable),
        cmocka_unit_test(test_origin_of_proxy), cmocka_unit_test(test_below_a_path),
        cmocka_unit_test(test_base_url),        cmocka_unit_test(test_proxy_url_refused),
        cmocka_unit_test(test_redirect),        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_hosts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
