/* The supervisor's command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "supervisor/options.h"

#define ARGS_MAX 40

static int parse(struct options *o, const char *const *args, struct error *e)
{
    char *argv[ARGS_MAX] = {(char *)"nereid-supervisor"};
    int argc = 1;

    while (*args)
        argv[argc++] = (char *)*args++;
    return options_parse(o, argc, argv, e);
}

static void defaults(void **state)
{
    const char *const args[] = {NULL};
    struct options o;

    (void)state;
    assert_int_equal(parse(&o, args, NULL), 0);
    assert_int_equal(o.port, 8443);
    assert_int_equal(o.udp_port, 8444);
    assert_null(o.listen);
    assert_null(o.media_listen);
    assert_int_equal(o.announce_count, 0);
    assert_int_equal(o.rate_scale, 1);
    assert_int_equal(o.nginx_workers, 0);
    assert_false(o.access_log);
}

static void plain_http_and_its_proxies(void **state)
{
    static const struct {
        const char *http, *trust;
        bool is_good;
        const char *address; /* "": loopback */
        unsigned port;
    } rows[] = {
        {"8080", "10.0.0.0/8", true, "", 8080},
        {"192.0.2.1:80", "192.0.2.7", true, "192.0.2.1", 80},
        {"[::1]:80", "2001:db8::/32", true, "::1", 80},
        {"0.0.0.0:80", "::/0", true, "0.0.0.0", 80},
        {"", "::1", false, "", 0},
        {"0", "::1", false, "", 0},
        {"65536", "::1", false, "", 0},
        {":80", "::1", false, "", 0},
        {"::1:80", "::1", false, "", 0},
        {"[192.0.2.1]:80", "::1", false, "", 0},
        {"[::1]", "::1", false, "", 0},
        {"host:80", "::1", false, "", 0},
        {"192.0.2.1:", "::1", false, "", 0},
        {"8443", "::1", false, "", 0}, /* the HTTPS port */
        {"80", "proxy", false, "", 0},
        {"80", "", false, "", 0},
        {"80", "10.0.0.0/", false, "", 0},
        {"80", "10.0.0.0/33", false, "", 0},
        {"80", "10.0.0.0/8/8", false, "", 0},
        {"80", "::/129", false, "", 0},
        {"80", "10.0.0.0/8;", false, "", 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        const char *const args[] = {"--http", rows[i].http, "--trust", rows[i].trust, NULL};
        struct options o = {0};

        if ((parse(&o, args, NULL) == 0) != rows[i].is_good ||
            strcmp(o.http_address, rows[i].address) != 0 || o.http_port != rows[i].port ||
            o.trust_count != rows[i].is_good)
            fail_msg("--http %s --trust %s", rows[i].http, rows[i].trust);
    }
}

static void all_given(void **state)
{
    const char *const args[] = {"--dir",
                                "d",
                                "--port=1",
                                "--udp-port",
                                "65535",
                                "--listen",
                                "all",
                                "--announce",
                                "192.0.2.1",
                                "--announce",
                                "2001:db8::1",
                                "--programs",
                                "p",
                                "--share",
                                "s",
                                "--media-listen",
                                "127.0.0.1",
                                "--rate-scale",
                                "7",
                                "--access-log",
                                "--nginx-workers=3",
                                NULL};
    struct options o;

    (void)state;
    assert_int_equal(parse(&o, args, NULL), 0);
    assert_string_equal(o.dir, "d");
    assert_int_equal(o.port, 1);
    assert_int_equal(o.udp_port, 65535);
    assert_string_equal(o.listen, "all");
    assert_int_equal(o.announce_count, 2);
    assert_string_equal(o.announce[0], "192.0.2.1");
    assert_string_equal(o.announce[1], "2001:db8::1");
    assert_string_equal(o.programs, "p");
    assert_string_equal(o.share, "s");
    assert_string_equal(o.media_listen, "127.0.0.1");
    assert_int_equal(o.rate_scale, 7);
    assert_int_equal(o.nginx_workers, 3);
    assert_true(o.access_log);
}

static const struct {
    const char *name;
    const char *args[6];
    const char *says; /* in place or text */
} refused[] = {
    {"port is a word", {"--port", "x"}, "--port"},
    {"port zero", {"--port", "0"}, "--port"},
    {"port too large", {"--port", "65536"}, "--port"},
    {"port with sign", {"--port", "+1"}, "--port"},
    {"port with rest", {"--port", "80a"}, "--port"},
    {"port without value", {"--port"}, "--port"},
    {"udp port equals port", {"--port", "9000", "--udp-port", "9000"}, "--udp-port"},
    {"listen on a name", {"--listen", "localhost"}, "--listen"},
    {"listen on nothing", {"--listen", ""}, "--listen"},
    {"media on a name", {"--media-listen", "all"}, "--media-listen"},
    {"announce with port", {"--announce", "192.0.2.1:80"}, "--announce"},
    {"announce with zone", {"--announce", "fe80::1%eth0"}, "--announce"},
    {"no worker of nginx", {"--nginx-workers", "0"}, "--nginx-workers"},
    {"directory empty", {"--dir", ""}, "--dir"},
    {"unknown option", {"--bogus"}, "--bogus"},
    {"unknown short option", {"-x"}, "option -x "},
    {"several of them", {"-abc"}, "option -a "},
    {"stray argument", {"stray"}, "stray"},
    {"flag with value", {"--access-log=1"}, "--access-log"},
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(refused); i++) {
        struct options o = {.port = 77};
        struct error e = {0};
        char text[400];

        if (parse(&o, refused[i].args, &e) != ERR_INVALID ||
            !strstr(error_describe(&e, text, sizeof text), refused[i].says))
            fail_msg("%s: code %d, %s", refused[i].name, e.code, text);
        assert_int_equal(o.port, 77);
    }
}

static void announces_are_bounded(void **state)
{
    const char *args[2 * (OPTIONS_ANNOUNCE_MAX + 1) + 1];
    struct options o;
    struct error e = {0};

    (void)state;
    for (size_t i = 0; i <= OPTIONS_ANNOUNCE_MAX; i++) {
        args[2 * i] = "--announce";
        args[2 * i + 1] = "192.0.2.1";
    }
    args[2 * OPTIONS_ANNOUNCE_MAX] = NULL;
    assert_int_equal(parse(&o, args, &e), 0);
    assert_int_equal(o.announce_count, OPTIONS_ANNOUNCE_MAX);
    args[2 * OPTIONS_ANNOUNCE_MAX] = "--announce";
    args[2 * (OPTIONS_ANNOUNCE_MAX + 1)] = NULL;
    assert_int_equal(parse(&o, args, &e), ERR_INVALID);
    assert_string_equal(e.place, "--announce");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(plain_http_and_its_proxies),
        cmocka_unit_test(all_given),
        cmocka_unit_test(refuses),
        cmocka_unit_test(announces_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
