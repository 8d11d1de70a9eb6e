#include "common/jwt_keys.h"

#include <gmp.h>
#include <nettle/ecc.h>
#include <nettle/ecc-curve.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/json_fields.h"
#include "common/jwt_internal.h"
#include "common/macros.h"

#define EC_BYTES 32
#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 16384
#define RSA_EXPONENT_MAX_BYTES 8

static const struct jwt_algorithm algorithms[] = {
    {"HS256", "oct", GNUTLS_MAC_SHA256, 32, GNUTLS_SIGN_UNKNOWN},
    {"HS384", "oct", GNUTLS_MAC_SHA384, 48, GNUTLS_SIGN_UNKNOWN},
    {"HS512", "oct", GNUTLS_MAC_SHA512, 64, GNUTLS_SIGN_UNKNOWN},
    {"ES256", "EC", GNUTLS_MAC_UNKNOWN, 0, GNUTLS_SIGN_ECDSA_SHA256},
    {"RS256", "RSA", GNUTLS_MAC_UNKNOWN, 0, GNUTLS_SIGN_RSA_SHA256},
};

/* NULL for an algorithm that we do not take. */
static const struct jwt_algorithm *find_algorithm(const char *alg)
{
    for (size_t i = 0; i < LENGTH(algorithms); i++) {
        if (strcmp(algorithms[i].alg, alg) == 0)
            return &algorithms[i];
    }
    return NULL;
}

/* Without the zero bytes in front: the shortest form of a number. */
static struct span number_trim(struct span bytes)
{
    while (bytes.len > 0 && bytes.data[0] == 0)
        bytes = span_of(bytes.data + 1, bytes.len - 1);
    return bytes;
}

/* A member in base64url, which must be there. */
static void get_bytes(struct json_fields *f, const char *name, struct buf *out)
{
    struct span text = {0};
    int r;

    json_fields_span(f, name, &text);
    if (f->result < 0)
        return;
    if (text.len == 0) {
        json_fields_fail(f, ERR_INVALID, name, "is missing");
        return;
    }
    r = base64url_decode(out, text);
    if (r == ERR_SYNTAX)
        json_fields_fail(f, ERR_INVALID, name, "should be base64url without padding");
    else if (r < 0)
        json_fields_fail(f, r, name, "out of memory");
}

static void parse_oct(struct jwt_key *key, struct json_fields *f)
{
    struct buf k = {0};

    get_bytes(f, "k", &k);
    if (f->result == 0 && k.len != key->algorithm->key_bytes)
        json_fields_fail(f, ERR_INVALID, "k", "should have %zu bytes for %s",
                         key->algorithm->key_bytes, key->algorithm->alg);
    if (f->result == 0)
        memcpy(key->secret, k.data, k.len);
    buf_wipe(&k);
}

#define EC_LIMBS (EC_BYTES / sizeof(mp_limb_t))

/* A 256-bit number as GMP reads it. @return number of limbs without leading zeros */
static mp_size_t make_limbs(mp_limb_t limbs[EC_LIMBS], const uint8_t bytes[EC_BYTES])
{
    mp_size_t n = EC_LIMBS;

    memset(limbs, 0, EC_BYTES);
    for (size_t i = 0; i < EC_BYTES; i++) {
        size_t place = EC_BYTES - 1 - i;

        limbs[place / sizeof(mp_limb_t)] |= (mp_limb_t)bytes[i] << place % sizeof(mp_limb_t) * 8;
    }
    while (n > 0 && limbs[n - 1] == 0)
        n--;
    return n;
}

/* GnuTLS imports points that are not on the curve, so they are checked here (RFC 7517; SEC-24). */
static bool is_on_p256(const uint8_t x[EC_BYTES], const uint8_t y[EC_BYTES])
{
    mp_limb_t x_limbs[EC_LIMBS];
    mp_limb_t y_limbs[EC_LIMBS];
    mp_size_t nx = make_limbs(x_limbs, x);
    mp_size_t ny = make_limbs(y_limbs, y);
    const mpz_t x_number = MPZ_ROINIT_N(x_limbs, nx);
    const mpz_t y_number = MPZ_ROINIT_N(y_limbs, ny);
    struct ecc_point point;
    bool good;

    ecc_point_init(&point, nettle_get_secp_256r1());
    good = ecc_point_set(&point, x_number, y_number) == 1;
    ecc_point_clear(&point);
    return good;
}

