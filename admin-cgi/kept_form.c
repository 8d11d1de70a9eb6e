#include "admin-cgi/kept_form.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/device.h"
#include "admin-cgi/page.h"
#include "common/base64url.h"
#include "common/macros.h"
#include "common/now.h"

#define NONCE_BYTES 12
#define TAG_BYTES 16
#define LIFETIME_US (3600 * US_PER_S)

/* Neither secrets, nor what only the page that is gone could prove. */
static const char *const left_out[] = {"csrf", "form", "password", "current", "new", "repeat"};

static bool is_left_out(const char *name)
{
    for (size_t i = 0; i < LENGTH(left_out); i++) {
        if (strcmp(name, left_out[i]) == 0)
            return true;
    }
    return false;
}

static int cipher_of(const struct app *app, gnutls_aead_cipher_hd_t *out)
{
    uint8_t bytes[APP_MAC_BYTES];
    gnutls_datum_t key = {bytes, sizeof bytes};
    int r = app_mac(app, span_str("kept form"), bytes);

    if (r == 0)
        r = gnutls_aead_cipher_init(out, GNUTLS_CIPHER_AES_256_GCM, &key);
    gnutls_memset(bytes, 0, sizeof bytes);
    return r < 0 ? ERR_NO_MEMORY : 0;
}

/* "NONCE CIPHERTEXT TAG" in base64url. */
static const char *encrypt(struct arena *a, const struct app *app, struct span plain)
{
    gnutls_aead_cipher_hd_t cipher;
    size_t len = plain.len + TAG_BYTES;
    uint8_t *bytes = arena_alloc(a, NONCE_BYTES + len);
    const char *text = NULL;
    struct buf out = {0};
    int r;

    if (!bytes || gnutls_rnd(GNUTLS_RND_NONCE, bytes, NONCE_BYTES) < 0 ||
        cipher_of(app, &cipher) < 0)
        return NULL;
    r = gnutls_aead_cipher_encrypt(cipher, bytes, NONCE_BYTES, NULL, 0, TAG_BYTES, plain.data,
                                   plain.len, bytes + NONCE_BYTES, &len);
    gnutls_aead_cipher_deinit(cipher);
    if (r == 0)
        base64url_add(&out, span_of(bytes, NONCE_BYTES + len));
    if (r == 0 && buf_check(&out) == 0)
        text = arena_dup(a, buf_span(&out));
    buf_release(&out);
    return text;
}

static int decrypt(struct arena *a, const struct app *app, struct span sealed, struct span *plain)
{
    gnutls_aead_cipher_hd_t cipher;
    size_t len = sealed.len;
    uint8_t *bytes = arena_alloc(a, sealed.len + 1);
    int r;

    if (sealed.len < NONCE_BYTES + TAG_BYTES)
        return ERR_INVALID;
    if (!bytes || cipher_of(app, &cipher) < 0)
        return ERR_NO_MEMORY;
    r = gnutls_aead_cipher_decrypt(cipher, sealed.data, NONCE_BYTES, NULL, 0, TAG_BYTES,
                                   sealed.data + NONCE_BYTES, sealed.len - NONCE_BYTES, bytes,
                                   &len);
    gnutls_aead_cipher_deinit(cipher);
    if (r < 0)
        return ERR_INVALID;
    *plain = span_of(bytes, len);
    return 0;
}

const char *kept_form_seal(struct request *req, struct app *app, const struct form *form)
{
    struct buf plain = {0};
    const char *sealed = NULL;

    buf_printf(&plain, "%lld\n%s\n%s\n", (long long)(req->now_us + LIFETIME_US), device_cookie(req),
               arena_dup(req->arena, req->raw_path));
    for (size_t i = 0; i < form->n_fields; i++) {
        const struct form_field *f = &form->fields[i];

        if (!is_left_out(f->name))
            buf_printf(&plain, "%s=%s&", page_encode(req->arena, f->name, false),
                       page_encode(req->arena, f->value, false));
    }
    if (!req->arena->bad && buf_check(&plain) == 0 && plain.len <= KEPT_FORM_MAX)
        sealed = encrypt(req->arena, app, buf_span(&plain));
    buf_wipe(&plain);
    return sealed;
}

static int read_plain(struct kept_form *out, struct request *req, struct span plain,
                      struct error *e)
{
    struct span until, device, path;
    uint64_t until_us = 0;

    if (!span_split(&plain, '\n', &until) || !span_split(&plain, '\n', &device) ||
        !span_split(&plain, '\n', &path) || !span_u64(until, &until_us))
        return error_set(e, ERR_INVALID, KEPT_FORM_FIELD, "this is no form that was kept");
    if (req->now_us > (int64_t)until_us || !span_eq_str(device, device_cookie(req)))
        return error_set(e, ERR_INVALID, KEPT_FORM_FIELD, "the form was kept too long ago");
    out->path = arena_dup(req->arena, path);
    return out->path ? form_parse(&out->form, req->arena, plain, e) : ERR_NO_MEMORY;
}

int kept_form_open(struct kept_form *out, struct request *req, struct app *app, const char *sealed,
                   struct error *e)
{
    struct kept_form kept = {0};
    struct buf bytes = {0};
    struct span plain;
    int r = base64url_decode(&bytes, span_str(sealed));

    if (r == 0)
        r = decrypt(req->arena, app, buf_span(&bytes), &plain);
    buf_release(&bytes);
    if (r < 0)
        return error_set(e, r, KEPT_FORM_FIELD, "this is no form that was kept");
    r = read_plain(&kept, req, plain, e);
    if (r == 0)
        *out = kept;
    return r;
}
