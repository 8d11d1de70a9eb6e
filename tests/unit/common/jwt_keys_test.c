#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/base64url.h"
#include "common/json_scan.h"
#include "common/jwt_internal.h"
#include "common/macros.h"

static struct json_object *parse(const char *text)
{
    struct json_object *value = NULL;

    if (json_scan_parse(&value, span_str(text), &json_limits_file, NULL) < 0)
        fail_msg("not JSON: %s", text);
    return value;
}

static struct jwt_keys *keys_from(const char *text)
{
    struct json_object *array = parse(text);
    struct jwt_keys *keys = NULL;
    struct error e;

    if (jwt_keys_parse_strict(&keys, array, &e) < 0)
        fail_msg("%s: %s", e.place, e.text);
    json_object_put(array);
    return keys;
}

/* The claims of RFC 7515 appendix A.1.1, used in A.2 and A.3 as well. */
#define RFC_CLAIMS                                                                                 \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ"

static const char rfc_rsa_key[] =
    "[{\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_"
    "wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_"
    "YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-"
    "UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-"
    "DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"}]";

static const char rfc_rsa_signature[] =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
    "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
    "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQB"
    "MHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
    "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9Q"
    "OYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

static const char rfc_ec_key[] = "[{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\","
                                 "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                                 "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]";

static const char rfc_ec_signature[] =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/* Verifies, and then fails to verify with each byte of text and signature changed. */
static void check_vector(const struct jwt_key *key, const char *signed_text, const char *signature)
{
    struct buf text = {0};
    struct buf bytes = {0};

    buf_add_str(&text, signed_text);
    assert_int_equal(base64url_decode(&bytes, span_str(signature)), 0);
    assert_true(jwt_key_verify(key, buf_span(&text), buf_span(&bytes)));
    for (size_t i = 0; i < text.len; i += 7) {
        text.data[i] ^= 1;
        assert_false(jwt_key_verify(key, buf_span(&text), buf_span(&bytes)));
        text.data[i] ^= 1;
    }
    for (size_t i = 0; i < bytes.len; i += 5) {
        bytes.data[i] ^= 1;
        assert_false(jwt_key_verify(key, buf_span(&text), buf_span(&bytes)));
        bytes.data[i] ^= 1;
    }
    for (size_t len = 0; len < bytes.len; len += 11)
        assert_false(jwt_key_verify(key, buf_span(&text), span_of(bytes.data, len)));
    buf_add_char(&bytes, 0);
    assert_false(jwt_key_verify(key, buf_span(&text), buf_span(&bytes)));
    buf_release(&text);
    buf_release(&bytes);
}

/* RFC 7515 appendix A.1. Its key has 64 bytes, and we take 32 for HS256: so it is tried below the
 * check of the length. */
