#include "admin-cgi/keys/key_make.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <string.h>

#include "admin-cgi/keys/key_jwk.h"
#include "common/json_build.h"
#include "common/macros.h"

#define RSA_BITS 2048
#define SECRET_MAX 64
#define RANDOM_NAME_BYTES 12

static const struct {
    const char *alg;
    size_t secret_bytes;        /* as many as its hash has (RFC 7518 section 3.2); 0: a pair */
    gnutls_pk_algorithm_t kind; /* of a pair */
    unsigned bits;
} kinds[] = {
    {"HS256", 32, GNUTLS_PK_UNKNOWN, 0},
    {"HS384", 48, GNUTLS_PK_UNKNOWN, 0},
    {"HS512", 64, GNUTLS_PK_UNKNOWN, 0},
    {"ES256", 0, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)},
    {"RS256", 0, GNUTLS_PK_RSA, RSA_BITS},
};

void key_pair_release(struct key_pair *k)
{
    json_object_put(k->stored);
    json_object_put(k->private);
    buf_wipe(&k->pem);
    *k = (struct key_pair){0};
}

static int no_random(struct error *e)
{
    return error_set(e, ERR_CRYPTO, NULL, "no random numbers");
}

/* ---- a shared secret ---- */

static int set_random_name(struct json_object *jwk, struct error *e)
{
    uint8_t random[RANDOM_NAME_BYTES];

    if (gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof random) < 0)
        return no_random(e);
    return key_jwk_set_bytes(jwk, "kid", span_of(random, sizeof random), sizeof random)
               ? 0
               : ERR_NO_MEMORY;
}

static int make_secret(struct key_pair *out, const char *alg, size_t bytes, const char *kid,
                       struct error *e)
{
    uint8_t secret[SECRET_MAX];
    bool good;
    int r = 0;

    if (gnutls_rnd(GNUTLS_RND_KEY, secret, bytes) < 0)
        return no_random(e);
    out->stored = json_object_new_object();
    good = out->stored && json_build_set(out->stored, "kty", json_object_new_string("oct")) &&
           json_build_set(out->stored, "alg", json_object_new_string(alg)) &&
           (!*kid || json_build_set(out->stored, "kid", json_object_new_string(kid))) &&
           key_jwk_set_bytes(out->stored, "k", span_of(secret, bytes), bytes);
    explicit_bzero(secret, sizeof secret);
    if (good && !*kid)
        r = set_random_name(out->stored, e);
    out->private = json_object_get(out->stored);
    return good ? r : ERR_NO_MEMORY;
}

/* ---- a pair ---- */

/* A number of the private half, which is wiped. */
static bool set_number(struct json_object *jwk, const char *name, gnutls_datum_t d, size_t width)
{
    bool good = key_jwk_set_bytes(jwk, name, span_of(d.data, d.size), width);

    if (d.data)
        gnutls_memset(d.data, 0, d.size);
    gnutls_free(d.data);
    return good;
}

/* RFC 7518 section 6.2.2. */
static bool add_private_ec(struct json_object *jwk, gnutls_privkey_t key)
{
    gnutls_datum_t k = {0};

    return gnutls_privkey_export_ecc_raw(key, NULL, NULL, NULL, &k) == 0 &&
           set_number(jwk, "d", k, P256_BYTES);
}

/* RFC 7518 section 6.3.2. */
static bool add_private_rsa(struct json_object *jwk, gnutls_privkey_t key)
{
    static const char *const names[] = {"d", "p", "q", "qi", "dp", "dq"};
    gnutls_datum_t parts[LENGTH(names)] = {0};
    bool good = gnutls_privkey_export_rsa_raw(key, NULL, NULL, &parts[0], &parts[1], &parts[2],
                                              &parts[3], &parts[4], &parts[5]) == 0;

    for (size_t i = 0; i < LENGTH(names); i++)
        good = set_number(jwk, names[i], parts[i], 0) && good;
    return good;
}

static bool add_pem(struct buf *out, gnutls_privkey_t key)
{
    gnutls_x509_privkey_t x509 = NULL;
    gnutls_datum_t pem = {0};
    bool good = gnutls_privkey_export_x509(key, &x509) == 0 &&
                gnutls_x509_privkey_export2_pkcs8(x509, GNUTLS_X509_FMT_PEM, NULL,
                                                  GNUTLS_PKCS_PLAIN, &pem) == 0;

    if (good)
        buf_add(out, pem.data, pem.size);
    if (pem.data)
        gnutls_memset(pem.data, 0, pem.size);
    gnutls_free(pem.data);
    if (x509)
        gnutls_x509_privkey_deinit(x509);
    return good && buf_check(out) == 0;
}

static bool set_name(struct json_object *jwk, const char *kid)
{
    char print[KEY_THUMBPRINT_SIZE];

    if (!*kid && key_jwk_thumbprint(jwk, print))
        kid = print;
    return json_build_set(jwk, "kid", json_object_new_string(kid));
}

static int fill_pair(struct key_pair *out, gnutls_privkey_t key, gnutls_pk_algorithm_t kind,
                     const char *kid, struct error *e)
{
    gnutls_pubkey_t public;
    int r;

    if (gnutls_pubkey_init(&public) < 0)
        return ERR_NO_MEMORY;
    r = gnutls_pubkey_import_privkey(public, key, 0, 0) < 0
            ? error_set(e, ERR_CRYPTO, NULL, "the key was not made")
            : key_jwk_public(&out->stored, public, e);
    gnutls_pubkey_deinit(public);
    if (r < 0)
        return r;
    if (!set_name(out->stored, kid) ||
        json_object_deep_copy(out->stored, &out->private, NULL) != 0 ||
        !(kind == GNUTLS_PK_RSA ? add_private_rsa : add_private_ec)(out->private, key) ||
        !add_pem(&out->pem, key))
        return ERR_NO_MEMORY;
    return 0;
}

static int make_pair(struct key_pair *out, gnutls_pk_algorithm_t kind, unsigned bits,
                     const char *kid, struct error *e)
{
    gnutls_privkey_t key;
    int r;

    if (gnutls_privkey_init(&key) < 0)
        return ERR_NO_MEMORY;
    r = gnutls_privkey_generate(key, kind, bits, 0) < 0
            ? error_set(e, ERR_CRYPTO, NULL, "the key was not made")
            : fill_pair(out, key, kind, kid, e);
    gnutls_privkey_deinit(key);
    return r;
}

int key_pair_make(struct key_pair *out, const char *alg, const char *kid, struct error *e)
{
    struct key_pair made = {0};
    int r = ERR_INVALID;

    for (size_t i = 0; i < LENGTH(kinds); i++) {
        if (strcmp(kinds[i].alg, alg) != 0)
            continue;
        r = kinds[i].secret_bytes ? make_secret(&made, alg, kinds[i].secret_bytes, kid, e)
                                  : make_pair(&made, kinds[i].kind, kinds[i].bits, kid, e);
    }
    if (r < 0) {
        key_pair_release(&made);
        return r == ERR_INVALID ? error_set(e, r, "alg", "there is no such algorithm") : r;
    }
    *out = made;
    return 0;
}
