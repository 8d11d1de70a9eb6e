#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/signal/features.h"
#include "mediad/signal/message.h"

static void test_types(void **state)
{
    static const struct {
        const char *name, *text;
        enum message_type want;
    } rows[] = {
        {"handshake", "{\"type\":\"handshake\",\"version\":[\"2\"],\"id\":\"a\"}",
         MESSAGE_HANDSHAKE},
        {"ping", "{\"type\":\"ping\"}", MESSAGE_PING},
        {"pong", "{\"type\":\"pong\"}", MESSAGE_PONG},
        {"join", "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"g\"}", MESSAGE_JOIN},
        {"offer", "{\"type\":\"offer\",\"id\":\"1\",\"replace\":null,\"sdp\":\"v=0\"}",
         MESSAGE_OFFER},
        {"answer", "{\"type\":\"answer\",\"id\":\"1\",\"sdp\":\"v=0\"}", MESSAGE_ANSWER},
        {"ice", "{\"type\":\"ice\",\"id\":\"1\",\"candidate\":{\"candidate\":\"\"}}", MESSAGE_ICE},
        {"renegotiate", "{\"type\":\"renegotiate\",\"id\":\"1\"}", MESSAGE_RENEGOTIATE},
        {"close", "{\"type\":\"close\",\"id\":\"1\"}", MESSAGE_CLOSE},
        {"abort", "{\"type\":\"abort\",\"id\":\"1\"}", MESSAGE_ABORT},
        {"request", "{\"type\":\"request\",\"request\":{\"\":[\"audio\"]}}", MESSAGE_REQUEST},
        {"keyframe", "{\"type\":\"keyframe\",\"id\":\"1\"}", MESSAGE_KEYFRAME},
        {"requestStream", "{\"type\":\"requestStream\",\"id\":\"1\",\"request\":[]}",
         MESSAGE_REQUEST_STREAM},
        {"chat", "{\"type\":\"chat\",\"value\":\"x\"}", MESSAGE_CHAT},
        {"usermessage", "{\"type\":\"usermessage\",\"kind\":\"mute\"}", MESSAGE_USERMESSAGE},
        {"useraction", "{\"type\":\"useraction\",\"kind\":\"op\"}", MESSAGE_USERACTION},
        {"groupaction", "{\"type\":\"groupaction\",\"kind\":\"lock\"}", MESSAGE_GROUPACTION},
        {"none", "{}", MESSAGE_UNKNOWN},
        {"what only servers send", "{\"type\":\"joined\"}", MESSAGE_UNKNOWN},
        {"the word unknown", "{\"type\":\"unknown\"}", MESSAGE_UNKNOWN},
        {"null type", "{\"type\":null}", MESSAGE_UNKNOWN},
        {"another case", "{\"Type\":\"ping\"}", MESSAGE_PING},
        {"the last of duplicates", "{\"type\":\"pong\",\"type\":\"ping\"}", MESSAGE_PING},
        {"what follows is ignored", "{\"type\":\"ping\"} and more", MESSAGE_PING},
        {"unknown fields are ignored", "{\"type\":\"ping\",\"colour\":3}", MESSAGE_PING},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct message m;
        struct error e = {0};
        int r = message_parse(&m, span_str(rows[i].text), &e);

        if (r != 0 || m.type != rows[i].want)
            fail_msg("%s: %d %s", rows[i].name, r, e.text);
        message_release(&m);
    }
}

