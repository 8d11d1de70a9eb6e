#include "admin-cgi/keys/key_jwk.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>

#include "common/base64url.h"
#include "common/json_build.h"
#include "common/macros.h"

const char *key_jwk_text(struct json_object *jwk, const char *name)
{
    struct json_object *value =
        json_object_is_type(jwk, json_type_object) ? json_object_object_get(jwk, name) : NULL;

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

bool key_jwk_set_bytes(struct json_object *jwk, const char *name, struct span bytes, size_t width)
{
    struct buf padded = {0}, text = {0};
    bool good;

    while (bytes.len > 0 && bytes.data[0] == 0)
        bytes = span_of(bytes.data + 1, bytes.len - 1);
    for (size_t i = bytes.len; i < width; i++)
        buf_add_char(&padded, 0);
    buf_add_span(&padded, bytes);
    base64url_add(&text, buf_span(&padded));
    good = buf_check(&padded) == 0 && buf_check(&text) == 0 &&
           json_build_set(jwk, name, json_object_new_string(buf_str(&text)));
    buf_wipe(&padded);
    buf_wipe(&text);
    return good;
}

static struct span of_datum(gnutls_datum_t d)
{
    return span_of(d.data, d.size);
}

static bool set_text(struct json_object *jwk, const char *name, const char *text)
{
    return json_build_set(jwk, name, json_object_new_string(text));
}

static int set_ec(struct json_object *jwk, gnutls_pubkey_t key, struct error *e)
{
    gnutls_datum_t x = {0}, y = {0};
    gnutls_ecc_curve_t curve;
    bool good;

    if (gnutls_pubkey_export_ecc_raw(key, &curve, &x, &y) < 0)
        return error_set(e, ERR_UNSUPPORTED, NULL, "the key cannot be read");
    good = set_text(jwk, "kty", "EC") && set_text(jwk, "alg", "ES256") &&
           set_text(jwk, "crv", "P-256") && key_jwk_set_bytes(jwk, "x", of_datum(x), P256_BYTES) &&
           key_jwk_set_bytes(jwk, "y", of_datum(y), P256_BYTES);
    gnutls_free(x.data);
    gnutls_free(y.data);
    if (curve != GNUTLS_ECC_CURVE_SECP256R1)
        return error_set(e, ERR_UNSUPPORTED, NULL, "keys on curves have to be on P-256");
    return good ? 0 : ERR_NO_MEMORY;
}

static int set_rsa(struct json_object *jwk, gnutls_pubkey_t key, struct error *e)
{
    gnutls_datum_t n = {0}, exponent = {0};
    bool good;

    if (gnutls_pubkey_export_rsa_raw(key, &n, &exponent) < 0)
        return error_set(e, ERR_UNSUPPORTED, NULL, "the key cannot be read");
    good = set_text(jwk, "kty", "RSA") && set_text(jwk, "alg", "RS256") &&
           key_jwk_set_bytes(jwk, "n", of_datum(n), 0) &&
           key_jwk_set_bytes(jwk, "e", of_datum(exponent), 0);
    gnutls_free(n.data);
    gnutls_free(exponent.data);
    return good ? 0 : ERR_NO_MEMORY;
}

int key_jwk_public(struct json_object **out, gnutls_pubkey_t key, struct error *e)
{
    int kind = gnutls_pubkey_get_pk_algorithm(key, NULL);
    struct json_object *jwk = json_object_new_object();
    int r = jwk ? 0 : ERR_NO_MEMORY;

    if (r == 0 && kind == GNUTLS_PK_ECDSA)
        r = set_ec(jwk, key, e);
    else if (r == 0 && kind == GNUTLS_PK_RSA)
        r = set_rsa(jwk, key, e);
    else if (r == 0)
        r = error_set(e, ERR_UNSUPPORTED, NULL, "keys have to be of RSA, or on the curve P-256");
    if (r < 0) {
        json_object_put(jwk);
        return r;
    }
    *out = jwk;
    return 0;
}

/* The members that are hashed, in the order of RFC 7638 section 3.2. */
static const char *const *hashed_members(const char *kty)
{
    static const char *const ec[] = {"crv", "kty", "x", "y", NULL};
    static const char *const rsa[] = {"e", "kty", "n", NULL};

    if (strcmp(kty, "EC") == 0)
        return ec;
    return strcmp(kty, "RSA") == 0 ? rsa : NULL;
}

bool key_jwk_thumbprint(struct json_object *jwk, char out[KEY_THUMBPRINT_SIZE])
{
    const char *kty = key_jwk_text(jwk, "kty");
    const char *const *names = kty ? hashed_members(kty) : NULL;
    struct buf text = {0}, print = {0};
    uint8_t digest[32];
    bool good = names != NULL;

    for (size_t i = 0; good && names[i]; i++) {
        const char *value = key_jwk_text(jwk, names[i]);

        good = value != NULL;
        /* base64url and names of kinds and curves: nothing to escape */
        buf_printf(&text, "%s\"%s\":\"%s\"", i ? "," : "{", names[i], value ? value : "");
    }
    buf_add_char(&text, '}');
    good = good && buf_check(&text) == 0 &&
           gnutls_hash_fast(GNUTLS_DIG_SHA256, text.data, text.len, digest) == 0;
    if (good)
        base64url_add(&print, span_of(digest, sizeof digest));
    good = good && buf_check(&print) == 0;
    if (good)
        snprintf(out, KEY_THUMBPRINT_SIZE, "%s", buf_str(&print));
    buf_release(&text);
    buf_release(&print);
    return good;
}

const char *key_jwk_private_member(struct json_object *jwk)
{
    static const char *const names[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};
    const char *kty = key_jwk_text(jwk, "kty");

    for (size_t i = 0; (!kty || strcmp(kty, "oct") != 0) && i < LENGTH(names); i++) {
        if (json_object_object_get_ex(jwk, names[i], NULL))
            return names[i];
    }
    return NULL;
}

const char *key_jwk_mark(struct json_object *jwk)
{
    static const char *const names[] = {"x", "n", "k"};

    for (size_t i = 0; i < LENGTH(names); i++) {
        const char *value = key_jwk_text(jwk, names[i]);

        if (value && *value)
            return value;
    }
    return NULL;
}

void key_jwk_size(struct json_object *jwk, char *out, size_t size)
{
    const char *curve = key_jwk_text(jwk, "crv"), *number = key_jwk_text(jwk, "n");
    struct buf bytes = {0};

    if (!number)
        number = key_jwk_text(jwk, "k");
    snprintf(out, size, "%s", curve ? curve : "");
    if (!curve && number && base64url_decode(&bytes, span_str(number)) == 0)
        snprintf(out, size, "%zu", bytes.len * 8);
    buf_wipe(&bytes);
}
