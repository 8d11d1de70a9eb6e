/* Keys that are pasted, made, put into order, and named. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "admin-cgi/keys/key_jwk.h"
#include "admin-cgi/keys/key_list.h"
#include "admin-cgi/keys/key_make.h"
#include "admin-cgi/keys/key_text.h"
#include "common/json_scan.h"
#include "common/jwt_keys.h"
#include "common/macros.h"

/* RFC 7517 appendix A.1, RFC 7515 appendix A.3. */
#define EC_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define EC_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define EC(more)                                                                                   \
    "{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y         \
    "\"" more "}"
#define OCT(k) "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"" k "\"}"
#define SECRET "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"

#define EC_PEM                                                                                     \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAELluLKWiTRMTlyRB/w5lxu9+RXNqf\n"                           \
    "iE05Zte0THJwqvf7xbpi9U41HYAGZXs+UiuT38eV+aBvB7hs1E3iS4EBnQ==\n"                               \
    "-----END PUBLIC KEY-----\n"
#define P384_PEM                                                                                   \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEYIYAbweL+/kkkzXw3mCWLECATkHbR9ZH\n"                           \
    "i+J1bUd7I3EOTIBXtqmXCg2oMp8E/jgQGOHRjD4+XIdasSqEr8QWybdgZpb4IVBO\n"                           \
    "fqBREn8mQUjPiwHY7tqO0mtD26BQoa4T\n"                                                           \
    "-----END PUBLIC KEY-----\n"
#define ED25519_PEM                                                                                \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MCowBQYDK2VwAyEA3iTHsLsev7yWFIiCuxBU+nZt+SU+UBhPzGZ37PmHg4w=\n"                               \
    "-----END PUBLIC KEY-----\n"
#define RSA_1024_PEM                                                                               \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC7DYNp2w7RdK7Oxdt3C9Wdeb5u\n"                           \
    "FUsEYxsyjsL/oVPUAQn82aGgX8H8pWFs96eeY5tyu+UySp1/G2Un3OHYrnSVPXS0\n"                           \
    "A/G/aX/6WX+IAGE0IMmqCHPcrFT3+XbLJKWA1kVaIO9WnHCnCLOCOjwMaq2Ta2NQ\n"                           \
    "gdLCbP4kCklXGCqTtQIDAQAB\n"                                                                   \
    "-----END PUBLIC KEY-----\n"
#define PRIVATE_PEM "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\n"

static struct json_object *parse(const char *text)
{
    struct json_object *value = NULL;

    if (json_scan_parse(&value, span_str(text), &json_limits_file, NULL) < 0)
        fail_msg("not JSON: %s", text);
    return value;
}

