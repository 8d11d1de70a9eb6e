#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "common/base64url.h"
#include "common/json_scan.h"
#include "common/jwt_keys.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/token_jwt.h"

#define NOW_S INT64_C(1800000000)
#define SECRET "0123456789abcdef0123456789abcdef"
#define K32 "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"

/* Two good keys, and a malformed one that only its own kid or its alg reaches. */
static const char keys_text[] =
    "[{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"sym\",\"k\":\"" K32 "\"},"
    "{\"kty\":\"EC\",\"alg\":\"ES256\",\"kid\":\"ec\",\"crv\":\"P-256\","
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
    "{\"kty\":\"oct\",\"alg\":\"HS384\",\"kid\":\"broken\",\"k\":\"AAAA\"}]";

static struct jwt_keys *keys_from(const char *text)
{
    struct json_object *array = NULL;
    struct jwt_keys *keys = NULL;

    assert_int_equal(json_scan_parse(&array, span_str(text), &json_limits_file, NULL), 0);
    assert_int_equal(jwt_keys_parse(&keys, array, NULL), 0);
    json_object_put(array);
    return keys;
}

/* A compact JWS with an HMAC-SHA-256 signature, whatever its header says. */
static void make_jwt(struct buf *out, const char *header, const char *claims, const char *secret)
{
    uint8_t mac[32];

    buf_clear(out);
    base64url_add(out, span_str(header));
    buf_add_str(out, ".");
    base64url_add(out, span_str(claims));
    assert_int_equal(
        gnutls_hmac_fast(GNUTLS_MAC_SHA256, secret, strlen(secret), out->data, out->len, mac), 0);
    buf_add_str(out, ".");
    base64url_add(out, span_of(mac, sizeof mac));
}

#define HEADER "{\"alg\":\"HS256\"}"
#define AUD "\"aud\":\"https://host/group/g/\""
#define EXP "\"exp\":1800000030"

struct verify_row {
    const char *name;
    const char *header; /* NULL: HEADER */
    const char *claims;
    const char *want; /* part of the error; NULL: accepted */
};

static int verify(struct jwt_claims *out, struct span text, const char *group, const char *host,
                  const char *base_path, struct error *e)
{
    struct jwt_keys *keys = keys_from(keys_text);
    const struct jwt_door door = {.keys = keys,
                                  .group = group,
                                  .canonical_host = host,
                                  .base_path = base_path,
                                  .now_us = NOW_S * US_PER_S};
    int r = jwt_verify(out, text, &door, e);

    jwt_keys_free(keys);
    return r;
}

static void check_rows(const struct verify_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct jwt_claims claims = {0};
        struct error e = {0};
        struct buf text = {0};
        int r;

        make_jwt(&text, rows[i].header ? rows[i].header : HEADER, rows[i].claims, SECRET);
        r = verify(&claims, buf_span(&text), "g", "host", "", &e);
        if (r != (rows[i].want ? ERR_DENIED : 0))
            fail_msg("%s: %s: %s", rows[i].name, err_name(r), e.text);
        if (rows[i].want && !strstr(e.text, rows[i].want))
            fail_msg("%s: refused because %s", rows[i].name, e.text);
        if (rows[i].want)
            assert_null(claims.subject);
        jwt_claims_release(&claims);
        buf_release(&text);
    }
}

static void test_headers(void **state)
{
    static const struct verify_row rows[] = {
        {"plain", NULL, "{" AUD "," EXP "}", NULL},
        {"kid", "{\"alg\":\"HS256\",\"kid\":\"sym\",\"typ\":\"JWT\"}", "{" AUD "," EXP "}", NULL},
        {"empty kid counts as none", "{\"alg\":\"HS256\",\"kid\":\"\"}", "{" AUD "," EXP "}", NULL},
        {"embedded keys and addresses are ignored",
         "{\"alg\":\"HS256\",\"jku\":\"https://evil/\",\"jwk\":{},\"x5u\":\"x\"}",
         "{" AUD "," EXP "}", NULL},
        {"unknown kid", "{\"alg\":\"HS256\",\"kid\":\"nope\"}", "{" AUD "," EXP "}", "no key"},
        {"kid of another key", "{\"alg\":\"HS256\",\"kid\":\"ec\"}", "{" AUD "," EXP "}", "no key"},
        {"no alg", "{}", "{" AUD "," EXP "}", "alg"},
        {"alg none", "{\"alg\":\"none\"}", "{" AUD "," EXP "}", "no key"},
        {"alg in another case", "{\"alg\":\"hs256\"}", "{" AUD "," EXP "}", "no key"},
        {"alg of another kind", "{\"alg\":\"RS256\"}", "{" AUD "," EXP "}", "no key"},
        {"alg of the EC key", "{\"alg\":\"ES256\"}", "{" AUD "," EXP "}", "signature is wrong"},
        {"alg of a malformed key", "{\"alg\":\"HS384\"}", "{" AUD "," EXP "}", "malformed"},
        {"crit", "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", "{" AUD "," EXP "}", "crit"},
        {"duplicate in the header", "{\"alg\":\"HS256\",\"alg\":\"HS256\"}", "{" AUD "," EXP "}",
         "malformed"},
        {"duplicate in the claims", NULL, "{" AUD "," EXP "," EXP "}", "malformed"},
        {"claims that are no object", NULL, "[]", "malformed"},
        {"claims that are no JSON", NULL, "{" AUD "," EXP ",}", "malformed"},
    };

    (void)state;
    check_rows(rows, LENGTH(rows));
}

