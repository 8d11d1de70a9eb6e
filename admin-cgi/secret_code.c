#include "admin-cgi/secret_code.h"

#include <ctype.h>
#include <string.h>
#include <sys/random.h>

#define GROUP 5
#define CHARACTERS_MAX 32

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* @param group hyphens stand between groups of so many; 0: none */
static int add_random(struct buf *out, size_t n, size_t group)
{
    uint8_t random[CHARACTERS_MAX];

    if (getrandom(random, n, 0) != (ssize_t)n)
        return ERR_IO;
    for (size_t i = 0; i < n; i++) {
        if (group && i && i % group == 0)
            buf_add_char(out, '-');
        buf_add_char(out, base32[random[i] % 32]);
    }
    explicit_bzero(random, sizeof random);
    return buf_check(out);
}

int recovery_code_make(struct buf *out)
{
    return add_random(out, RECOVERY_CODE_CHARACTERS, GROUP);
}

void code_clean(struct buf *out, struct span typed)
{
    for (size_t i = 0; i < typed.len; i++) {
        if (!isspace(typed.data[i]) && typed.data[i] != '-')
            buf_add_char(out, (char)typed.data[i]);
    }
}

bool recovery_code_hash(struct span typed, char out[SHA256_HEX_SIZE])
{
    struct buf code = {0};
    bool fits;

    code_clean(&code, typed);
    fits = buf_check(&code) == 0 && code.len == RECOVERY_CODE_CHARACTERS;
    for (size_t i = 0; fits && i < code.len; i++) {
        code.data[i] = (char)toupper((unsigned char)code.data[i]);
        fits = strchr(base32, code.data[i]) != NULL;
    }
    if (fits)
        sha256_hex(buf_span(&code), out);
    buf_wipe(&code);
    return fits;
}

int app_password_make(struct buf *out)
{
    buf_add_str(out, APP_PASSWORD_PREFIX);
    return add_random(out, APP_PASSWORD_CHARACTERS, 0);
}

bool app_password_has_form(struct span text)
{
    return text.len == sizeof APP_PASSWORD_PREFIX - 1 + APP_PASSWORD_CHARACTERS &&
           span_starts_with(text, APP_PASSWORD_PREFIX);
}
