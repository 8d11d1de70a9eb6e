#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/hex.h"
#include "common/macros.h"

#include "common/account_hash.h"
#include "common/json_scan.h"
#include "common/password_hash.h"
#include "common/password_make.h"
#include "common/password_match.h"

static const char pbkdf2_text[] =
    "{\"type\":\"pbkdf2\",\"hash\":\"sha-256\",\"key\":"
    "\"a8246ae5982a424f21cd88e881e8b73531be04ba4d3f41d8108657a5a355193c\","
    "\"salt\":\"0011223344556677\",\"iterations\":4096}";
static const char scrypt_text[] =
    "{\"type\":\"scrypt\",\"N\":16384,\"r\":8,\"p\":1,"
    "\"salt\":\"000102030405060708090a0b0c0d0e0f\","
    "\"key\":\"25b376840366f4d3b0e21e414476676e3cd0e89af4430356a234ce0b65a021b5\"}";

static struct json_object *json_of(const char *text)
{
    struct json_object *json = NULL;

    assert_int_equal(json_scan_parse(&json, span_str(text), &json_limits_file, NULL), 0);
    return json;
}

static struct password parse(const char *text)
{
    struct json_object *json = json_of(text);
    struct password p;

    assert_int_equal(password_parse(&p, json, NULL), 0);
    json_object_put(json);
    return p;
}

static void assert_json(struct json_object *json, const char *want, const char *row)
{
    const char *got =
        json ? json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN) : "nothing";

    if (strcmp(got, want) != 0)
        fail_msg("%s: got %s, want %s", row, got, want);
    json_object_put(json);
}

static void assert_hex(const uint8_t *data, size_t len, const char *want)
{
    struct buf text = {0};

    hex_add(&text, data, len);
    assert_string_equal(buf_str(&text), want);
    buf_release(&text);
}

