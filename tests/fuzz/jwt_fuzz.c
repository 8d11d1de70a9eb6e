/*
 * JSON web tokens. The first byte says what the rest is: '[' keys (with that bracket), 'c' claims,
 * which get a good signature so that every check behind it is reached, 'h' a header with its
 * signature, else a whole token.
 */
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>

#include "common/base64url.h"
#include "common/json_scan.h"
#include "common/jwt_keys.h"
#include "common/now.h"
#include "common/token_jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char keys_text[] = "[{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"s\","
                                "\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"},"
                                "{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\","
                                "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                                "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]";

static void check(bool good)
{
    if (!good)
        abort();
}

static struct jwt_keys *parse_keys(struct span text)
{
    struct json_object *array = NULL;
    struct jwt_keys *keys = NULL;
    struct jwt_keys *strict = NULL;

    if (json_scan_parse(&array, text, &json_limits_file, NULL) < 0)
        return NULL;
    if (jwt_keys_parse(&keys, array, NULL) == 0) {
        bool has_problem = false;

        for (size_t i = 0; i < jwt_keys_count(keys); i++)
            has_problem = has_problem || jwt_keys_problem(keys, i);
        check((jwt_keys_parse_strict(&strict, array, NULL) == 0) == !has_problem);
    }
    jwt_keys_free(strict);
    json_object_put(array);
    return keys;
}

/* A token with this header and claims, signed with the first key. */
static void make_token(struct buf *out, struct span header, struct span claims)
{
    uint8_t mac[32];

    base64url_add(out, header);
    buf_add_char(out, '.');
    base64url_add(out, claims);
    check(gnutls_hmac_fast(GNUTLS_MAC_SHA256, "0123456789abcdef0123456789abcdef", 32, out->data,
                           out->len, mac) == 0);
    buf_add_char(out, '.');
    base64url_add(out, span_of(mac, sizeof mac));
}

static void verify(struct span text, const struct jwt_keys *keys)
{
    struct jwt_claims claims = {0};
    const struct jwt_door door = {.keys = keys,
                                  .group = "g/sub",
                                  .canonical_host = "host",
                                  .base_path = "/base",
                                  .now_us = INT64_C(1800000000) * US_PER_S};
    struct error e = {0};
    int r = jwt_verify(&claims, text, &door, &e);

    check(r == 0 || (r == ERR_DENIED && e.text[0] && !claims.subject));
    check(r < 0 || (claims.subject && jwt_has_form(text)));
    jwt_claims_release(&claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span_of(data, size);
    struct span rest = span_sub(input, 1, size);
    struct jwt_keys *keys = NULL;
    struct buf made = {0};

    if (size > 0 && data[0] == '[') {
        keys = parse_keys(input);
        verify(span_str("eyJhbGciOiJFUzI1NiJ9.e30.AAAA"), keys);
        verify(span_str("eyJhbGciOiJSUzI1NiJ9.e30.AAAA"), keys);
    } else {
        keys = parse_keys(span_str(keys_text));
        if (size > 0 && data[0] == 'c')
            make_token(&made, span_str("{\"alg\":\"HS256\"}"), rest);
        else if (size > 0 && data[0] == 'h')
            make_token(&made, rest, span_str("{}"));
        verify(made.len > 0 ? buf_span(&made) : input, keys);
    }
    jwt_keys_free(keys);
    buf_release(&made);
    return 0;
}
