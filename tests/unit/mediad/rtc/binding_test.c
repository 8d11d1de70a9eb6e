#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <stun/usages/ice.h>

#include "common/macros.h"
#include "mediad/rtc/binding.h"

/* RFC 5769 section 2.1: a request of an ICE-controlled agent. */
static const uint8_t rfc5769_request[] = {
    0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
    0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
    0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
    0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
    0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
    0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf};

#define LOCAL "localfragment"
#define LOCAL_PWD "local-password-of-32-characters"
#define REMOTE "remo"

static struct net_address source_address(const char *text)
{
    struct net_address a;

    assert_true(net_address_parse(&a, text));
    a.port = 40000;
    return a;
}

static int error_code(const uint8_t *reply, size_t len)
{
    StunMessage m = {.buffer = (uint8_t *)(uintptr_t)reply, .buffer_len = len};
    int code = 0;

    if (stun_message_get_class(&m) != STUN_ERROR)
        return 0;
    assert_int_equal(STUN_MESSAGE_RETURN_SUCCESS, stun_message_find_error(&m, &code));
    return code;
}

static void test_rfc5769(void **state)
{
    struct binding b;
    uint8_t reply[BINDING_REPLY_MAX];
    struct net_address source = source_address("192.0.2.1");
    struct span request = span_of(rfc5769_request, sizeof rfc5769_request);
    struct span ufrag;

    (void)state;
    binding_init(&b);
    assert_true(binding_peek_ufrag(request, &ufrag));
    assert_true(span_eq_str(ufrag, "evtj"));
    /* authentic, but we are controlled ourselves: 487 */
    struct binding_result r =
        binding_check(&b, request, "evtj", "VOkJxbRl1RmTxUk/WvJxBt", "h6vY", &source, reply);

    assert_int_equal(BINDING_REFUSE, r.verdict);
    assert_int_equal(487, error_code(reply, r.reply_len));
    r = binding_check(&b, request, "evtj", "VOkJxbRl1RmTxUk/WvJxBT", "h6vY", &source, reply);
    assert_int_equal(BINDING_DROP, r.verdict);
    assert_int_equal(0, r.reply_len);
    r = binding_check(&b, request, "evtj", "VOkJxbRl1RmTxUk/WvJxBt", "h6vZ", &source, reply);
    assert_int_equal(BINDING_DROP, r.verdict);
}

/* ---- requests as libnice's client side builds them, and what can be wrong with one ---- */

enum flaw {
    FLAWLESS,
    NO_FINGERPRINT,
    BAD_FINGERPRINT,
    NO_INTEGRITY,
    BAD_PASSWORD,
    BAD_USER,
    NO_PRIORITY,
    CONTROLLED,
    UNKNOWN_ATTRIBUTE,
    INDICATION,
    RESPONSE,
    TRUNCATED,
    LENGTHENED,
    NOT_STUN,
};

struct request_options {
    enum flaw flaw;
    bool use_candidate;
    uint32_t nomination;
};

static size_t build(uint8_t out[512], const struct request_options *o)
{
    static const uint16_t known[] = {STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, 0};
    const char *name = o->flaw == BAD_USER ? "elsewhere:" REMOTE : LOCAL ":" REMOTE;
    const char *pwd = o->flaw == BAD_PASSWORD ? "another-password-of-32-characters" : LOCAL_PWD;
    StunAgentUsageFlags flags = STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS;
    StunAgent agent;
    StunMessage m;

    if (o->flaw != NO_FINGERPRINT)
        flags |= STUN_AGENT_USAGE_USE_FINGERPRINT;
    stun_agent_init(&agent, known, STUN_COMPATIBILITY_RFC5389, flags);
    if (o->flaw == INDICATION)
        assert_true(stun_agent_init_indication(&agent, &m, out, 512, STUN_BINDING));
    else
        assert_true(stun_agent_init_request(&agent, &m, out, 512, STUN_BINDING));
    if (o->use_candidate)
        stun_message_append_flag(&m, STUN_ATTRIBUTE_USE_CANDIDATE);
    if (o->nomination)
        stun_message_append32(&m, STUN_ATTRIBUTE_NOMINATION, o->nomination);
    if (o->flaw != NO_PRIORITY)
        stun_message_append32(&m, STUN_ATTRIBUTE_PRIORITY, 1853824767);
    stun_message_append64(
        &m, o->flaw == CONTROLLED ? STUN_ATTRIBUTE_ICE_CONTROLLED : STUN_ATTRIBUTE_ICE_CONTROLLING,
        42);
    if (o->flaw == UNKNOWN_ATTRIBUTE)
        stun_message_append32(&m, (StunAttribute)0x7abc, 1);
    stun_message_append_string(&m, STUN_ATTRIBUTE_USERNAME, name);
    size_t len = stun_agent_finish_message(&agent, &m, (const uint8_t *)pwd,
                                           o->flaw == NO_INTEGRITY ? 0 : strlen(pwd));

    assert_true(len > 0);
    if (o->flaw == BAD_FINGERPRINT)
        out[len - 1] ^= 1;
    if (o->flaw == RESPONSE)
        out[0] = 1;
    if (o->flaw == NOT_STUN)
        out[4] ^= 1;
    if (o->flaw == TRUNCATED)
        len -= 4;
    if (o->flaw == LENGTHENED)
        memset(out + len, 0, 4), len += 4;
    return len;
}

