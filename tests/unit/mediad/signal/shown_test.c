/* What a receiver says of how it shows a stream's video. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/signal/shown.h"

static int update(struct shown *s, const char *text, struct error *e)
{
    struct json_object *value = json_tokener_parse(text);
    int r = shown_update(s, value, e);

    json_object_put(value);
    return r;
}

static void what_is_absent_stays(void **state)
{
    struct shown s = {0};

    (void)state;
    assert_int_equal(shown_update(&s, NULL, NULL), 0);
    assert_int_equal(update(&s, "{\"pinned\":true,\"height\":360,\"colour\":1}", NULL), 0);
    assert_true(s.is_pinned && !s.is_hidden && s.height == 360);
    assert_int_equal(update(&s, "{\"hidden\":true,\"height\":null}", NULL), 0);
    assert_true(s.is_pinned && s.is_hidden && s.height == 360);
    assert_int_equal(update(&s, "{}", NULL), 0);
    assert_true(s.is_pinned && s.is_hidden && s.height == 360);
    assert_int_equal(update(&s, "{\"Pinned\":false,\"hidden\":false,\"height\":16384.0}", NULL), 0);
    assert_true(!s.is_pinned && !s.is_hidden && s.height == 16384);
    assert_int_equal(update(&s, "{\"height\":0}", NULL), 0);
    assert_int_equal(s.height, 0);
}

static void bad_ones_change_nothing(void **state)
{
    static const struct {
        const char *text, *place;
    } rows[] = {
        {"[]", "value"},
        {"\"pinned\"", "value"},
        {"true", "value"},
        {"{\"pinned\":1}", "value.pinned"},
        {"{\"pinned\":\"true\"}", "value.pinned"},
        {"{\"pinned\":false,\"hidden\":\"\"}", "value.hidden"},
        {"{\"height\":-1}", "value.height"},
        {"{\"height\":16385}", "value.height"},
        {"{\"height\":0.5}", "value.height"},
        {"{\"height\":1e300}", "value.height"},
        {"{\"height\":\"360\"}", "value.height"},
        {"{\"height\":{},\"hidden\":true}", "value.height"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct shown s = {.is_pinned = true, .height = 7};
        struct error e = {0};
        int r = update(&s, rows[i].text, &e);

        if (r != ERR_INVALID || strcmp(e.place, rows[i].place) != 0 || *e.text == '\0')
            fail_msg("%s: %d, %s: %s", rows[i].text, r, e.place, e.text);
        assert_true(s.is_pinned && !s.is_hidden && s.height == 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_absent_stays),
        cmocka_unit_test(bad_ones_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
