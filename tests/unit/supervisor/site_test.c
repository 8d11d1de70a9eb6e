/* nginx's configuration from its template. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/atomic_file.h"
#include "common/macros.h"
#include "supervisor/site.h"

static struct site plain(void)
{
    return (struct site){.dir = "/srv/n",
                         .share = "/usr/share/n",
                         .port = 8443,
                         .version = "0a1b",
                         .files = 4096,
                         .rate_scale = 1};
}

static const struct {
    const char *name;
    const char *template;
    struct site site; /* members left out are as plain() has them */
    const char *want;
} rendered[] = {
    {"no names", "user@example.org @ @@ @x@", {0}, "user@example.org @ @@ @x@"},
    {"directories", "\"@DIR@/a\" @SHARE@", {0}, "\"/srv/n/a\" /usr/share/n"},
    {"end inside a name", "a @DIR", {0}, "a @DIR"},
    {"values are not read again", "@DIR@", {.dir = "/srv/@SHARE@"}, "/srv/@SHARE@"},
    {"loopback", "@LISTEN@", {0}, "        listen 127.0.0.1:8443 ssl http2;"},
    {"loopback of both families",
     "x\n@LISTEN@\ny",
     {.has_ipv6_loopback = true, .has_ipv6 = true},
     "x\n        listen 127.0.0.1:8443 ssl http2;\n"
     "        listen [::1]:8443 ssl http2 ipv6only=on;\ny"},
    {"all, IPv4 only", "@LISTEN@", {.listen = "all"}, "        listen 0.0.0.0:8443 ssl http2;"},
    {"all",
     "@LISTEN@",
     {.listen = "all", .has_ipv6 = true},
     "        listen 0.0.0.0:8443 ssl http2;\n        listen [::]:8443 ssl http2 ipv6only=on;"},
    {"one IPv6 address",
     "@LISTEN@",
     {.listen = "2001:db8::1", .has_ipv6 = true},
     "        listen [2001:db8::1]:8443 ssl http2 ipv6only=on;"},
    {"plain HTTP for a proxy",
     "@LISTEN@",
     {.http_port = 8080, .has_ipv6_loopback = true, .listen = "192.0.2.1"},
     "        listen 192.0.2.1:8443 ssl http2;\n        listen 127.0.0.1:8080;\n"
     "        listen [::1]:8080 ipv6only=on;"},
    {"plain HTTP at an address",
     "@LISTEN@",
     {.http_port = 8080, .http_address = "2001:db8::1", .listen = "192.0.2.1"},
     "        listen 192.0.2.1:8443 ssl http2;\n        listen [2001:db8::1]:8080 ipv6only=on;"},
    {"nobody is trusted", "@TRUST@|@PROXIES@|", {0}, "||"},
    {"loopback is trusted with plain HTTP",
     "@TRUST@\n@PROXIES@",
     {.http_port = 1},
     "    set_real_ip_from 127.0.0.0/8;\n    set_real_ip_from ::1;\n"
     "        127.0.0.0/8 1;\n        ::1 1;"},
    {"who is trusted is said",
     "@TRUST@\n@PROXIES@",
     {.http_port = 1, .trust = (const char *const[]){"10.0.0.0/8"}, .trust_count = 1},
     "    set_real_ip_from 10.0.0.0/8;\n        10.0.0.0/8 1;"},
    {"no base", "@BASE@|@LINKS@|@STRIP@|", {.base = "", .strip = ""}, "|||"},
    {"a base",
     "@BASE@\n@LINKS@",
     {.base = "/a/b"},
     "/a/b\n        sub_filter_once off;\n"
     "        sub_filter 'href=\"/' 'href=\"/a/b/';\n"
     "        sub_filter 'src=\"/' 'src=\"/a/b/';\n"
     "        sub_filter 'action=\"/' 'action=\"/a/b/';\n"
     "        sub_filter 'poster=\"/' 'poster=\"/a/b/';"},
    {"assets",
     "@VERSION@\n@ASSET_LINKS@",
     {0},
     "0a1b\n        sub_filter_once off;\n"
     "        sub_filter 'href=\"/css/' 'href=\"/assets/0a1b/css/';\n"
     "        sub_filter 'href=\"/js/' 'href=\"/assets/0a1b/js/';\n"
     "        sub_filter 'src=\"/js/' 'src=\"/assets/0a1b/js/';\n"
     "        sub_filter 'href=\"/icons/' 'href=\"/assets/0a1b/icons/';\n"
     "        sub_filter 'href=\"/favicon.svg\"' 'href=\"/assets/0a1b/favicon.svg\"';\n"
     "        sub_filter 'href=\"/protocol.js\"' 'href=\"/assets/0a1b/protocol.js\"';\n"
     "        sub_filter 'href=\"/manifest.webmanifest\"' "
     "'href=\"/manifest.webmanifest?v=0a1b\"';"},
    {"a base that is taken off",
     "@STRIP@",
     {.base = "/a/b", .strip = "/a/b"},
     "        location = \"/a/b\" {\n            return 308 /a/b/$is_args$args;\n        }\n"
     "        location ^~ \"/a/b/\" {\n"
     "            rewrite \"^(?:/[^/]+){2}(/(?!_(?:error|may-upload|page|recordings)(?:/|$)).*)$\" "
     "$1 last;\n"
     "            return 404;\n        }"},
    {"user of root", "@USER@|", {.user = "root"}, "user root;|"},
    {"user and group",
     "@USER@|",
     {.user = "www-data", .group = "nereid"},
     "user www-data nereid;|"},
    {"user of others", "@USER@|", {0}, "|"},
    {"log off", "@ACCESS_LOG@", {0}, "off"},
    {"log on", "@ACCESS_LOG@", {.access_log = true}, "\"/srv/n/run/nginx/access.log\" redacted"},
    {"rates", "@API_PER_SECOND@ @LOGIN_PER_MINUTE@", {0}, "100 10"},
    {"a worker per core", "@WORKERS@", {0}, "auto"},
    {"workers by number", "@WORKERS@", {.workers = 3}, "3"},
    {"rates scaled", "@API_PER_SECOND@ @LOGIN_PER_MINUTE@", {.rate_scale = 3}, "300 30"},
    {"connections", "@FILES@ @CONNECTIONS@", {0}, "4096 2048"},
};

