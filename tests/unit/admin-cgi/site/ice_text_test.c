/* ice-servers.json as a list: read, one element changed, the others byte for byte. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "admin-cgi/site/ice_text.h"

#include <string.h>

#include "common/macros.h"

#define FIRST "{\"urls\":   [\"stun:a.example\"]}"
#define SECOND                                                                                     \
    "{\"URLs\": [\"turn:b.example\"], \"username\": \"u\", \"credential\": \"c\", \"x\": 1}"
static const char two[] = "[\n\t" FIRST ",\n\t" SECOND "\n]\n";

static void rows(void **state)
{
    struct ice_row *list;
    struct arena a = {0};
    size_t n;

    (void)state;
    assert_int_equal(ice_text_read(&list, &n, &a, span_str(two), NULL), 0);
    assert_int_equal(n, 2);
    assert_string_equal(list[0].urls, "stun:a.example");
    assert_int_equal(list[0].login, ICE_NO_LOGIN);
    assert_null(list[0].problem);
    assert_string_equal(list[1].urls, "turn:b.example");
    assert_string_equal(list[1].username, "u");
    assert_int_equal(list[1].login, ICE_PASSWORD);
    assert_true(list[1].has_credential);
    assert_int_equal(ice_text_read(&list, &n, &a, span_str("[{\"urls\": \"x\"}, 3]"), NULL), 0);
    assert_non_null(list[0].problem);
    assert_non_null(list[1].problem);
    assert_true(ice_text_read(&list, &n, &a, span_str("{}"), NULL) < 0);
    assert_true(ice_text_read(&list, &n, &a, span_str("["), NULL) < 0);
    arena_release(&a);
}

static void put(const char *text, size_t index, const struct ice_entry *entry, const char *expected)
{
    struct buf out = {0};
    struct error e = {0};

    assert_int_equal(ice_text_put(&out, span_str(text), index, entry, &e), 0);
    assert_string_equal(buf_str(&out), expected);
    buf_release(&out);
}

static void changed(void **state)
{
    const struct ice_entry stun = {.urls = "stun:c.example\n\n stun:d.example:3479 ",
                                   .login = ICE_NO_LOGIN,
                                   .username = "",
                                   .credential = ""};
    const struct ice_entry kept = {
        .urls = "turn:e.example", .login = ICE_HMAC, .username = "", .credential = ""};

    (void)state;
    put("[\n]\n", SIZE_MAX, &stun,
        "[\n  { \"urls\": [ \"stun:c.example\", \"stun:d.example:3479\" ] }\n]\n");
    put(two, SIZE_MAX, &stun,
        "[\n\t" FIRST ",\n\t" SECOND
        ",\n  { \"urls\": [ \"stun:c.example\", \"stun:d.example:3479\" ] }\n]\n");
    put(two, 1, &kept,
        "[\n\t" FIRST ",\n\t{ \"URLs\": [ \"turn:e.example\" ], \"credential\": \"c\", \"x\": 1, "
        "\"credentialType\": \"hmac-sha1\" }\n]\n");
    put(two, 1, &stun,
        "[\n\t" FIRST
        ",\n\t{ \"URLs\": [ \"stun:c.example\", \"stun:d.example:3479\" ], \"x\": 1 }\n]\n");
}

static void refused(void **state)
{
    static const struct {
        struct ice_entry entry;
        const char *field;
    } cases[] = {
        {{"", ICE_NO_LOGIN, "", ""}, "urls"},
        {{"http://x", ICE_NO_LOGIN, "", ""}, "urls"},
        {{"turn:x", ICE_NO_LOGIN, "", ""}, "login"},
        {{"turn:x", ICE_PASSWORD, "", "p"}, "username"},
        {{"turn:x", ICE_PASSWORD, "u", ""}, "credential"},
        {{"turn:x", ICE_HMAC, "", ""}, "credential"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct buf out = {0};
        struct error e = {0};

        assert_int_equal(ice_text_put(&out, span_str("[]"), 0, &cases[i].entry, &e), ERR_INVALID);
        assert_string_equal(e.place, cases[i].field);
        assert_int_equal(buf_span(&out).len, 0);
        buf_release(&out);
    }
}

static void moved(void **state)
{
    struct buf out = {0};
    struct error e = {0};

    (void)state;
    assert_int_equal(ice_text_raise(&out, span_str(two), 1, &e), 0);
    assert_string_equal(buf_str(&out), "[\n\t" SECOND ",\n\t" FIRST "\n]\n");
    buf_clear(&out);
    assert_int_equal(ice_text_raise(&out, span_str(two), 0, &e), ERR_NOT_FOUND);
    assert_int_equal(ice_text_raise(&out, span_str(two), 2, &e), ERR_NOT_FOUND);
    assert_int_equal(ice_text_remove(&out, span_str(two), 2, &e), ERR_NOT_FOUND);
    assert_int_equal(ice_text_remove(&out, span_str(two), SIZE_MAX, &e), ERR_NOT_FOUND);
    assert_int_equal(buf_span(&out).len, 0);
    assert_int_equal(ice_text_remove(&out, span_str(two), 0, &e), 0);
    assert_string_equal(buf_str(&out), "[\n\t" SECOND "\n]\n");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),
        cmocka_unit_test(changed),
        cmocka_unit_test(refused),
        cmocka_unit_test(moved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