/* RFC 7638 section 3.1. */
static void test_thumbprint(void **state)
{
    struct json_object *key = parse(
        "{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx"
        "4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
        "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2"
        "QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbI"
        "SD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqb"
        "w0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011\"}");
    struct json_object *oct = parse(OCT(SECRET));
    char print[KEY_THUMBPRINT_SIZE], bits[24];

    (void)state;
    assert_true(key_jwk_thumbprint(key, print));
    assert_string_equal(print, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    key_jwk_size(key, bits, sizeof bits);
    assert_string_equal(bits, "2048");
    assert_false(key_jwk_thumbprint(oct, print));
    key_jwk_size(oct, bits, sizeof bits);
    assert_string_equal(bits, "256");
    json_object_put(key);
    json_object_put(oct);
}

static void test_what_is_pasted(void **state)
{
    static const struct {
        const char *name, *text;
        int n; /* keys; 0: refused */
        const char *place, *words;
    } cases[] = {
        {"one key", EC(""), 1, NULL, NULL},
        {"white space around it", "\n  " EC("") "\n", 1, NULL, NULL},
        {"an array", "[" EC("") "," OCT(SECRET) "]", 2, NULL, NULL},
        {"a set", "{\"keys\":[" EC(",\"use\":\"sig\",\"kid\":\"a\"") "]}", 1, NULL, NULL},
        {"PEM", EC_PEM, 1, NULL, NULL},
        {"PEM with words around it", "Our key:\n" EC_PEM "and the same again\n" EC_PEM, 2, NULL,
         NULL},
        {"nothing", " \n", 0, "", "there is no key"},
        {"an empty set", "{\"keys\":[]}", 0, "", "there is no key"},
        {"no JSON", "{\"kty\":\"EC\",}", 0, "line 1 column 13", "comma"},
        {"words", "hello", 0, "line 1 column 1", ""},
        {"a number", "[7]", 0, "", "a key has to be an object"},
        {"null", "[null]", 0, "", "a key has to be an object"},
        {"null behind a key", "[" EC("") ",null]", 0, "key 2", "a key has to be an object"},
        {"a set of null", "{\"keys\":[null]}", 0, "", "a key has to be an object"},
        {"a set that is null", "{\"keys\":null}", 0, "keys", "neither"},
        {"null alone", "null", 0, "", "neither"},
        {"a set of what is no array", "{\"keys\":7}", 0, "keys", "neither"},
        {"no alg", "{\"kty\":\"oct\",\"k\":\"" SECRET "\"}", 0, "alg", "is missing"},
        {"no alg in the second", "[" EC("") ",{\"kty\":\"oct\"}]", 0, "key 2: alg", "is missing"},
        {"too short", OCT("MDEy"), 0, "k", "32 bytes"},
        {"off the curve",
         "{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_X
         "\"}",
         0, "x", "no point"},
        {"a private key", EC(",\"d\":\"AAAA\""), 0, "d", "private"},
        {"a private key of RSA", "{\"kty\":\"RSA\",\"qi\":\"AA\"}", 0, "qi", "private"},
        {"a private key in PEM", EC_PEM PRIVATE_PEM, 0, "", "private"},
        {"for encryption", EC(",\"use\":\"enc\""), 0, "use", "sig"},
        {"another curve", P384_PEM, 0, "", "P-256"},
        {"another kind", ED25519_PEM, 0, "", "RSA"},
        {"a short key of RSA", RSA_1024_PEM, 0, "n", "2048"},
        {"a certificate", "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----", 0, "",
         "BEGIN PUBLIC KEY"},
        {"PEM without an end", "-----BEGIN PUBLIC KEY-----\nAA", 0, "", "END PUBLIC KEY"},
        {"PEM with nothing in it", "-----BEGIN PUBLIC KEY-----\nAA\n-----END PUBLIC KEY-----", 0,
         "", "no public key"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct json_object *keys = NULL;
        struct error e = {0};
        int r = key_text_read(&keys, span_str(cases[i].text), &e);

        if ((r == 0) != (cases[i].n > 0))
            fail_msg("%s: %d %s: %s", cases[i].name, r, e.place, e.text);
        if (r == 0 && json_object_array_length(keys) != (size_t)cases[i].n)
            fail_msg("%s: %zu keys", cases[i].name, json_object_array_length(keys));
        if (r < 0 && (strcmp(e.place, cases[i].place) != 0 || !strstr(e.text, cases[i].words)))
            fail_msg("%s: %s: %s", cases[i].name, e.place, e.text);
        json_object_put(keys);
    }
}

static void test_what_is_shown_again(void **state)
{
    (void)state;
    assert_false(key_text_is_secret(span_str(EC(""))));
    assert_false(key_text_is_secret(span_str(EC_PEM)));
    assert_true(key_text_is_secret(span_str(OCT(SECRET))));
    assert_true(key_text_is_secret(span_str(EC(",\"d\":\"AAAA\""))));
    assert_true(key_text_is_secret(span_str(PRIVATE_PEM)));
    assert_true(key_text_is_secret(span_str("{\"\\u006b\":\"secret\"}")));
}

static void test_made(void **state)
{
    static const struct {
        const char *alg;
        bool is_pair;
    } cases[] = {
        {"HS256", false}, {"HS384", false}, {"HS512", false}, {"ES256", true}, {"RS256", true}};
    struct key_pair pair;

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct json_object *keys = json_object_new_array();
        struct jwt_keys *parsed = NULL;
        char print[KEY_THUMBPRINT_SIZE];
        struct error e = {0};

        assert_int_equal(key_pair_make(&pair, cases[i].alg, "", &e), 0);
        json_object_array_add(keys, json_object_get(pair.stored));
        if (jwt_keys_parse_strict(&parsed, keys, &e) < 0)
            fail_msg("%s: %s: %s", cases[i].alg, e.place, e.text);
        assert_null(key_jwk_private_member(pair.stored));
        assert_true((key_jwk_private_member(pair.private) != NULL) == cases[i].is_pair);
        assert_true((pair.pem.len > 0) == cases[i].is_pair);
        if (key_jwk_thumbprint(pair.stored, print))
            assert_string_equal(json_object_get_string(json_object_object_get(pair.stored, "kid")),
                                print);
        jwt_keys_free(parsed);
        json_object_put(keys);
        key_pair_release(&pair);
    }
    assert_int_equal(key_pair_make(&pair, "none", "", NULL), ERR_INVALID);
    assert_int_equal(key_pair_make(&pair, "HS256", "mine", NULL), 0);
    assert_string_equal(json_object_get_string(json_object_object_get(pair.private, "kid")),
                        "mine");
    key_pair_release(&pair);
}

static void test_order(void **state)
{
    static const struct {
        size_t index;
        long to;
        const char *expected; /* NULL: refused */
    } cases[] = {
        {0, 1, "[2,1,3]"}, {2, 0, "[3,1,2]"}, {0, 2, "[2,3,1]"}, {1, 1, "[1,2,3]"},
        {1, -1, "[1,3]"},  {2, -1, "[1,2]"},  {3, 0, NULL},      {0, 3, NULL},
    };
    struct json_object *list = parse("[1,2,3]"), *one = parse("[1]"), *moved;

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        moved = NULL;
        assert_int_equal(key_list_move(&moved, list, cases[i].index, cases[i].to, NULL),
                         cases[i].expected ? 0 : ERR_NOT_FOUND);
        if (cases[i].expected)
            assert_string_equal(json_object_to_json_string_ext(moved, JSON_C_TO_STRING_PLAIN),
                                cases[i].expected);
        json_object_put(moved);
    }
    assert_int_equal(key_list_move(&moved, one, 0, -1, NULL), 0);
    assert_null(moved);
    assert_int_equal(key_list_move(&moved, NULL, 0, -1, NULL), ERR_NOT_FOUND);
    json_object_put(one);
    json_object_put(list);

    list = parse("[null,1]"); /* as a group's file may have it */
    assert_int_equal(key_list_move(&moved, list, 0, 1, NULL), 0);
    assert_string_equal(json_object_to_json_string_ext(moved, JSON_C_TO_STRING_PLAIN), "[1,null]");
    json_object_put(moved);
    json_object_put(list);
}

