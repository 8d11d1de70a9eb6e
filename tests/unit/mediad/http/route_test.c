#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/http/route.h"

static void test_routes(void **state)
{
    static const struct {
        const char *uri;
        enum route want;
        const char *group, *query;
    } rows[] = {
        {"/ws", ROUTE_WEBSOCKET, "", ""},
        {"/ws?x", ROUTE_WEBSOCKET, "", "?x"},
        {"/ws/", ROUTE_NONE, "", ""},
        {"/public-groups.json", ROUTE_PUBLIC_GROUPS, "", ""},
        {"/group", ROUTE_GROUP_ROOT, "", ""},
        {"/group?token=t", ROUTE_GROUP_ROOT, "", "?token=t"},
        {"/group/", ROUTE_NONE, "", ""},
        {"/group/demo/", ROUTE_GROUP, "demo", ""},
        {"/group/demo/?token=a/b", ROUTE_GROUP, "demo", "?token=a/b"},
        {"/group/demo", ROUTE_GROUP_BARE, "demo", ""},
        {"/group/a/b/c/", ROUTE_GROUP, "a/b/c", ""},
        {"/group/demo/.status", ROUTE_STATUS, "demo", ""},
        {"/group/a/b/.status", ROUTE_STATUS, "a/b", ""},
        {"/group/demo/.status.json", ROUTE_STATUS_JSON, "demo", ""},
        {"/group/demo/.status/", ROUTE_NONE, "", ""},
        {"/group/demo/.status/x", ROUTE_NONE, "", ""},
        {"/group/.status", ROUTE_NONE, "", ""},
        {"/group/demo/.whip", ROUTE_WHIP, "demo", ""},
        {"/group/a/b/.whip?x", ROUTE_WHIP, "a/b", "?x"},
        {"/group/demo/.whip/", ROUTE_WHIP_SLASH, "demo", ""},
        {"/group/demo/.whip//", ROUTE_NONE, "", ""},
        {"/group/demo/.whip/a-_Z", ROUTE_WHIP_SESSION, "demo", ""},
        {"/group/demo/.whip/a/", ROUTE_NONE, "", ""},
        {"/group/demo/.whip/a/b", ROUTE_NONE, "", ""},
        {"/group/demo/.whip/a%2Fb", ROUTE_NONE, "", ""},
        {"/group/demo//.whip", ROUTE_NONE, "", ""},
        {"/group/a/b/.whep?label=x", ROUTE_WHEP, "a/b", "?label=x"},
        {"/group/demo/.whep/", ROUTE_WHEP_SLASH, "demo", ""},
        {"/group/demo/.whep/a-_Z", ROUTE_WHEP_SESSION, "demo", ""},
        {"/group/demo/.whepx", ROUTE_NONE, "", ""},
        {"/group/.whip", ROUTE_NONE, "", ""},
        {"/group/.whip/x", ROUTE_NONE, "", ""},
        {"/group/demo/.other", ROUTE_NONE, "", ""},
        {"/group//demo/", ROUTE_NONE, "", ""},
        {"/group/demo//", ROUTE_NONE, "", ""},
        {"/group/demo//.status", ROUTE_NONE, "", ""},
        {"/group/a/../b/", ROUTE_NONE, "", ""},
        {"/group/./b/", ROUTE_NONE, "", ""},
        {"/group/%2e%2e/b/", ROUTE_NONE, "", ""},
        {"/group/a%2Fb/", ROUTE_NONE, "", ""},
        {"/group/a%5Cb/", ROUTE_NONE, "", ""},
        {"/group/a%00b/", ROUTE_NONE, "", ""},
        {"/group/a%0ab/", ROUTE_NONE, "", ""},
        {"/group/a%/", ROUTE_NONE, "", ""},
        {"/group/a%4/", ROUTE_NONE, "", ""},
        {"/group/a%4g/", ROUTE_NONE, "", ""},
        {"/group/%C0%AF/", ROUTE_NONE, "", ""},
        {"/group/caf%C3%A9/", ROUTE_GROUP, "caf\xc3\xa9", ""},
        {"/group/a%20b/", ROUTE_GROUP, "a b", ""},
        {"/group/a+b/", ROUTE_GROUP, "a+b", ""},
        {"/group/a%2541/", ROUTE_GROUP, "a%41", ""},
        {"/groups/demo/", ROUTE_NONE, "", ""},
        {"/group/demo?", ROUTE_GROUP_BARE, "demo", "?"},
        {"/galene-api/..%2Fgroup/x", ROUTE_NONE, "", ""},
        {"", ROUTE_NONE, "", ""},
        {"*", ROUTE_NONE, "", ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct route_match m;

        route_find(&m, span_str(rows[i].uri));
        if (m.route != rows[i].want || strcmp(m.group, rows[i].group) != 0 ||
            !span_eq_str(m.query, rows[i].query))
            fail_msg("%s: route %d, group '%s'", rows[i].uri, (int)m.route, m.group);
    }
}

static void test_long_names(void **state)
{
    char uri[8 * GROUP_NAME_MAX];
    struct route_match m;

    (void)state;
    memset(uri, 'a', sizeof uri - 1);
    uri[sizeof uri - 1] = '\0';
    memcpy(uri, "/group/", 7);
    route_find(&m, span_str(uri));
    assert_int_equal(m.route, ROUTE_NONE);
    /* elements of 250 bytes: the fourth is one too many for the whole name */
    for (size_t i = 257; i < sizeof uri - 1; i += 251)
        uri[i] = '/';
    route_find(&m, span_of(uri, 7 + 3 * 251));
    assert_int_equal(m.route, ROUTE_GROUP);
    route_find(&m, span_of(uri, 7 + 4 * 251));
    assert_int_equal(m.route, ROUTE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_long_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