static void test_times(void **state)
{
    static const struct verify_row rows[] = {
        {"expired within the leeway", NULL, "{" AUD ",\"exp\":1799999996}", NULL},
        {"expired", NULL, "{" AUD ",\"exp\":1799999995}", "expired"},
        {"a fraction is dropped", NULL, "{" AUD ",\"exp\":1799999995.9}", "expired"},
        {"far future", NULL, "{" AUD ",\"exp\":1e300}", NULL},
        {"far past", NULL, "{" AUD ",\"exp\":-1e300}", "expired"},
        {"no expiry", NULL, "{" AUD "}", "exp is missing"},
        {"expiry null", NULL, "{" AUD ",\"exp\":null}", "exp is missing"},
        {"expiry in a string", NULL, "{" AUD ",\"exp\":\"1800000030\"}", "exp is missing"},
        {"nbf within the leeway", NULL, "{" AUD "," EXP ",\"nbf\":1800000005}", NULL},
        {"nbf in the future", NULL, "{" AUD "," EXP ",\"nbf\":1800000006}", "nbf lies"},
        {"nbf is no number", NULL, "{" AUD "," EXP ",\"nbf\":null}", "nbf is no number"},
        {"iat within the leeway", NULL, "{" AUD "," EXP ",\"iat\":1800000005}", NULL},
        {"iat in the future", NULL, "{" AUD "," EXP ",\"iat\":1800000006}", "iat lies"},
        {"iat is no number", NULL, "{" AUD "," EXP ",\"iat\":\"x\"}", "iat is no number"},
    };

    (void)state;
    check_rows(rows, LENGTH(rows));
}

static void test_audience(void **state)
{
    static const struct verify_row rows[] = {
        {"scheme is not compared", NULL, "{\"aud\":\"http://host/group/g/\"," EXP "}", NULL},
        {"host in another case", NULL, "{\"aud\":\"https://HOST/group/g/\"," EXP "}", NULL},
        {"query and fragment", NULL, "{\"aud\":\"https://host/group/g/?x=/#y\"," EXP "}", NULL},
        {"percent signs", NULL, "{\"aud\":\"https://host/%67roup/g%2F\"," EXP "}", NULL},
        {"one of a list", NULL, "{\"aud\":[\"x\",\"https://host/group/g/\"]," EXP "}", NULL},
        {"user in front of the host", NULL, "{\"aud\":\"https://u:p@host/group/g/\"," EXP "}",
         NULL},
        {"none", NULL, "{" EXP "}", "aud is missing"},
        {"null", NULL, "{\"aud\":null," EXP "}", "aud is missing"},
        {"number", NULL, "{\"aud\":1," EXP "}", "aud is missing"},
        {"empty list", NULL, "{\"aud\":[]," EXP "}", "does not name"},
        {"a number in the list", NULL, "{\"aud\":[\"https://host/group/g/\",1]," EXP "}",
         "no string"},
        {"another host", NULL, "{\"aud\":\"https://evil/group/g/\"," EXP "}", "does not name"},
        {"host as the user", NULL, "{\"aud\":\"https://host@evil/group/g/\"," EXP "}",
         "does not name"},
        {"a port too many", NULL, "{\"aud\":\"https://host:8443/group/g/\"," EXP "}",
         "does not name"},
        {"another group", NULL, "{\"aud\":\"https://host/group/gg/\"," EXP "}", "does not name"},
        {"no final slash", NULL, "{\"aud\":\"https://host/group/g\"," EXP "}", "does not name"},
        {"a path alone", NULL, "{\"aud\":\"/group/g/\"," EXP "}", "does not name"},
        {"no host", NULL, "{\"aud\":\"https:///group/g/\"," EXP "}", "does not name"},
        {"broken percent sign", NULL, "{\"aud\":\"https://host/group/g/%4\"," EXP "}",
         "does not name"},
        {"parent without the claim", NULL, "{\"aud\":\"https://host/group/\"," EXP "}",
         "does not name"},
        {"NUL in the path", NULL, "{\"aud\":\"https://host/group/g/%00\"," EXP "}",
         "does not name"},
    };

    (void)state;
    check_rows(rows, LENGTH(rows));
}