static void test_requests(void **state)
{
    static const struct {
        const char *name;
        struct request_options options;
        enum binding_verdict verdict;
        int error;
        bool is_nominating;
    } rows[] = {
        {"plain", {.flaw = FLAWLESS}, BINDING_VALID, 0, false},
        {"nominating", {.use_candidate = true}, BINDING_VALID, 0, true},
        {"renominating", {.nomination = 7}, BINDING_VALID, 0, true},
        {"no fingerprint", {.flaw = NO_FINGERPRINT}, BINDING_DROP, 0, false},
        {"wrong fingerprint", {.flaw = BAD_FINGERPRINT}, BINDING_DROP, 0, false},
        {"no integrity", {.flaw = NO_INTEGRITY}, BINDING_DROP, 0, false},
        {"wrong password", {.flaw = BAD_PASSWORD}, BINDING_DROP, 0, false},
        {"wrong user", {.flaw = BAD_USER}, BINDING_DROP, 0, false},
        {"no priority", {.flaw = NO_PRIORITY}, BINDING_REFUSE, 400, false},
        {"controlled peer", {.flaw = CONTROLLED}, BINDING_REFUSE, 487, false},
        {"unknown attribute", {.flaw = UNKNOWN_ATTRIBUTE}, BINDING_REFUSE, 420, false},
        {"indication", {.flaw = INDICATION}, BINDING_DROP, 0, false},
        {"response", {.flaw = RESPONSE}, BINDING_DROP, 0, false},
        {"truncated", {.flaw = TRUNCATED}, BINDING_DROP, 0, false},
        {"with a tail", {.flaw = LENGTHENED}, BINDING_DROP, 0, false},
        {"other cookie", {.flaw = NOT_STUN}, BINDING_DROP, 0, false},
    };
    static const char *const sources[] = {"192.0.2.1", "2001:db8::1"};
    struct binding b;

    (void)state;
    binding_init(&b);
    for (size_t i = 0; i < LENGTH(rows) * LENGTH(sources); i++) {
        struct net_address source = source_address(sources[i % 2]);
        uint8_t request[512], reply[BINDING_REPLY_MAX];
        size_t len = build(request, &rows[i / 2].options);
        struct binding_result r =
            binding_check(&b, span_of(request, len), LOCAL, LOCAL_PWD, REMOTE, &source, reply);

        print_message("row: %s\n", rows[i / 2].name);
        assert_int_equal(rows[i / 2].verdict, r.verdict);
        assert_int_equal(rows[i / 2].is_nominating, r.is_nominating);
        assert_int_equal(rows[i / 2].options.nomination, r.nomination);
        /* SEC-39: never more bytes out than came in, and none unless integrity holds */
        assert_true(r.reply_len <= len);
        assert_int_equal(r.verdict == BINDING_DROP, r.reply_len == 0);
        if (r.reply_len)
            assert_int_equal(rows[i / 2].error, error_code(reply, r.reply_len));
        if (r.verdict == BINDING_VALID)
            assert_int_equal(source.family == 4 ? 64 : 76, r.reply_len);
    }
}