/* RFC 7914 section 12; the fourth vector needs 1 GiB, which is over our bound. */
static void test_scrypt_vectors(void **state)
{
    static const struct {
        const char *phrase, *salt;
        int64_t n, r, p;
        const char *want;
    } rows[] = {
        {"", "", 16, 1, 1,
         "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
         "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"},
        {"password", "NaCl", 1024, 8, 16,
         "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
         "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"},
        {"pleaseletmein", "SodiumChloride", 16384, 8, 1,
         "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
         "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint8_t out[64];

        assert_int_equal(scrypt_derive(out, sizeof out, span_str(rows[i].phrase),
                                       span_str(rows[i].salt), rows[i].n, rows[i].r, rows[i].p),
                         0);
        assert_hex(out, sizeof out, rows[i].want);
    }
}

/* RFC 7914 section 11, and 0 iterations, which count as 1. */
static void test_pbkdf2_vectors(void **state)
{
    static const struct {
        const char *phrase, *salt;
        int64_t iterations;
        size_t len;
        const char *want;
    } rows[] = {
        {"passwd", "salt", 1, 64,
         "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
         "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"},
        {"Password", "NaCl", 80000, 64,
         "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
         "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"},
        {"", "", 0, 16, "f7ce0b653d2d72a4108cf5abe912ffdd"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint8_t out[64];

        assert_int_equal(pbkdf2_derive(out, rows[i].len, span_str(rows[i].phrase),
                                       span_str(rows[i].salt), rows[i].iterations),
                         0);
        assert_hex(out, rows[i].len, rows[i].want);
    }
}

static void test_match(void **state)
{
#define LONG72 "123456789012345678901234567890123456789012345678901234567890123456789012"
    static const struct {
        const char *name;
        const char *json;
        const char *supplied;
        bool want;
    } rows[] = {
        {"plain", "\"pa55\"", "pa55", true},
        {"plain, wrong", "\"pa55\"", "pa56", false},
        {"plain, longer", "\"pa55\"", "pa555", false},
        {"plain, empty", "\"\"", "", true},
        {"plain as an object", "{\"type\":\"plain\",\"key\":\"x\"}", "x", true},
        {"wildcard", "{\"type\":\"wildcard\"}", "anything", true},
        {"member names in any case", "{\"Type\":\"Plain\",\"type\":\"plain\",\"KEY\":\"x\"}", "x",
         true},
        {"null never matches (SIG-11)", "null", "", false},
        {"the empty object never matches", "{}", "", false},
        {"type \"\" never matches", "{\"type\":\"\",\"key\":\"x\"}", "x", false},
        {"bcrypt",
         "{\"type\":\"bcrypt\",\"key\":"
         "\"$2a$08$abcdefghijklmnopqrstuubAvJmxpQuyV3jn7x.SUSPxe.DearCPe\"}",
         "correct horse", true},
        {"bcrypt 2b",
         "{\"type\":\"bcrypt\",\"key\":"
         "\"$2b$08$abcdefghijklmnopqrstuubAvJmxpQuyV3jn7x.SUSPxe.DearCPe\"}",
         "correct horse", true},
        {"bcrypt 2y",
         "{\"type\":\"bcrypt\",\"key\":"
         "\"$2y$08$abcdefghijklmnopqrstuubAvJmxpQuyV3jn7x.SUSPxe.DearCPe\"}",
         "correct horse", true},
        {"bcrypt without a letter",
         "{\"type\":\"bcrypt\",\"key\":"
         "\"$2$08$abcdefghijklmnopqrstuubAvJmxpQuyV3jn7x.SUSPxe.DearCPe\"}",
         "correct horse", true},
        {"bcrypt, wrong",
         "{\"type\":\"bcrypt\",\"key\":"
         "\"$2a$08$abcdefghijklmnopqrstuubAvJmxpQuyV3jn7x.SUSPxe.DearCPe\"}",
         "correct Horse", false},
        {"bcrypt, the public vector of crypt_blowfish",
         "{\"type\":\"bcrypt\",\"key\":"
         "\"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\"}",
         "U*U", true},
        {"pbkdf2", pbkdf2_text, "correct horse", true},
        {"pbkdf2, wrong", pbkdf2_text, "correct hors", false},
        {"pbkdf2, wrong, empty", pbkdf2_text, "", false},
        {"scrypt", scrypt_text, "correct horse", true},
        {"scrypt, wrong", scrypt_text, "incorrect horse", false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct password p = parse(rows[i].json);

        if (p.type == PASSWORD_BAD)
            fail_msg("%s: %s", rows[i].name, p.problem);
        if (password_match(&p, span_str(rows[i].supplied)) != rows[i].want)
            fail_msg("%s", rows[i].name);
        password_release(&p);
    }
}

/* bcrypt ends at its 72nd byte, and a NUL must not end it earlier. */
static void test_bcrypt_edges(void **state)
{
    static const struct password_recipe recipe = {.type = PASSWORD_BCRYPT, .bcrypt_cost = 4};
    struct password p;

    (void)state;
    assert_int_equal(password_make(&p, span_str(LONG72), &recipe, NULL), 0);
    assert_true(password_match(&p, span_str(LONG72)));
    assert_true(password_match(&p, span_str(LONG72 "more")));
    assert_false(password_match(&p, span_of(LONG72, 71)));
    password_release(&p);
    assert_int_equal(password_make(&p, span_str(LONG72 "x"), &recipe, NULL), ERR_INVALID);
    assert_int_equal(password_make(&p, span_str("abc"), &recipe, NULL), 0);
    assert_false(password_match(&p, span_of("abc\0def", 7)));
    password_release(&p);
    assert_false(password_match_nobody(span_str("")));
}

#define KEY16 "00112233445566778899aabbccddeeff"
#define SALT65                                                                                     \
    "0000000000000000000000000000000000000000000000000000000000000000"                             \
    "000000000000000000000000000000000000000000000000000000000000000000"

static void test_bad_is_kept_and_reported(void **state)
{
    static const struct {
        const char *json;
        const char *problem;
    } rows[] = {
        {"\"a\\u0000b\"", "contains a NUL"},
        {"{\"type\":\"rot13\",\"key\":\"x\"}",
         "type: must be plain, wildcard, bcrypt, pbkdf2 or scrypt"},
        {"{\"type\":\"plain\"}", "key: is missing"},
        {"{\"type\":\"bcrypt\"}", "key: is missing"},
        {"{\"type\":\"bcrypt\",\"key\":\"$2a$08$short\"}",
         "key: is not a bcrypt string of 60 characters"},
        {"{\"type\":\"bcrypt\",\"key\":"
         "\"$2a$31$abcdefghijklmnopqrstuubAvJmxpQuyV3jn7x.SUSPxe.DearCPe\"}",
         "key: bcrypt cost 31 is not from 4 to 15"},
        {"{\"type\":\"bcrypt\",\"key\":"
         "\"$2x$08$abcdefghijklmnopqrstuubAvJmxpQuyV3jn7x.SUSPxe.DearCPe\"}",
         "key: is not a bcrypt string of 60 characters"},
        {"{\"type\":\"pbkdf2\",\"hash\":\"sha-256\",\"key\":\"\",\"iterations\":1}",
         "key: must be hexadecimal for 16 to 64 bytes"},
        {"{\"type\":\"pbkdf2\",\"hash\":\"sha-256\",\"key\":\"" KEY16 "0\",\"iterations\":1}",
         "key: must be hexadecimal for 16 to 64 bytes"},
        {"{\"type\":\"pbkdf2\",\"hash\":\"sha-256\",\"key\":\"zz" KEY16 "\",\"iterations\":1}",
         "key: must be hexadecimal for 16 to 64 bytes"},
        {"{\"type\":\"pbkdf2\",\"hash\":\"sha-1\",\"key\":\"" KEY16 "\",\"iterations\":1}",
         "hash: must be sha-256"},
        {"{\"type\":\"pbkdf2\",\"hash\":\"sha-256\",\"key\":\"" KEY16 "\",\"salt\":\"" SALT65
         "\",\"iterations\":1}",
         "salt: must be hexadecimal for 0 to 64 bytes"},
        {"{\"type\":\"scrypt\",\"N\":1024,\"r\":8,\"key\":\"" KEY16 "\",\"salt\":\"" KEY16 "\"}",
         "p: is missing"},
        {"{\"type\":\"scrypt\",\"N\":1025,\"r\":8,\"p\":1,\"key\":\"" KEY16 "\",\"salt\":\"" KEY16
         "\"}",
         "N: must be a power of two of at least 1024, and 128 N r at most 64 MiB"},
        {"{\"type\":\"scrypt\",\"N\":131072,\"r\":8,\"p\":1,\"key\":\"" KEY16 "\",\"salt\":\"" KEY16
         "\"}",
         "N: must be a power of two of at least 1024, and 128 N r at most 64 MiB"},
        {"{\"type\":\"scrypt\",\"N\":1024,\"r\":8,\"p\":1,\"key\":\"" KEY16 "\"}",
         "salt: is missing"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *json = json_of(rows[i].json);
        struct password p;
        struct error e = {0};
        char text[300];

        assert_int_equal(password_parse(&p, json, &e), 0);
        assert_int_equal(e.code, 0);
        assert_int_equal(p.type, PASSWORD_BAD);
        assert_string_equal(p.problem, rows[i].problem);
        assert_false(password_match(&p, span_str("x")));
        assert_true(password_is_cheap(&p));
        assert_json(password_to_json(&p),
                    json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN), "kept");
        password_release(&p);
        assert_int_equal(password_parse_strict(&p, json, &e), ERR_INVALID);
        assert_string_equal(error_describe(&e, text, sizeof text), rows[i].problem);
        json_object_put(json);
    }
}

/* A member inside an object that has the wrong type spoils the password, not the file. */
static void test_wrong_types(void **state)
{
    static const struct {
        const char *json;
        bool is_refused;
    } rows[] = {
        {"5", true},
        {"true", true},
        {"[\"x\"]", true},
        {"{\"type\":5}", false},
        {"{\"type\":\"plain\",\"key\":[]}", false},
        {"{\"type\":\"pbkdf2\",\"hash\":\"sha-256\",\"key\":\"" KEY16 "\",\"iterations\":\"many\"}",
         false},
        {"{\"type\":\"pbkdf2\",\"hash\":\"sha-256\",\"key\":\"" KEY16 "\",\"iterations\":5000001}",
         false},
        {"{\"type\":\"pbkdf2\",\"hash\":\"sha-256\",\"key\":\"" KEY16 "\",\"iterations\":-1}",
         false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *json = json_of(rows[i].json);
        struct password p = {0};
        int r = password_parse(&p, json, NULL);

        if (r != (rows[i].is_refused ? ERR_INVALID : 0))
            fail_msg("%s: %d", rows[i].json, r);
        assert_int_equal(p.type, rows[i].is_refused ? PASSWORD_NONE : PASSWORD_BAD);
        password_release(&p);
        json_object_put(json);
    }
}

static void test_round_trip(void **state)
{
    static const struct {
        const char *json;
        const char *want;
        bool is_weak;
    } rows[] = {
        {"null", "nothing", false},
        {"{}", "nothing", false},
        {"\"x\"", "\"x\"", true},
        {"{\"type\":\"plain\",\"key\":\"x\"}", "\"x\"", true},
        {"{\"type\":\"wildcard\"}", "{\"type\":\"wildcard\"}", false},
        {pbkdf2_text, pbkdf2_text, true},
        {scrypt_text, scrypt_text, false},
        {"{\"note\":[1],\"type\":\"wildcard\"}", "{\"note\":[1],\"type\":\"wildcard\"}", false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct password p = parse(rows[i].json);

        assert_json(password_to_json(&p), rows[i].want, rows[i].json);
        if (password_is_weak(&p) != rows[i].is_weak)
            fail_msg("%s", rows[i].json);
        password_release(&p);
    }
}

static void test_make(void **state)
{
    static const struct {
        const char *name;
        struct password_recipe recipe;
        const char *plain;
        enum password_type type; /* PASSWORD_NONE: refused */
        const char *start;
    } rows[] = {
        {"default", {0}, "horse", PASSWORD_BCRYPT, "{\"type\":\"bcrypt\",\"key\":\"$2a$10$"},
        {"default, too long for bcrypt",
         {.iterations = 1000},
         LONG72 "3",
         PASSWORD_PBKDF2,
         "{\"type\":\"pbkdf2\",\"hash\":\"sha-256\",\"key\":\""},
        {"cheap bcrypt",
         {.type = PASSWORD_BCRYPT, .bcrypt_cost = 4},
         "horse",
         PASSWORD_BCRYPT,
         "{\"type\":\"bcrypt\",\"key\":\"$2a$04$"},
        {"bcrypt too cheap",
         {.type = PASSWORD_BCRYPT, .bcrypt_cost = 3},
         "horse",
         PASSWORD_NONE,
         ""},
        {"bcrypt too dear",
         {.type = PASSWORD_BCRYPT, .bcrypt_cost = 16},
         "horse",
         PASSWORD_NONE,
         ""},
        {"pbkdf2",
         {.type = PASSWORD_PBKDF2, .iterations = 1000, .key_bytes = 16, .salt_bytes = 8},
         "horse",
         PASSWORD_PBKDF2,
         "{\"type\":\"pbkdf2\",\"hash\":\"sha-256\",\"key\":\""},
        {"pbkdf2, few iterations",
         {.type = PASSWORD_PBKDF2, .iterations = 999},
         "horse",
         PASSWORD_NONE,
         ""},
        {"pbkdf2, short key",
         {.type = PASSWORD_PBKDF2, .key_bytes = 15},
         "horse",
         PASSWORD_NONE,
         ""},
        {"pbkdf2, long salt",
         {.type = PASSWORD_PBKDF2, .salt_bytes = 65},
         "horse",
         PASSWORD_NONE,
         ""},
        {"scrypt",
         {.type = PASSWORD_SCRYPT, .scrypt_n = 1024, .scrypt_p = 1},
         "horse",
         PASSWORD_SCRYPT,
         "{\"type\":\"scrypt\",\"N\":1024,\"r\":8,\"p\":1,\"salt\":\""},
        {"scrypt over budget",
         {.type = PASSWORD_SCRYPT, .scrypt_n = 131072},
         "horse",
         PASSWORD_NONE,
         ""},
        {"wildcard", {.type = PASSWORD_WILDCARD}, "", PASSWORD_WILDCARD, "{\"type\":\"wildcard\"}"},
        {"plain is never made", {.type = PASSWORD_PLAIN}, "horse", PASSWORD_NONE, ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct span plain = span_str(rows[i].plain);
        struct password p = {0}, again;
        struct error e = {0};
        int r = password_make(&p, plain, &rows[i].recipe, &e);
        struct json_object *json;
        const char *text;

        if (p.type != rows[i].type || (r < 0) != (rows[i].type == PASSWORD_NONE))
            fail_msg("%s: %d %s", rows[i].name, r, e.text);
        if (r < 0) {
            assert_true(e.text[0] != 0);
            continue;
        }
        assert_true(password_match(&p, plain));
        if (p.type != PASSWORD_WILDCARD)
            assert_false(password_match(&p, span_str("cow")));
        json = password_to_json(&p);
        text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN);
        if (strncmp(text, rows[i].start, strlen(rows[i].start)) != 0)
            fail_msg("%s: %s", rows[i].name, text);
        assert_int_equal(password_parse_strict(&again, json, NULL), 0);
        assert_true(password_match(&again, plain));
        password_release(&again);
        password_release(&p);
        json_object_put(json);
    }
}

static void test_made_twice_differs(void **state)
{
    static const struct password_recipe recipe = {.type = PASSWORD_BCRYPT, .bcrypt_cost = 4};
    struct password a, b;

    (void)state;
    assert_int_equal(password_make(&a, span_str("horse"), &recipe, NULL), 0);
    assert_int_equal(password_make(&b, span_str("horse"), &recipe, NULL), 0);
    assert_string_not_equal(a.key, b.key);
    password_release(&a);
    password_release(&b);
    assert_int_equal(password_make(&a, span_of("a\0b", 3), NULL, NULL), ERR_INVALID);
}

static void test_account_hash(void **state)
{
    static const char *const bad[] = {
        "",
        "scrypt",
        "scrypt$32768$8$3",
        "scrypt$32768$8$3$00$",
        "bcrypt$32768$8$3$" KEY16 "$" KEY16,
        "scrypt$32768$8$3$" KEY16 "$" KEY16 "$",
        "scrypt$32768$-8$3$" KEY16 "$" KEY16,
        "scrypt$1073741824$8$3$" KEY16 "$" KEY16,
        "scrypt$32768$8$3$" KEY16 "$zz" KEY16,
    };
    struct buf record = {0};

    (void)state;
    assert_int_equal(account_hash_make(&record, span_str("twelve chars"), NULL), 0);
    assert_true(strncmp(buf_str(&record), "scrypt$32768$8$3$", 17) == 0);
    assert_int_equal(record.len, 17 + 32 + 1 + 64);
    assert_true(account_hash_match(buf_str(&record), span_str("twelve chars")));
    assert_false(account_hash_match(buf_str(&record), span_str("twelve char")));
    buf_release(&record);
    for (size_t i = 0; i < LENGTH(bad); i++) {
        if (account_hash_match(bad[i], span_str("")))
            fail_msg("%s", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scrypt_vectors),
        cmocka_unit_test(test_pbkdf2_vectors),
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_bcrypt_edges),
        cmocka_unit_test(test_bad_is_kept_and_reported),
        cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_make),
        cmocka_unit_test(test_made_twice_differs),
        cmocka_unit_test(test_account_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