static void test_rfc7515_a1_hs256(void **state)
{
    static const struct jwt_algorithm long_key = {"HS256", "oct", GNUTLS_MAC_SHA256, 64,
                                                  GNUTLS_SIGN_UNKNOWN};
    struct jwt_key key = {.algorithm = &long_key};
    struct buf secret = {0};

    (void)state;
    assert_int_equal(
        base64url_decode(&secret,
                         span_str("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0"
                                  "iPS4hcgUuTwjAzZr1Z9CAow")),
        0);
    assert_int_equal(secret.len, sizeof key.secret);
    memcpy(key.secret, secret.data, secret.len);
    check_vector(&key, "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." RFC_CLAIMS,
                 "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    buf_release(&secret);
}

static void test_rfc7515_a2_rs256(void **state)
{
    struct jwt_keys *keys = keys_from(rfc_rsa_key);

    (void)state;
    check_vector(&keys->keys[0], "eyJhbGciOiJSUzI1NiJ9." RFC_CLAIMS, rfc_rsa_signature);
    jwt_keys_free(keys);
}

static void test_rfc7515_a3_es256(void **state)
{
    struct jwt_keys *keys = keys_from(rfc_ec_key);

    (void)state;
    check_vector(&keys->keys[0], "eyJhbGciOiJFUzI1NiJ9." RFC_CLAIMS, rfc_ec_signature);
    jwt_keys_free(keys);
}

/* CVE-2022-21449: r or s zero, or the order of the group, is no signature. */
static void test_psychic_signatures(void **state)
{
    static const uint8_t order[32] = {0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00,
                                      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                      0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84,
                                      0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51};
    static const uint8_t zero[32];
    static const uint8_t one[32] = {[31] = 1};
    const uint8_t *const values[] = {zero, one, order};
    struct jwt_keys *keys = keys_from(rfc_ec_key);

    (void)state;
    for (size_t r = 0; r < LENGTH(values); r++) {
        for (size_t s = 0; s < LENGTH(values); s++) {
            uint8_t signature[64];

            memcpy(signature, values[r], 32);
            memcpy(signature + 32, values[s], 32);
            assert_false(
                jwt_key_verify(&keys->keys[0], span_str("any text"), span_of(signature, 64)));
        }
    }
    jwt_keys_free(keys);
}

static void add_member(struct buf *out, const char *name, const gnutls_datum_t *number)
{
    struct span bytes = span_of(number->data, number->size);

    while (bytes.len > 0 && bytes.data[0] == 0) /* GnuTLS writes a zero in front of a high bit */
        bytes = span_of(bytes.data + 1, bytes.len - 1);
    buf_printf(out, "\"%s\":\"", name);
    base64url_add(out, bytes);
    buf_add_str(out, "\"");
}

/* A signature in which r or s starts with zero bytes is one in 128: many are tried, with keys whose
 * coordinates may lack theirs. */
static void test_fresh_ec_signatures(void **state)
{
    gnutls_privkey_t secret;
    gnutls_datum_t x, y;
    gnutls_datum_t text = {(unsigned char *)"signed", 6};
    struct buf json = {0};
    struct jwt_keys *keys;

    (void)state;
    assert_int_equal(gnutls_privkey_init(&secret), 0);
    assert_int_equal(gnutls_privkey_generate(secret, GNUTLS_PK_ECDSA,
                                             GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                     0);
    assert_int_equal(gnutls_privkey_export_ecc_raw(secret, NULL, &x, &y, NULL), 0);
    buf_add_str(&json, "[{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\",");
    add_member(&json, "x", &x);
    buf_add_str(&json, ",");
    add_member(&json, "y", &y);
    buf_add_str(&json, "}]");
    keys = keys_from(buf_str(&json));
    for (int i = 0; i < 400; i++) {
        uint8_t signature[64] = {0};
        gnutls_datum_t der, r, s;

        assert_int_equal(
            gnutls_privkey_sign_data2(secret, GNUTLS_SIGN_ECDSA_SHA256, 0, &text, &der), 0);
        assert_int_equal(gnutls_decode_rs_value(&der, &r, &s), 0);
        for (size_t n = 0; n < 32 && n < r.size; n++)
            signature[31 - n] = r.data[r.size - 1 - n];
        for (size_t n = 0; n < 32 && n < s.size; n++)
            signature[63 - n] = s.data[s.size - 1 - n];
        assert_true(jwt_key_verify(&keys->keys[0], span_str("signed"), span_of(signature, 64)));
        assert_false(jwt_key_verify(&keys->keys[0], span_str("Signed"), span_of(signature, 64)));
        gnutls_free(der.data);
        gnutls_free(r.data);
        gnutls_free(s.data);
    }
    gnutls_free(x.data);
    gnutls_free(y.data);
    gnutls_privkey_deinit(secret);
    jwt_keys_free(keys);
    buf_release(&json);
}

#define K32 "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
#define RFC_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define RFC_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"

static void test_malformed_keys(void **state)
{
    static const struct {
        const char *name;
        const char *key;
        const char *place;
    } rows[] = {
        {"no alg", "{\"kty\":\"oct\",\"k\":\"" K32 "\"}", "[1].alg"},
        {"alg of another type", "{\"kty\":\"oct\",\"alg\":1,\"k\":\"" K32 "\"}", "[1].alg"},
        {"alg none", "{\"kty\":\"oct\",\"alg\":\"none\",\"k\":\"" K32 "\"}", "[1].alg"},
        {"ES384", "{\"kty\":\"EC\",\"alg\":\"ES384\"}", "[1].alg"},
        {"PS256", "{\"kty\":\"RSA\",\"alg\":\"PS256\"}", "[1].alg"},
        {"no kty", "{\"alg\":\"HS256\",\"k\":\"" K32 "\"}", "[1].kty"},
        {"HS256 with an EC key", "{\"kty\":\"EC\",\"alg\":\"HS256\"}", "[1].kty"},
        {"ES256 with an oct key", "{\"kty\":\"oct\",\"alg\":\"ES256\",\"k\":\"" K32 "\"}",
         "[1].kty"},
        {"no k", "{\"kty\":\"oct\",\"alg\":\"HS256\"}", "[1].k"},
        {"short k", "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"MDEy\"}", "[1].k"},
        {"HS512 with 32 bytes", "{\"kty\":\"oct\",\"alg\":\"HS512\",\"k\":\"" K32 "\"}", "[1].k"},
        {"padded k", "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"" K32 "=\"}", "[1].k"},
        {"kid of another type", "{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":7,\"k\":\"" K32 "\"}",
         "[1].kid"},
        {"no curve", "{\"kty\":\"EC\",\"alg\":\"ES256\",\"x\":\"" RFC_X "\",\"y\":\"" RFC_Y "\"}",
         "[1].crv"},
        {"another curve",
         "{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-384\",\"x\":\"" RFC_X "\",\"y\":\"" RFC_Y
         "\"}",
         "[1].crv"},
        {"no y", "{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\",\"x\":\"" RFC_X "\"}",
         "[1].y"},
        {"a point that is not on the curve",
         "{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\",\"x\":\"" RFC_X "\",\"y\":\"" RFC_X
         "\"}",
         "[1].x"},
        {"the origin",
         "{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}", "[1].x"},
        {"a coordinate too long",
         "{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\",\"x\":\"AAAA" RFC_X
         "\",\"y\":\"" RFC_Y "\"}",
         "[1].x"},
        {"a small modulus", "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"" K32 "\",\"e\":\"AQAB\"}",
         "[1].n"},
        {"no exponent", "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"" K32 "\"}", "[1].e"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf text = {0};
        struct jwt_keys *keys = NULL;
        struct json_object *array;
        struct error e = {0};

        buf_printf(&text, "[{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"%s\"},%s]", K32,
                   rows[i].key);
        array = parse(buf_str(&text));
        if (jwt_keys_parse_strict(&keys, array, &e) != ERR_INVALID ||
            strcmp(e.place, rows[i].place) != 0)
            fail_msg("%s: %s: %s", rows[i].name, e.place, e.text);
        assert_null(keys);
        assert_int_equal(jwt_keys_parse(&keys, array, NULL), 0);
        assert_int_equal(jwt_keys_count(keys), 2);
        assert_null(jwt_keys_problem(keys, 0));
        if (!jwt_keys_problem(keys, 1))
            fail_msg("%s: not marked as unusable", rows[i].name);
        jwt_keys_free(keys);
        json_object_put(array);
        buf_release(&text);
    }
}

static void test_malformed_arrays(void **state)
{
    static const char *const texts[] = {"{}", "17", "[17]", "[null]", "[[]]"};

    (void)state;
    for (size_t i = 0; i < LENGTH(texts); i++) {
        struct json_object *json = parse(texts[i]);
        struct jwt_keys *keys = NULL;
        struct error e;

        assert_int_equal(jwt_keys_parse(&keys, json, &e), ERR_INVALID);
        assert_null(keys);
        json_object_put(json);
    }
}

static void test_bad_exponents(void **state)
{
    static const char *const exponents[] = {"AA", "AQ", "AAAB", "Ag", "AQAAAAAAAAAB"};

    (void)state;
    for (size_t i = 0; i < LENGTH(exponents); i++) {
        struct json_object *array = parse(rfc_rsa_key);
        struct jwt_keys *keys = NULL;
        struct error e;

        json_object_object_add(json_object_array_get_idx(array, 0), "e",
                               json_object_new_string(exponents[i]));
        if (jwt_keys_parse_strict(&keys, array, &e) != ERR_INVALID)
            fail_msg("e = %s is accepted", exponents[i]);
        assert_string_equal(e.place, "[0].e");
        json_object_put(array);
    }
}

static void test_references(void **state)
{
    struct jwt_keys *keys = keys_from(rfc_ec_key);

    (void)state;
    assert_int_equal(jwt_keys_count(keys), 1);
    jwt_keys_free(keys);
    jwt_keys_free(NULL);
    assert_int_equal(jwt_keys_count(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc7515_a1_hs256),    cmocka_unit_test(test_rfc7515_a2_rs256),
        cmocka_unit_test(test_rfc7515_a3_es256),    cmocka_unit_test(test_psychic_signatures),
        cmocka_unit_test(test_fresh_ec_signatures), cmocka_unit_test(test_malformed_keys),
        cmocka_unit_test(test_malformed_arrays),    cmocka_unit_test(test_bad_exponents),
        cmocka_unit_test(test_references),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
