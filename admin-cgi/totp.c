#include "admin-cgi/totp.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "admin-cgi/secret_code.h"
#include "common/now.h"
#include "common/percent.h"

#define GROUP 4

int totp_secret_make(uint8_t out[TOTP_SECRET_BYTES])
{
    return getrandom(out, TOTP_SECRET_BYTES, 0) == TOTP_SECRET_BYTES ? 0 : ERR_IO;
}

/* 20 bytes are 32 characters, without padding. @return owned; NULL: no memory */
static char *to_base32(const uint8_t *secret)
{
    char *text = NULL;

    return oath_base32_encode((const char *)secret, TOTP_SECRET_BYTES, &text, NULL) == OATH_OK
               ? text
               : NULL;
}

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

int totp_secret_text(struct buf *out, const uint8_t secret[TOTP_SECRET_BYTES])
{
    char *text = to_base32(secret);

    if (!text)
        return ERR_NO_MEMORY;
    for (size_t i = 0; text[i]; i++) {
        if (i && i % GROUP == 0)
            buf_add_char(out, ' ');
        buf_add_char(out, text[i]);
    }
    wipe(text);
    return buf_check(out);
}

int totp_uri(struct buf *out, const uint8_t secret[TOTP_SECRET_BYTES], const char *issuer,
             const char *name)
{
    char *text = to_base32(secret);

    if (!text)
        return ERR_NO_MEMORY;
    buf_add_str(out, "otpauth://totp/");
    percent_add(out, issuer, "");
    buf_add_char(out, ':');
    percent_add(out, name, "");
    buf_printf(out, "?secret=%s&issuer=", text);
    percent_add(out, issuer, "");
    wipe(text);
    return buf_check(out);
}

static bool is_equal(const char *code, const struct buf *typed)
{
    return typed->len == TOTP_DIGITS && gnutls_memcmp(code, buf_str(typed), TOTP_DIGITS) == 0;
}

int totp_check(const uint8_t secret[TOTP_SECRET_BYTES], struct span typed, int64_t now_us,
               int64_t last_step, int64_t *step)
{
    int64_t now_step = now_us / US_PER_S / TOTP_STEP_S;
    struct buf clean = {0};
    int r;

    code_clean(&clean, typed);
    r = buf_check(&clean) < 0 ? ERR_NO_MEMORY : ERR_DENIED;
    for (int64_t s = now_step - 1; r == ERR_DENIED && s <= now_step + 1; s++) {
        char code[TOTP_DIGITS + 1];

        if (oath_totp_generate((const char *)secret, TOTP_SECRET_BYTES, (time_t)(s * TOTP_STEP_S),
                               TOTP_STEP_S, 0, TOTP_DIGITS, code) != OATH_OK)
            r = ERR_CRYPTO;
        else if (is_equal(code, &clean) && s > last_step) {
            *step = s;
            r = 0;
        }
        explicit_bzero(code, sizeof code);
    }
    buf_wipe(&clean);
    return r;
}
