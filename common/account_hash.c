#include "common/account_hash.h"

#include <string.h>

#include "common/password_hash.h"
#include "common/password_make.h"
#include "common/password_match.h"

int account_hash_make(struct buf *out, struct span plain, struct error *e)
{
    static const struct password_recipe recipe = {.type = PASSWORD_SCRYPT};
    struct password p;
    int r = password_make(&p, plain, &recipe, e);

    if (r < 0)
        return r;
    buf_printf(out, "scrypt$%lld$%lld$%lld$%s$%s", (long long)p.n, (long long)p.r, (long long)p.p,
               p.salt, p.key);
    password_release(&p);
    return out->bad ? error_set(e, ERR_NO_MEMORY, NULL, "out of memory") : 0;
}

/* The next piece up to '$' as a number. */
static bool read_number(struct span *rest, int64_t *out)
{
    struct span piece;
    uint64_t value;

    if (!span_split(rest, '$', &piece) || !span_u64(piece, &value) || value > INT32_MAX)
        return false;
    *out = (int64_t)value;
    return true;
}

/* The next piece as it is. */
static bool read_text(struct span *rest, char *out, size_t size)
{
    struct span piece;

    return span_split(rest, '$', &piece) && span_copy(piece, out, size);
}

bool account_hash_match(const char *record, struct span supplied)
{
    char key[2 * PASSWORD_KEY_MAX + 1];
    char salt[2 * PASSWORD_SALT_MAX + 1];
    struct password p = {.type = PASSWORD_SCRYPT, .key = key, .salt = salt};
    struct span rest = span_str(record);
    struct span name;
    bool is_equal;

    is_equal = span_split(&rest, '$', &name) && span_eq_str(name, "scrypt") &&
               read_number(&rest, &p.n) && read_number(&rest, &p.r) && read_number(&rest, &p.p) &&
               read_text(&rest, salt, sizeof salt) && read_text(&rest, key, sizeof key) &&
               !rest.data && password_match(&p, supplied);
    explicit_bzero(key, sizeof key);
    return is_equal;
}