/* The reply is what a client accepts, and tells it its address. */
static void test_reply_is_valid(void **state)
{
    static const uint16_t known[] = {STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS,
                                     STUN_ATTRIBUTE_MESSAGE_INTEGRITY, STUN_ATTRIBUTE_USERNAME, 0};
    struct binding b;
    StunAgent client;
    StunMessage m, response;
    uint8_t request[512], reply[BINDING_REPLY_MAX];
    struct net_address source = source_address("198.51.100.7"), seen;
    struct sockaddr_storage address;
    socklen_t address_len = sizeof address;
    const char *name = LOCAL ":" REMOTE;

    (void)state;
    binding_init(&b);
    stun_agent_init(&client, known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    size_t len = stun_usage_ice_conncheck_create(
        &client, &m, request, sizeof request, (const uint8_t *)name, strlen(name),
        (const uint8_t *)LOCAL_PWD, strlen(LOCAL_PWD), true, true, 1, 42, NULL,
        STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    struct binding_result r =
        binding_check(&b, span_of(request, len), LOCAL, LOCAL_PWD, NULL, &source, reply);

    assert_int_equal(BINDING_VALID, r.verdict);
    assert_int_equal(STUN_VALIDATION_SUCCESS,
                     stun_agent_validate(&client, &response, reply, r.reply_len, NULL, NULL));
    assert_int_equal(STUN_USAGE_ICE_RETURN_SUCCESS,
                     stun_usage_ice_conncheck_process(&response, &address, &address_len,
                                                      STUN_USAGE_ICE_COMPATIBILITY_RFC5245));
    assert_true(net_address_from_sockaddr(&seen, &address));
    assert_true(net_address_eq(&source, &seen));
}

/* ---- checks of our own ---- */

/* RFC 8445 section 7.1: what is asked, and which answers count. */
static void test_question(void **state)
{
    static const uint16_t known[] = {STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
                                     STUN_ATTRIBUTE_PRIORITY, 0};
    static const uint8_t id[BINDING_ID_SIZE] = "twelve bytes";
    static const char pwd[] = "remote-password-of-22-", other[] = "another-password-of-22";
    static const char name[] = REMOTE ":" LOCAL;
    struct binding_question q = {LOCAL, REMOTE, pwd, id}, wrong = {LOCAL, REMOTE, other, id};
    StunDefaultValidaterData users[] = {
        {(uint8_t *)(uintptr_t)name, strlen(name), (uint8_t *)(uintptr_t)pwd, strlen(pwd)},
        {NULL, 0, NULL, 0}};
    uint8_t asked[BINDING_CHECK_MAX], reply[BINDING_REPLY_MAX];
    struct binding b;
    StunAgent peer;
    StunMessage m, answer;
    uint32_t priority = 0;

    (void)state;
    binding_init(&b);
    stun_agent_init(&peer, known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    size_t len = binding_ask(&b, &q, asked);

    assert_true(len > 0);
    assert_memory_equal(id, binding_id(span_of(asked, len)), sizeof id);
    assert_int_equal(
        STUN_VALIDATION_SUCCESS,
        stun_agent_validate(&peer, &m, asked, len, stun_agent_default_validater, users));
    assert_int_equal(STUN_MESSAGE_RETURN_SUCCESS,
                     stun_message_find32(&m, STUN_ATTRIBUTE_PRIORITY, &priority));
    assert_int_equal(110, priority >> 24); /* peer-reflexive */
    assert_true(stun_message_has_attribute(&m, STUN_ATTRIBUTE_ICE_CONTROLLED));
    assert_false(stun_message_has_attribute(&m, STUN_ATTRIBUTE_USE_CANDIDATE));
    assert_false(binding_is_answer(span_of(asked, len)));
    assert_false(binding_is_answered(&b, &q, span_of(asked, len)));
    assert_true(stun_agent_init_response(&peer, &answer, reply, sizeof reply, &m));
    len = stun_agent_finish_message(&peer, &answer, NULL, 0);
    assert_true(len > 0);
    assert_true(binding_is_answer(span_of(reply, len)));
    assert_false(binding_is_answered(&b, &wrong, span_of(reply, len)));
    /* nothing is left in the agent: many questions, each good for its own answer */
    for (unsigned i = 0; i < 1000; i++)
        assert_true(binding_is_answered(&b, &q, span_of(reply, len)));
    reply[len - 1] ^= 1;
    assert_false(binding_is_answered(&b, &q, span_of(reply, len)));
    assert_false(binding_is_answer(span_of(reply, len - 4)));
    /* a name that is as long as it may be, and one that is not */
    char longest[257];

    memset(longest, 'a', sizeof longest - 1);
    longest[256] = '\0';
    q.remote_ufrag = longest;
    assert_int_equal(20 + 4 + 272 + 8 + 12 + 24 + 8, binding_ask(&b, &q, asked));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc5769),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_reply_is_valid),
        cmocka_unit_test(test_question),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