static void test_nothing_twice(void **state)
{
    struct json_object *present = parse("[" EC(",\"kid\":\"a\"") ",null]");
    struct json_object *same = parse("[" EC(",\"kid\":\"b\"") "]");
    struct json_object *named =
        parse("[{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"a\",\"k\":\"" SECRET "\"}]");
    struct json_object *other = parse("[" OCT(SECRET) "]"),
                       *twice = parse("[" OCT(SECRET) "," OCT(SECRET) "]");
    struct json_object *out = NULL;
    struct error e = {0};

    (void)state;
    assert_int_equal(key_list_add(&out, present, same, &e), ERR_EXISTS);
    assert_int_equal(key_list_add(&out, present, named, &e), ERR_EXISTS);
    assert_string_equal(e.place, "kid");
    assert_int_equal(key_list_add(&out, NULL, twice, &e), ERR_EXISTS);
    assert_int_equal(key_list_add(&out, present, other, &e), 0);
    assert_int_equal(json_object_array_length(out), 3);
    assert_int_equal(json_object_array_length(present), 2);
    json_object_put(out);
    json_object_put(present);
    json_object_put(same);
    json_object_put(named);
    json_object_put(other);
    json_object_put(twice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thumbprint),
        cmocka_unit_test(test_what_is_pasted),
        cmocka_unit_test(test_what_is_shown_again),
        cmocka_unit_test(test_made),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_nothing_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
