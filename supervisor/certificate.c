#include "supervisor/certificate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <unistd.h>

#include "common/atomic_file.h"

#define VALID_S (INT64_C(3650) * 86400)
#define BACKDATED_S INT64_C(86400)
#define KEY_FILE_MAX 65536
#define SERIAL_BYTES 16

static int refuse(struct error *e, const char *what, int code)
{
    return error_set(e, ERR_CRYPTO, NULL, "%s: %s", what, gnutls_strerror(code));
}

static int write_pem(const char *path, gnutls_datum_t pem, mode_t mode, struct error *e)
{
    return file_replace(path, span_of(pem.data, pem.size), mode, e);
}

static int make_key(gnutls_x509_privkey_t key, const char *path, struct error *e)
{
    gnutls_datum_t pem = {NULL, 0};
    int r = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                         GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);

    if (r == 0)
        r = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                              &pem);
    if (r < 0)
        return refuse(e, "cannot make a private key", r);
    r = write_pem(path, pem, 0600, e);
    gnutls_memset(pem.data, 0, pem.size);
    gnutls_free(pem.data);
    return r;
}

static int read_key(gnutls_x509_privkey_t key, const char *path, struct error *e)
{
    struct buf text = {0};
    int r = file_read(&text, path, KEY_FILE_MAX, NULL, e);

    if (r == 0) {
        gnutls_datum_t pem = {(unsigned char *)text.data, (unsigned)text.len};

        r = gnutls_x509_privkey_import2(key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
        if (r < 0)
            r = refuse(e, "data/key.pem does not hold a private key", r);
    }
    buf_wipe(&text);
    return r;
}

static int add_address(gnutls_x509_crt_t cert, const char *address)
{
    unsigned char bytes[16];
    unsigned len = 0;

    if (inet_pton(AF_INET, address, bytes) == 1)
        len = 4;
    else if (inet_pton(AF_INET6, address, bytes) == 1)
        len = 16;
    if (len == 0)
        return 0;
    return gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_IPADDRESS, bytes, len,
                                                GNUTLS_FSAN_APPEND);
}

/** RFC 5280 section 4.1 and 4.2.1: a leaf certificate for a TLS server. */
static int fill(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key, const char *address,
                int64_t now_s)
{
    unsigned char serial[SERIAL_BYTES];
    int r = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);

    serial[0] &= 0x7f; /* positive */
    if (r == 0)
        r = gnutls_x509_crt_set_version(cert, 3);
    if (r == 0)
        r = gnutls_x509_crt_set_serial(cert, serial, sizeof serial);
    if (r == 0)
        r = gnutls_x509_crt_set_activation_time(cert, (time_t)(now_s - BACKDATED_S));
    if (r == 0)
        r = gnutls_x509_crt_set_expiration_time(cert, (time_t)(now_s + VALID_S));
    if (r == 0)
        r = gnutls_x509_crt_set_dn(cert, "CN=localhost,O=Nereid", NULL);
    if (r == 0)
        r = gnutls_x509_crt_set_key(cert, key);
    if (r == 0)
        r = gnutls_x509_crt_set_basic_constraints(cert, 0, -1);
    if (r == 0)
        r = gnutls_x509_crt_set_key_usage(cert, GNUTLS_KEY_DIGITAL_SIGNATURE);
    if (r == 0)
        r = gnutls_x509_crt_set_key_purpose_oid(cert, GNUTLS_KP_TLS_WWW_SERVER, 0);
    if (r == 0)
        r = gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_DNSNAME, "localhost", 9,
                                                 GNUTLS_FSAN_SET);
    if (r == 0)
        r = add_address(cert, "127.0.0.1");
    if (r == 0)
        r = add_address(cert, "::1");
    if (r == 0 && address)
        r = add_address(cert, address);
    if (r == 0)
        r = gnutls_x509_crt_sign2(cert, cert, key, GNUTLS_DIG_SHA256, 0);
    return r;
}

static int make_cert(gnutls_x509_privkey_t key, const char *path, const char *address,
                     int64_t now_s, struct error *e)
{
    gnutls_x509_crt_t cert = NULL;
    gnutls_datum_t pem = {NULL, 0};
    int r = gnutls_x509_crt_init(&cert);

    if (r == 0)
        r = fill(cert, key, address, now_s);
    if (r == 0)
        r = gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_PEM, &pem);
    if (r < 0)
        r = refuse(e, "cannot make a certificate", r);
    else
        r = write_pem(path, pem, 0640, e);
    gnutls_free(pem.data);
    if (cert)
        gnutls_x509_crt_deinit(cert);
    return r;
}

int certificate_ensure(const char *cert_path, const char *key_path, const char *address,
                       int64_t now_s, struct error *e)
{
    const bool has_cert = access(cert_path, F_OK) == 0;
    const bool has_key = access(key_path, F_OK) == 0;
    gnutls_x509_privkey_t key = NULL;
    int r;

    if (has_cert && has_key)
        return 0;
    if (has_cert)
        return error_set(e, ERR_INVALID, NULL,
                         "data/cert.pem is there without its data/key.pem: add the key, or remove "
                         "the certificate and a new pair is made");
    r = gnutls_x509_privkey_init(&key);
    if (r < 0)
        return refuse(e, "cannot make a private key", r);
    /* The key comes first: a crash in between leaves a key, and the next start goes on from it. */
    r = has_key ? read_key(key, key_path, e) : make_key(key, key_path, e);
    if (r == 0)
        r = make_cert(key, cert_path, address, now_s, e);
    gnutls_x509_privkey_deinit(key);
    return r;
}