static void renders(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(rendered); i++) {
        struct site site = rendered[i].site;
        const struct site base = plain();
        struct buf out = {0};
        struct error e = {0};

        if (!site.dir)
            site.dir = base.dir;
        site.share = base.share;
        site.port = base.port;
        site.version = base.version;
        site.files = base.files;
        if (site.rate_scale == 0)
            site.rate_scale = base.rate_scale;
        if (site_render(&out, span_str(rendered[i].template), &site, &e) != 0 ||
            strcmp(buf_str(&out), rendered[i].want) != 0)
            fail_msg("%s: %s%s", rendered[i].name, buf_str(&out), e.text);
        buf_release(&out);
    }
}

static void unknown_name_is_refused_with_its_line(void **state)
{
    const struct site site = plain();
    struct buf out = {0};
    struct error e = {0};

    (void)state;
    assert_int_equal(site_render(&out, span_str("a\nb @NO_SUCH@"), &site, &e), ERR_SYNTAX);
    assert_string_equal(e.place, "line 2");
    buf_release(&out);
}

static void names_that_break_the_configuration_are_refused(void **state)
{
    static const char *const bad[] = {"/a\"b", "/a\\b", "/a$b", "/a:b", "/a;b", "/a{b", "/a\nb"};

    (void)state;
    for (size_t i = 0; i < LENGTH(bad); i++) {
        struct site site = plain();
        struct buf out = {0};
        struct error e = {0};

        site.dir = bad[i];
        assert_int_equal(site_render(&out, span_str(""), &site, &e), ERR_INVALID);
        assert_string_equal(e.place, "--dir");
        site = plain();
        site.share = bad[i];
        assert_int_equal(site_render(&out, span_str(""), &site, &e), ERR_INVALID);
        assert_string_equal(e.place, "--share");
        buf_release(&out);
    }
}

static void shipped_template_renders(void **state)
{
    const struct site site = plain();
    struct buf template = {0};
    struct buf out = {0};
    struct error e = {0};

    (void)state;
    assert_int_equal(file_read(&template, NEREID_SRCDIR "/nginx/nereid.conf.in", 1 << 20, NULL, &e),
                     0);
    assert_int_equal(site_render(&out, buf_span(&template), &site, &e), 0);
    assert_non_null(strstr(buf_str(&out), "listen 127.0.0.1:8443 ssl http2;"));
    assert_non_null(strstr(buf_str(&out), "server \"unix:/srv/n/run/admin.sock\""));
    assert_null(strstr(buf_str(&out), "@DIR"));
    buf_release(&template);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renders),
        cmocka_unit_test(unknown_name_is_refused_with_its_line),
        cmocka_unit_test(names_that_break_the_configuration_are_refused),
        cmocka_unit_test(shipped_template_renders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
