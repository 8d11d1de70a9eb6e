/* Addresses of STUN and TURN servers: the forms of RFC 7064 and RFC 7065, and what is none. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/ice_url.h"

#include "common/macros.h"

static void taken(void **state)
{
    static const struct {
        const char *text, *host;
        unsigned port;
        bool is_turn, is_tls, is_tcp;
    } rows[] = {
        {"stun:a.example", "a.example", 3478, false, false, false},
        {"stun:a.example:99", "a.example", 99, false, false, false},
        {"stuns:a.example", "a.example", 5349, false, true, true},
        {"turn:192.0.2.1", "192.0.2.1", 3478, true, false, false},
        {"turn:a.example?transport=udp", "a.example", 3478, true, false, false},
        {"turn:a.example:80?transport=tcp", "a.example", 80, true, false, true},
        {"turns:a.example:443?transport=tcp", "a.example", 443, true, true, true},
        {"turn:[2001:db8::1]", "2001:db8::1", 3478, true, false, false},
        {"turn:[2001:db8::1]:7", "2001:db8::1", 7, true, false, false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct ice_url url;

        assert_true(ice_url_parse(&url, span_str(rows[i].text)));
        assert_string_equal(url.host, rows[i].host);
        assert_int_equal(url.port, rows[i].port);
        assert_int_equal(url.is_turn, rows[i].is_turn);
        assert_int_equal(url.is_tls, rows[i].is_tls);
        assert_int_equal(url.is_tcp, rows[i].is_tcp);
    }
}

static void refused(void **state)
{
    static const char *const rows[] = {"",
                                       "stun:",
                                       "stun::3478",
                                       "http:a",
                                       "turn:a:0",
                                       "turn:a:65536",
                                       "turn:a:",
                                       "turn:a:x",
                                       "turn:[2001:db8::1",
                                       "turn:[]",
                                       "turn:[::1]x",
                                       "turn:a?transport=sctp",
                                       "turns:a?transport=udp",
                                       "stun:a?transport=tcp",
                                       "turn:a?"};
    struct ice_url url;

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_false(ice_url_parse(&url, span_str(rows[i])));
    assert_false(ice_url_parse(&url, span_of("stun:a\0b", 8)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taken),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
