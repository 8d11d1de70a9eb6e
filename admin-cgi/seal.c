#include "admin-cgi/seal.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "admin-cgi/app.h"

#define VERSION 1 /* of the format, and so of the key that it is under */
#define VERSION_BYTES 1
#define NONCE_BYTES 12
#define TAG_BYTES 16

static int cipher_of(const struct app *app, const char *purpose, gnutls_aead_cipher_hd_t *out)
{
    uint8_t bytes[APP_MAC_BYTES];
    gnutls_datum_t key = {bytes, sizeof bytes};
    int r = app_mac(app, span_str(purpose), bytes);

    if (r == 0 && gnutls_aead_cipher_init(out, GNUTLS_CIPHER_AES_256_GCM, &key) < 0)
        r = ERR_CRYPTO;
    gnutls_memset(bytes, 0, sizeof bytes);
    return r;
}

int seal_add(struct buf *out, const struct app *app, const char *purpose, struct span context,
             struct span plain)
{
    gnutls_aead_cipher_hd_t cipher;
    size_t len = plain.len + TAG_BYTES;
    uint8_t *bytes = (uint8_t *)buf_reserve(out, VERSION_BYTES + NONCE_BYTES + len);
    uint8_t *nonce = bytes + VERSION_BYTES;
    int r;

    if (!bytes)
        return ERR_NO_MEMORY;
    bytes[0] = VERSION;
    if (gnutls_rnd(GNUTLS_RND_NONCE, nonce, NONCE_BYTES) < 0)
        return ERR_CRYPTO;
    r = cipher_of(app, purpose, &cipher);
    if (r < 0)
        return r;
    r = gnutls_aead_cipher_encrypt(cipher, nonce, NONCE_BYTES, context.data, context.len, TAG_BYTES,
                                   plain.data, plain.len, nonce + NONCE_BYTES, &len);
    gnutls_aead_cipher_deinit(cipher);
    if (r < 0)
        return ERR_CRYPTO;
    out->len += VERSION_BYTES + NONCE_BYTES + len;
    return 0;
}

int seal_open(struct buf *out, const struct app *app, const char *purpose, struct span context,
              struct span sealed)
{
    const uint8_t *nonce = sealed.data + VERSION_BYTES;
    gnutls_aead_cipher_hd_t cipher;
    size_t len = sealed.len; /* more than the text */
    char *plain;
    int r;

    if (sealed.len < VERSION_BYTES + NONCE_BYTES + TAG_BYTES || sealed.data[0] != VERSION)
        return ERR_INVALID;
    plain = buf_reserve(out, len);
    if (!plain)
        return ERR_NO_MEMORY;
    r = cipher_of(app, purpose, &cipher);
    if (r < 0)
        return r;
    r = gnutls_aead_cipher_decrypt(cipher, nonce, NONCE_BYTES, context.data, context.len, TAG_BYTES,
                                   nonce + NONCE_BYTES, sealed.len - VERSION_BYTES - NONCE_BYTES,
                                   plain, &len);
    gnutls_aead_cipher_deinit(cipher);
    if (r < 0)
        return ERR_INVALID;
    out->len += len;
    return 0;
}
