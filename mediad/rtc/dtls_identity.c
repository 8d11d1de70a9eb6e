#include "mediad/rtc/dtls_identity.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gnutls/crypto.h>

#include "mediad/rtc/dtls_identity_internal.h"

#define CERTIFICATE_AGE_S (30 * 24 * 3600)
#define CERTIFICATE_SLACK_S (24 * 3600) /* for peers whose clock is wrong */
#define FINGERPRINT_SIZE 128

struct dtls_identity {
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priority;
    char fingerprint[FINGERPRINT_SIZE];
};

/* One curve pair, AEAD suites with forward secrecy, DTLS 1.2, nothing older (RFC 8827
 * section 6.5). A first
 * handshake without the extension of RFC 5746 is accepted, since some stacks never renegotiate and
 * leave it out; a second one is never answered (dtls_transport.c), so that nothing can be spliced.
 */
static const char priority_text[] =
    "NONE:+VERS-DTLS1.2:+ECDHE-ECDSA:+ECDHE-RSA:+AES-128-GCM:+CHACHA20-POLY1305:+AES-256-GCM:+AEAD:"
    "+GROUP-X25519:+GROUP-SECP256R1:+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SHA512:"
    "+SIGN-RSA-SHA256:+SIGN-RSA-SHA384:+SIGN-RSA-SHA512:+SIGN-RSA-PSS-RSAE-SHA256:"
    "+CTYPE-X509:+COMP-NULL:%PARTIAL_RENEGOTIATION";

static int fill_certificate(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
    static const char name[] = "CN=Nereid";
    uint8_t serial[16];
    time_t now = time(NULL);
    int r = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);

    serial[0] &= 0x7f; /* serial numbers are positive */
    if (r == 0)
        r = gnutls_x509_crt_set_version(crt, 3);
    if (r == 0)
        r = gnutls_x509_crt_set_serial(crt, serial, sizeof serial);
    if (r == 0)
        r = gnutls_x509_crt_set_activation_time(crt, now - CERTIFICATE_SLACK_S);
    if (r == 0)
        r = gnutls_x509_crt_set_expiration_time(crt, now + CERTIFICATE_AGE_S);
    if (r == 0)
        r = gnutls_x509_crt_set_dn(crt, name, NULL);
    if (r == 0)
        r = gnutls_x509_crt_set_key(crt, key);
    if (r == 0)
        r = gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
    return r;
}

static int write_fingerprint(struct dtls_identity *identity, gnutls_x509_crt_t crt)
{
    uint8_t hash[32];
    size_t len = sizeof hash;
    int r = gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, hash, &len);
    size_t at = 0;

    if (r < 0)
        return r;
    at += (size_t)snprintf(identity->fingerprint, sizeof identity->fingerprint, "sha-256 ");
    for (size_t i = 0; i < len; i++)
        at += (size_t)snprintf(identity->fingerprint + at, sizeof identity->fingerprint - at,
                               "%s%02X", i ? ":" : "", hash[i]);
    return 0;
}

static int fill_identity(struct dtls_identity *identity)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t crt = NULL;
    int r = gnutls_priority_init(&identity->priority, priority_text, NULL);

    if (r == 0)
        r = gnutls_certificate_allocate_credentials(&identity->credentials);
    if (r == 0)
        r = gnutls_x509_privkey_init(&key);
    if (r == 0)
        r = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                         GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    if (r == 0)
        r = gnutls_x509_crt_init(&crt);
    if (r == 0)
        r = fill_certificate(crt, key);
    if (r == 0)
        r = gnutls_certificate_set_x509_key(identity->credentials, &crt, 1, key);
    if (r >= 0)
        r = write_fingerprint(identity, crt);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    return r;
}

int dtls_identity_new(struct dtls_identity **out, struct error *e)
{
    struct dtls_identity *identity = calloc(1, sizeof *identity);

    if (!identity)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    int r = fill_identity(identity);
    if (r < 0) {
        dtls_identity_free(identity);
        return error_set(e, ERR_CRYPTO, NULL, "cannot make the DTLS certificate: %s",
                         gnutls_strerror(r));
    }
    *out = identity;
    return 0;
}

void dtls_identity_free(struct dtls_identity *identity)
{
    if (!identity)
        return;
    if (identity->credentials)
        gnutls_certificate_free_credentials(identity->credentials);
    if (identity->priority)
        gnutls_priority_deinit(identity->priority);
    free(identity);
}

const char *dtls_identity_fingerprint(const struct dtls_identity *identity)
{
    return identity->fingerprint;
}

int dtls_identity_apply(const struct dtls_identity *identity, gnutls_session_t session)
{
    int r = gnutls_priority_set(session, identity->priority);

    return r < 0 ? r
                 : gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, identity->credentials);
}