/* A coordinate, padded in front: some writers drop leading zeros. */
static void get_coordinate(struct json_fields *f, const char *name, uint8_t out[EC_BYTES])
{
    struct buf bytes = {0};

    memset(out, 0, EC_BYTES);
    get_bytes(f, name, &bytes);
    if (f->result == 0 && bytes.len > EC_BYTES)
        json_fields_fail(f, ERR_INVALID, name, "should have %d bytes", EC_BYTES);
    if (f->result == 0)
        memcpy(out + EC_BYTES - bytes.len, bytes.data, bytes.len);
    buf_release(&bytes);
}

static void parse_ec(struct jwt_key *key, struct json_fields *f)
{
    uint8_t x[EC_BYTES];
    uint8_t y[EC_BYTES];
    gnutls_datum_t x_datum = {x, EC_BYTES};
    gnutls_datum_t y_datum = {y, EC_BYTES};
    const char *curve = "";

    json_fields_string(f, "crv", &curve);
    if (f->result == 0 && strcmp(curve, "P-256") != 0)
        json_fields_fail(f, ERR_INVALID, "crv", "should be \"P-256\"");
    get_coordinate(f, "x", x);
    get_coordinate(f, "y", y);
    if (f->result < 0)
        return;
    if (!is_on_p256(x, y))
        json_fields_fail(f, ERR_INVALID, "x", "x and y are no point on the curve");
    else if (gnutls_pubkey_import_ecc_raw(key->pubkey, GNUTLS_ECC_CURVE_SECP256R1, &x_datum,
                                          &y_datum) < 0)
        json_fields_fail(f, ERR_INVALID, "x", "the key cannot be used");
}

static unsigned number_bits(struct span number)
{
    unsigned bits = (unsigned)number.len * 8;

    for (uint8_t mask = 0x80; number.len > 0 && !(number.data[0] & mask); mask >>= 1)
        bits--;
    return bits;
}

static void parse_rsa(struct jwt_key *key, struct json_fields *f)
{
    struct buf n_bytes = {0};
    struct buf e_bytes = {0};
    struct span n, e;
    unsigned bits;

    get_bytes(f, "n", &n_bytes);
    get_bytes(f, "e", &e_bytes);
    if (f->result < 0)
        goto out;
    n = number_trim(buf_span(&n_bytes));
    e = number_trim(buf_span(&e_bytes));
    bits = number_bits(n);
    if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS) {
        json_fields_fail(f, ERR_INVALID, "n", "should have %d to %d bits", RSA_MIN_BITS,
                         RSA_MAX_BITS);
    } else if (n.data[n.len - 1] % 2 == 0) {
        json_fields_fail(f, ERR_INVALID, "n", "is no RSA modulus");
    } else if (e.len == 0 || e.len > RSA_EXPONENT_MAX_BYTES || e.data[e.len - 1] % 2 == 0 ||
               number_bits(e) < 2) {
        json_fields_fail(f, ERR_INVALID, "e", "should be an odd number of up to %d bytes, over 1",
                         RSA_EXPONENT_MAX_BYTES);
    } else {
        gnutls_datum_t n_datum = {(unsigned char *)n.data, (unsigned)n.len};
        gnutls_datum_t e_datum = {(unsigned char *)e.data, (unsigned)e.len};

        if (gnutls_pubkey_import_rsa_raw(key->pubkey, &n_datum, &e_datum) < 0)
            json_fields_fail(f, ERR_INVALID, "n", "the key cannot be used");
    }
out:
    buf_release(&n_bytes);
    buf_release(&e_bytes);
}