static void test_refusals(void **state)
{
    static const struct {
        const char *name, *text;
        int want;
    } rows[] = {
        {"empty", "", ERR_SYNTAX},
        {"half", "{\"type\": \"chat\", ", ERR_SYNTAX},
        {"an array", "[]", ERR_SYNTAX},
        {"null", "null", ERR_SYNTAX},
        {"a string", "\"ping\"", ERR_SYNTAX},
        {"NaN", "{\"type\":\"chat\",\"value\":NaN}", ERR_SYNTAX},
        {"Infinity", "{\"type\":\"chat\",\"value\":Infinity}", ERR_SYNTAX},
        {"1.", "{\"type\":\"chat\",\"value\":1.}", ERR_SYNTAX},
        {"bad UTF-8", "{\"type\":\"chat\",\"value\":\"\xff\"}", ERR_SYNTAX},
        {"type is a number", "{\"type\":3}", ERR_INVALID},
        {"id is an object", "{\"type\":\"close\",\"id\":{}}", ERR_INVALID},
        {"an id with NUL", "{\"type\":\"close\",\"id\":\"a\\u0000b\"}", ERR_INVALID},
        {"version is a string", "{\"type\":\"handshake\",\"version\":\"2\"}", ERR_INVALID},
        {"version holds a number", "{\"type\":\"handshake\",\"version\":[2]}", ERR_INVALID},
        {"features is a string", "{\"type\":\"join\",\"features\":\"layers\"}", ERR_INVALID},
        {"features holds a number", "{\"type\":\"join\",\"features\":[\"layers\",1]}", ERR_INVALID},
        {"data is an array", "{\"type\":\"join\",\"data\":[]}", ERR_INVALID},
        {"noecho is a string", "{\"type\":\"chat\",\"noecho\":\"yes\"}", ERR_INVALID},
        {"an unused field is wrong too", "{\"type\":\"ping\",\"permissions\":\"op\"}", ERR_INVALID},
        {"status", "{\"type\":\"ping\",\"status\":1}", ERR_INVALID},
        {"privileged", "{\"type\":\"ping\",\"privileged\":1}", ERR_INVALID},
        {"candidate is a string", "{\"type\":\"ice\",\"id\":\"1\",\"candidate\":\"x\"}",
         ERR_INVALID},
        {"a candidate's line is too large",
         "{\"type\":\"ice\",\"candidate\":{\"candidate\":\"\",\"sdpMLineIndex\":65536}}",
         ERR_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct message m;
        struct error e = {0};
        int r = message_parse(&m, span_str(rows[i].text), &e);

        if (r != rows[i].want)
            fail_msg("%s: %d %s", rows[i].name, r, e.text);
        assert_true(*e.text != '\0');
    }
}

static void test_features(void **state)
{
    static const struct {
        const char *name, *text;
        bool has;
        unsigned want;
    } rows[] = {
        {"absent", "{\"type\":\"join\"}", false, 0},
        {"null", "{\"type\":\"join\",\"features\":null}", false, 0},
        {"none", "{\"type\":\"join\",\"features\":[]}", true, 0},
        {"all", "{\"features\":[\"streamState\",\"layers\",\"speakers\"]}", true,
         FEATURE_LAYERS | FEATURE_SPEAKERS | FEATURE_STREAM_STATE},
        {"unknown ones are ignored", "{\"features\":[\"\",\"colour\",\"speakers\",\"SPEAKERS\"]}",
         true, FEATURE_SPEAKERS},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct message m;

        assert_int_equal(message_parse(&m, span_str(rows[i].text), NULL), 0);
        if (m.has_features != rows[i].has || m.features != rows[i].want)
            fail_msg("%s: %d %x", rows[i].name, m.has_features, m.features);
        message_release(&m);
    }
}

static void test_fields(void **state)
{
    static const char text[] =
        "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"g\",\"username\":\"\",\"password\":\"p\","
        "\"token\":\"t\",\"data\":{\"x\":1},\"source\":\"s\",\"dest\":\"d\",\"label\":\"camera\","
        "\"resume\":\"secret\",\"noecho\":true,\"value\":null,"
        "\"candidate\":{\"candidate\":\"candidate:1\",\"sdpMid\":\"0\",\"sdpMLineIndex\":null}}";
    struct message m;

    (void)state;
    assert_int_equal(message_parse(&m, span_str(text), NULL), 0);
    assert_string_equal(m.kind, "join");
    assert_string_equal(m.group, "g");
    assert_string_equal(m.username, "");
    assert_string_equal(m.password, "p");
    assert_string_equal(m.token, "t");
    assert_string_equal(m.source, "s");
    assert_string_equal(m.dest, "d");
    assert_string_equal(m.label, "camera");
    assert_string_equal(m.resume, "secret");
    assert_true(m.noecho);
    assert_null(m.value);
    assert_non_null(m.data);
    assert_true(m.has_candidate);
    assert_true(span_eq_str(m.candidate, "candidate:1"));
    assert_true(span_eq_str(m.sdp_mid, "0"));
    assert_false(m.speaks_version_2);
    message_release(&m);
    assert_int_equal(message_parse(&m, span_str("{\"username\":null,\"candidate\":null}"), NULL),
                     0);
    assert_null(m.username);
    assert_false(m.has_candidate);
    assert_string_equal(m.kind, "");
    message_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_features),
        cmocka_unit_test(test_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
