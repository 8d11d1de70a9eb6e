#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/candidate.h"

static void test_parse(void **state)
{
    static const struct {
        const char *name;
        const char *line;
        int code;
        enum candidate_type type;
        enum candidate_transport transport;
        bool is_mdns;
    } rows[] = {
        {"Chromium's host",
         "candidate:1144120651 1 udp 2122194687 192.0.2.2 46557 typ host generation 0 ufrag 95Uq "
         "network-id 1",
         0, CANDIDATE_HOST, CANDIDATE_UDP, false},
        {"hidden by mDNS",
         "candidate:1 1 udp 2122194687 1f4712db-ea17-4bcf-a596-105139dfd8bf.local 46557 typ host",
         0, CANDIDATE_HOST, CANDIDATE_UDP, true},
        {"Firefox's TCP, IPv6", "candidate:3 1 TCP 2105524479 fd00::2 9 typ host tcptype active", 0,
         CANDIDATE_HOST, CANDIDATE_TCP, false},
        {"reflexive, as an SDP line",
         "a=candidate:4 1 UDP 1685987327 203.0.113.9 5 typ srflx raddr 0.0.0.0 rport 0\r\n", 0,
         CANDIDATE_SRFLX, CANDIDATE_UDP, false},
        {"relayed", "candidate:+/ 256 udp 4294967295 203.0.113.9 65535 typ relay", 0,
         CANDIDATE_RELAY, CANDIDATE_UDP, false},
        {"peer-reflexive", "candidate:a 1 sctp 0 a.example 0 typ prflx", 0, CANDIDATE_PRFLX,
         CANDIDATE_OTHER_TRANSPORT, false},
        {"empty", "", ERR_SYNTAX, 0, 0, false},
        {"another attribute", "a=mid:0", ERR_SYNTAX, 0, 0, false},
        {"no foundation", "candidate:", ERR_SYNTAX, 0, 0, false},
        {"foundation with odd letters", "candidate:a- 1 udp 1 192.0.2.2 1 typ host", ERR_SYNTAX, 0,
         0, false},
        {"component 0", "candidate:a 0 udp 1 192.0.2.2 1 typ host", ERR_SYNTAX, 0, 0, false},
        {"component 257", "candidate:a 257 udp 1 192.0.2.2 1 typ host", ERR_SYNTAX, 0, 0, false},
        {"priority too large", "candidate:a 1 udp 4294967296 192.0.2.2 1 typ host", ERR_SYNTAX, 0,
         0, false},
        {"negative priority", "candidate:a 1 udp -1 192.0.2.2 1 typ host", ERR_SYNTAX, 0, 0, false},
        {"address with odd letters", "candidate:a 1 udp 1 192.0.2.2/8 1 typ host", ERR_SYNTAX, 0, 0,
         false},
        {"port too large", "candidate:a 1 udp 1 192.0.2.2 65536 typ host", ERR_SYNTAX, 0, 0, false},
        {"no typ", "candidate:a 1 udp 1 192.0.2.2 1 host", ERR_SYNTAX, 0, 0, false},
        {"unknown type", "candidate:a 1 udp 1 192.0.2.2 1 typ magic", ERR_SYNTAX, 0, 0, false},
        {"cut off", "candidate:a 1 udp 1 192.0.2.2", ERR_SYNTAX, 0, 0, false},
        {"a line end inside", "candidate:a 1 udp 1 192.0.2.2 1 typ host\r\na=x", ERR_SYNTAX, 0, 0,
         false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct candidate c = {.port = 7};
        struct error e = {0};
        int r = candidate_parse(&c, span_str(rows[i].line), &e);

        if (r != rows[i].code)
            print_error("%s: %d %s\n", rows[i].name, r, e.text);
        assert_int_equal(r, rows[i].code);
        if (r < 0) {
            assert_int_equal(c.port, 7);
            assert_string_equal(e.place, "candidate");
            continue;
        }
        assert_int_equal(c.type, rows[i].type);
        assert_int_equal(c.transport, rows[i].transport);
        assert_int_equal(c.is_mdns, rows[i].is_mdns);
    }
}

static void test_too_long(void **state)
{
    char line[1100];
    struct candidate c;

    (void)state;
    memset(line, ' ', sizeof line);
    assert_int_equal(candidate_parse(&c, span_of(line, sizeof line), NULL), ERR_TOO_LARGE);
}

static void test_host(void **state)
{
    struct candidate first, second, again;
    struct buf b = {0};

    (void)state;
    candidate_host(&first, "192.0.2.7", 8444, 0);
    candidate_host(&second, "2001:db8::7", 8444, 1);
    assert_true(first.priority > second.priority);
    assert_string_not_equal(first.foundation, second.foundation);
    candidate_write(&b, &first);
    assert_string_equal(buf_str(&b), "candidate:1 1 udp 2130706431 192.0.2.7 8444 typ host");
    buf_clear(&b);
    candidate_write(&b, &second);
    assert_int_equal(candidate_parse(&again, buf_span(&b), NULL), 0);
    assert_string_equal(again.address, "2001:db8::7");
    assert_int_equal(again.priority, second.priority);
    assert_int_equal(again.port, 8444);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