static char *get_copy(struct json_fields *f, const char *name)
{
    const char *text = NULL;
    char *copy;

    json_fields_string(f, name, &text);
    if (!text)
        return NULL;
    copy = span_dup(span_str(text));
    if (!copy)
        json_fields_fail(f, ERR_NO_MEMORY, name, "out of memory");
    return copy;
}

/* @param prefix of the members' names in errors, or NULL */
static int parse_key(struct jwt_key *key, struct json_object *json, const char *prefix,
                     struct error *e)
{
    struct json_fields f = {.object = json, .prefix = prefix, .e = e};
    const char *kty = NULL;

    key->alg = get_copy(&f, "alg");
    key->kid = get_copy(&f, "kid");
    json_fields_string(&f, "kty", &kty);
    if (f.result == 0 && !key->alg)
        json_fields_fail(&f, ERR_INVALID, "alg", "is missing");
    if (f.result == 0 && !kty)
        json_fields_fail(&f, ERR_INVALID, "kty", "is missing");
    if (f.result < 0)
        return f.result;
    key->algorithm = find_algorithm(key->alg);
    if (!key->algorithm)
        return json_fields_fail(&f, ERR_INVALID, "alg",
                                "should be HS256, HS384, HS512, ES256 or RS256");
    if (strcmp(kty, key->algorithm->kty) != 0)
        return json_fields_fail(&f, ERR_INVALID, "kty", "should be \"%s\" for %s",
                                key->algorithm->kty, key->algorithm->alg);
    if (key->algorithm->mac != GNUTLS_MAC_UNKNOWN) {
        parse_oct(key, &f);
        return f.result;
    }
    if (gnutls_pubkey_init(&key->pubkey) < 0)
        return json_fields_fail(&f, ERR_NO_MEMORY, "kty", "out of memory");
    if (key->algorithm->sign == GNUTLS_SIGN_ECDSA_SHA256)
        parse_ec(key, &f);
    else
        parse_rsa(key, &f);
    return f.result;
}

static int parse_keys(struct jwt_keys **out, struct json_object *array, bool is_strict,
                      struct error *e)
{
    struct jwt_keys *keys;
    size_t n;
    int r = 0;

    if (!json_object_is_type(array, json_type_array))
        return error_set(e, ERR_INVALID, NULL, "the keys should be an array");
    n = json_object_array_length(array);
    if (n > JWT_KEYS_MAX)
        return error_set(e, ERR_TOO_LARGE, NULL, "more than %d keys", JWT_KEYS_MAX);
    keys = calloc(1, sizeof *keys + n * sizeof keys->keys[0]);
    if (!keys)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    keys->n_keys = n;
    for (size_t i = 0; r == 0 && i < n; i++) {
        struct json_object *json = json_object_array_get_idx(array, i);
        struct error problem = {0};
        char place[24];

        snprintf(place, sizeof place, "[%zu]", i);
        if (!json_object_is_type(json, json_type_object)) {
            r = error_set(e, ERR_INVALID, place, "the key should be an object");
            break;
        }
        r = parse_key(&keys->keys[i], json, is_strict ? place : NULL, &problem);
        if (r < 0 && (is_strict || r == ERR_NO_MEMORY)) {
            error_set(e, r, problem.place, "%s", problem.text);
        } else if (r < 0) {
            snprintf(keys->keys[i].problem, sizeof keys->keys[i].problem, "%.40s: %.70s",
                     problem.place, problem.text);
            r = 0;
        }
    }
    if (r < 0) {
        jwt_keys_free(keys);
        return r;
    }
    *out = keys;
    return 0;
}

int jwt_keys_parse(struct jwt_keys **out, struct json_object *array, struct error *e)
{
    return parse_keys(out, array, false, e);
}

int jwt_keys_parse_strict(struct jwt_keys **out, struct json_object *array, struct error *e)
{
    return parse_keys(out, array, true, e);
}

void jwt_keys_free(struct jwt_keys *k)
{
    for (size_t i = 0; k && i < k->n_keys; i++) {
        struct jwt_key *key = &k->keys[i];

        free(key->alg);
        free(key->kid);
        if (key->pubkey)
            gnutls_pubkey_deinit(key->pubkey);
        explicit_bzero(key->secret, sizeof key->secret);
    }
    free(k);
}