static void test_places(void **state)
{
    static const struct {
        const char *name;
        const char *aud, *group, *host, *base_path;
        bool with_subgroups, good;
    } rows[] = {
        {"any host", "https://x:1/group/g/", "g", NULL, "", false, true},
        {"host with port", "https://h:8443/group/g/", "g", "H:8443", "", false, true},
        {"base path", "https://h/conf/group/g/", "g", "h", "/conf", false, true},
        {"base path with slash", "https://h/conf/group/g/", "g", "h", "/conf/", false, true},
        {"without the base path", "https://h/group/g/", "g", "h", "/conf", false, true},
        {"another base path", "https://h/other/group/g/", "g", "h", "/conf", false, false},
        {"name with spaces", "https://h/group/a%20b/", "a b", "h", "", false, true},
        {"subgroup", "https://h/group/g/", "g/sub", "h", "", true, true},
        {"deep subgroup", "https://h/group/g/", "g/sub/deep", "h", "", true, true},
        {"the group itself", "https://h/group/g/", "g", "h", "", true, true},
        {"every group", "https://h/group/", "g/sub", "h", "", true, true},
        {"subgroup without the claim", "https://h/group/g/", "g/sub", "h", "", false, false},
        {"half a name", "https://h/group/g/", "gg", "h", "", true, false},
        {"the parent", "https://h/group/g/sub/", "g", "h", "", true, false},
        {"root", "https://h/", "g", "h", "", true, false},
        {"no slash", "https://h/group", "g", "h", "", true, false},
        {"base path and subgroups", "https://h/conf/group/g/", "g/s", "h", "/conf", true, true},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct jwt_claims claims = {0};
        struct buf json = {0};
        struct buf text = {0};
        int r;

        buf_printf(&json, "{" EXP ",\"aud\":\"%s\",\"include-subgroups\":%s}", rows[i].aud,
                   rows[i].with_subgroups ? "true" : "\"yes\"");
        make_jwt(&text, HEADER, buf_str(&json), SECRET);
        r = verify(&claims, buf_span(&text), rows[i].group, rows[i].host, rows[i].base_path, NULL);
        if (r != (rows[i].good ? 0 : ERR_DENIED))
            fail_msg("%s: %s", rows[i].name, err_name(r));
        if (r == 0)
            assert_int_equal(claims.include_subgroups, rows[i].with_subgroups);
        jwt_claims_release(&claims);
        buf_release(&json);
        buf_release(&text);
    }
}

static void test_claims(void **state)
{
    static const struct {
        const char *name;
        const char *claims;
        const char *subject;
        enum permission_role role;
        unsigned bits;
    } rows[] = {
        {"nothing", "", "", ROLE_NONE, 0},
        {"null permissions", ",\"permissions\":null", "", ROLE_NONE, 0},
        {"empty permissions", ",\"permissions\":[]", "", ROLE_ARRAY, 0},
        {"array", ",\"sub\":\"john\",\"permissions\":[\"present\",\"other\"]", "john", ROLE_ARRAY,
         PERMISSION_PRESENT},
        {"role", ",\"sub\":\"\",\"permissions\":\"op\"", "", ROLE_OP, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct jwt_claims claims = {0};
        struct error e = {0};
        struct buf json = {0};
        struct buf text = {0};

        buf_printf(&json, "{" AUD "," EXP "%s}", rows[i].claims);
        make_jwt(&text, HEADER, buf_str(&json), SECRET);
        if (verify(&claims, buf_span(&text), "g", "host", "", &e) != 0)
            fail_msg("%s: %s", rows[i].name, e.text);
        if (strcmp(claims.subject, rows[i].subject) != 0 ||
            claims.permissions.role != rows[i].role ||
            claims.permissions.literal.bits != rows[i].bits)
            fail_msg("%s: subject %s, role %d, bits %u", rows[i].name, claims.subject,
                     claims.permissions.role, claims.permissions.literal.bits);
        jwt_claims_release(&claims);
        buf_release(&json);
        buf_release(&text);
    }
}

static void test_claims_refused(void **state)
{
    static const struct verify_row rows[] = {
        {"sub null", NULL, "{" AUD "," EXP ",\"sub\":null}", "sub is no string"},
        {"sub number", NULL, "{" AUD "," EXP ",\"sub\":1}", "sub is no string"},
        {"sub with NUL", NULL, "{" AUD "," EXP ",\"sub\":\"a\\u0000b\"}", "no valid user name"},
        {"sub hidden", NULL, "{" AUD "," EXP ",\"sub\":\".a\"}", "no valid user name"},
        {"permissions object", NULL, "{" AUD "," EXP ",\"permissions\":{}}", "permissions"},
        {"permissions of numbers", NULL, "{" AUD "," EXP ",\"permissions\":[1]}", "permissions"},
        {"no such role", NULL, "{" AUD "," EXP ",\"permissions\":\"king\"}", "must be op"},
    };

    (void)state;
    check_rows(rows, LENGTH(rows));
}

static void test_signatures(void **state)
{
    struct jwt_claims claims = {0};
    struct buf text = {0};
    struct error e = {0};
    size_t dot;

    (void)state;
    make_jwt(&text, HEADER, "{" AUD "," EXP "}", "x23456789abcdef0123456789abcdef01");
    assert_int_equal(verify(&claims, buf_span(&text), "g", "host", "", &e), ERR_DENIED);
    assert_string_equal(e.text, "the token's signature is wrong");
    /* key confusion: the public EC key's text as an HMAC secret */
    make_jwt(&text, HEADER, "{" AUD "," EXP "}", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
    assert_int_equal(verify(&claims, buf_span(&text), "g", "host", "", &e), ERR_DENIED);
    make_jwt(&text, HEADER, "{" AUD "," EXP "}", SECRET);
    dot = text.len - 43;
    for (size_t len = dot; len < text.len; len++)
        assert_int_equal(verify(&claims, span_of(text.data, len), "g", "host", "", NULL),
                         ERR_DENIED);
    assert_int_equal(verify(&claims, buf_span(&text), "g", "host", "", NULL), 0);
    jwt_claims_release(&claims);
    assert_int_equal(
        jwt_verify(&claims, buf_span(&text), &(struct jwt_door){.group = "g", .base_path = ""}, &e),
        ERR_DENIED);
    assert_string_equal(e.text, "the group has no keys");
    buf_release(&text);
}

/* RFC 7515 appendix A.3: the signature is good, so that what is missing is the audience. */
static void test_rfc_token(void **state)
{
    static const char text[] =
        "eyJhbGciOiJFUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ."
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    struct jwt_keys *keys = keys_from(keys_text);
    struct jwt_door door = {.keys = keys, .group = "g", .base_path = ""};
    struct jwt_claims claims;
    struct error e;

    (void)state;
    door.now_us = INT64_C(1300819379) * US_PER_S;
    assert_int_equal(jwt_verify(&claims, span_str(text), &door, &e), ERR_DENIED);
    assert_non_null(strstr(e.text, "aud is missing"));
    door.now_us = INT64_C(1300819385) * US_PER_S;
    assert_int_equal(jwt_verify(&claims, span_str(text), &door, &e), ERR_DENIED);
    assert_string_equal(e.text, "the token has expired");
    jwt_keys_free(keys);
}

static void test_form(void **state)
{
    static const struct {
        const char *name, *text;
        bool want;
    } rows[] = {
        {"empty objects", "e30.e30.", true},
        {"with signature", "e30.e30.AA", true},
        {"RFC 7519 section 6.1, unsecured",
         "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
         "LmNvbS9pc19yb290Ijp0cnVlfQ.",
         true},
        {"duplicates are judged later", "eyJhIjoxLCJhIjoyfQ.e30.AA", true},
        {"stateful token", "Qm9_x2Lf0aE", false},
        {"empty", "", false},
        {"two parts", "e30.e30", false},
        {"four parts", "e30.e30.AA.", false},
        {"empty header", ".e30.AA", false},
        {"array", "W10.e30.AA", false},
        {"padding", "e30=.e30.AA", false},
        {"bad signature text", "e30.e30.!!", false},
        {"not JSON", "AAAA.e30.AA", false},
    };
    struct buf large = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (jwt_has_form(span_str(rows[i].text)) != rows[i].want)
            fail_msg("%s", rows[i].name);
    }
    buf_add_str(&large, "e30.e30.");
    while (large.len < 8192)
        buf_add_str(&large, "AAAA");
    assert_true(jwt_has_form(buf_span(&large)));
    buf_add_str(&large, "AAAA");
    assert_false(jwt_has_form(buf_span(&large)));
    buf_release(&large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),    cmocka_unit_test(test_times),
        cmocka_unit_test(test_audience),   cmocka_unit_test(test_places),
        cmocka_unit_test(test_claims),     cmocka_unit_test(test_claims_refused),
        cmocka_unit_test(test_signatures), cmocka_unit_test(test_rfc_token),
        cmocka_unit_test(test_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