size_t jwt_keys_count(const struct jwt_keys *k)
{
    return k ? k->n_keys : 0;
}

const char *jwt_keys_problem(const struct jwt_keys *k, size_t index)
{
    return k->keys[index].problem[0] ? k->keys[index].problem : NULL;
}

static bool mac_is_good(const struct jwt_key *key, struct span signed_text, struct span signature)
{
    uint8_t mac[64];

    if (gnutls_hmac_fast(key->algorithm->mac, key->secret, key->algorithm->key_bytes,
                         signed_text.data, signed_text.len, mac) < 0)
        return false;
    return signature.len == gnutls_hmac_get_len(key->algorithm->mac) &&
           gnutls_memcmp(mac, signature.data, signature.len) == 0;
}

static bool data_is_signed(const struct jwt_key *key, struct span signed_text,
                           const gnutls_datum_t *signature)
{
    gnutls_datum_t data = {(unsigned char *)signed_text.data, (unsigned)signed_text.len};

    return gnutls_pubkey_verify_data2(key->pubkey, key->algorithm->sign, 0, &data, signature) >= 0;
}

/* RFC 7518 section 3.4: r and s as 32 bytes each. Zeros would verify for any text in a careless
 * implementation, so that they never get as far as the library. */
static bool ecdsa_is_good(const struct jwt_key *key, struct span signed_text, struct span signature)
{
    struct span r = number_trim(span_sub(signature, 0, EC_BYTES));
    struct span s = number_trim(span_sub(signature, EC_BYTES, EC_BYTES));
    gnutls_datum_t r_datum = {(unsigned char *)r.data, (unsigned)r.len};
    gnutls_datum_t s_datum = {(unsigned char *)s.data, (unsigned)s.len};
    gnutls_datum_t der = {NULL, 0};
    bool good;

    if (signature.len != 2 * EC_BYTES || r.len == 0 || s.len == 0)
        return false;
    if (gnutls_encode_rs_value(&der, &r_datum, &s_datum) < 0)
        return false;
    good = data_is_signed(key, signed_text, &der);
    gnutls_free(der.data);
    return good;
}

bool jwt_key_verify(const struct jwt_key *key, struct span signed_text, struct span signature)
{
    gnutls_datum_t datum = {(unsigned char *)signature.data, (unsigned)signature.len};

    if (key->algorithm->mac != GNUTLS_MAC_UNKNOWN)
        return mac_is_good(key, signed_text, signature);
    if (key->algorithm->sign == GNUTLS_SIGN_ECDSA_SHA256)
        return ecdsa_is_good(key, signed_text, signature);
    return data_is_signed(key, signed_text, &datum);
}

static bool is_chosen(const struct jwt_key *key, const char *alg, const char *kid)
{
    return key->alg && strcmp(key->alg, alg) == 0 &&
           (!kid[0] || (key->kid && strcmp(key->kid, kid) == 0));
}

int jwt_keys_verify(const struct jwt_keys *k, const char *alg, const char *kid,
                    struct span signed_text, struct span signature, size_t *which, struct error *e)
{
    size_t n_chosen = 0;

    for (size_t i = 0; i < k->n_keys; i++) {
        if (!is_chosen(&k->keys[i], alg, kid))
            continue;
        n_chosen++;
        if (k->keys[i].problem[0])
            return error_set(e, ERR_DENIED, NULL, "a key of the group is malformed: %s",
                             k->keys[i].problem);
    }
    if (n_chosen == 0)
        return error_set(e, ERR_DENIED, NULL, "no key of the group has the token's alg and kid");
    for (size_t i = 0; i < k->n_keys; i++) {
        if (!is_chosen(&k->keys[i], alg, kid) ||
            !jwt_key_verify(&k->keys[i], signed_text, signature))
            continue;
        if (which)
            *which = i;
        return 0;
    }
    return error_set(e, ERR_DENIED, NULL, "the token's signature is wrong");
}
