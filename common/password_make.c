#include "common/password_make.h"

#include <crypt.h>
#include <string.h>
#include <sys/random.h>

#include "common/hex.h"
#include "common/password_hash.h"

/* Defaults, and what no recipe may go below. */
#define MAKE_BCRYPT_COST 10
#define MAKE_ITERATIONS 600000
#define MAKE_ITERATIONS_MIN 1000
#define MAKE_KEY_BYTES 32
#define MAKE_SALT_BYTES 16
#define MAKE_SALT_MIN 8
#define MAKE_SCRYPT_N 32768
#define MAKE_SCRYPT_R 8
#define MAKE_SCRYPT_P 3

static unsigned or_default(unsigned value, unsigned standard)
{
    return value ? value : standard;
}

/* At most 256 bytes, which getrandom() gives whole once the pool is ready. */
static int random_fill(uint8_t *out, size_t len, struct error *e)
{
    if (getrandom(out, len, 0) != (ssize_t)len)
        return error_set_errno(e, NULL, "cannot get random bytes");
    return 0;
}

static int make_bcrypt(struct password *p, struct span plain, unsigned cost, struct error *e)
{
    uint8_t salt[16];
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    char text[BCRYPT_TEXT_SIZE];
    int r;

    if (cost < BCRYPT_COST_MIN || cost > BCRYPT_COST_MAX)
        return error_set(e, ERR_INVALID, NULL, "the bcrypt cost must be from %d to %d",
                         BCRYPT_COST_MIN, BCRYPT_COST_MAX);
    if (plain.len > BCRYPT_INPUT_MAX)
        return error_set(e, ERR_INVALID, NULL,
                         "bcrypt takes passwords of at most %d bytes; use pbkdf2 or scrypt",
                         BCRYPT_INPUT_MAX);
    r = random_fill(salt, sizeof salt, e);
    if (r < 0)
        return r;
    if (!crypt_gensalt_rn("$2b$", cost, (const char *)salt, sizeof salt, setting, sizeof setting))
        return error_set_errno(e, NULL, "cannot make a salt");
    r = bcrypt_hash(text, plain, setting);
    if (r < 0)
        return error_set(e, r, NULL, "bcrypt failed");
    text[2] = 'a'; /* what Galene writes; the same algorithm */
    p->type = PASSWORD_BCRYPT;
    p->key = strdup(text);
    explicit_bzero(text, sizeof text);
    return p->key ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
}

static int check_sizes(unsigned key_bytes, unsigned salt_bytes, struct error *e)
{
    if (key_bytes < PASSWORD_KEY_MIN || key_bytes > PASSWORD_KEY_MAX)
        return error_set(e, ERR_INVALID, NULL, "the key must have %d to %d bytes", PASSWORD_KEY_MIN,
                         PASSWORD_KEY_MAX);
    if (salt_bytes < MAKE_SALT_MIN || salt_bytes > PASSWORD_SALT_MAX)
        return error_set(e, ERR_INVALID, NULL, "the salt must have %d to %d bytes", MAKE_SALT_MIN,
                         PASSWORD_SALT_MAX);
    return 0;
}

/* A new string in hexadecimal, or NULL. */
static char *hex_new(const uint8_t *data, size_t len)
{
    struct buf text = {0};

    hex_add(&text, data, len);
    if (buf_check(&text) < 0) {
        buf_wipe(&text);
        return NULL;
    }
    return text.data;
}

/* PBKDF2 or scrypt with the numbers in *p. */
static int make_derived(struct password *p, struct span plain, size_t key_bytes, size_t salt_bytes,
                        struct error *e)
{
    uint8_t salt[PASSWORD_SALT_MAX];
    uint8_t key[PASSWORD_KEY_MAX];
    int r = check_sizes((unsigned)key_bytes, (unsigned)salt_bytes, e);

    if (r == 0)
        r = random_fill(salt, salt_bytes, e);
    if (r < 0)
        return r;
    if (p->type == PASSWORD_SCRYPT)
        r = scrypt_derive(key, key_bytes, plain, span_of(salt, salt_bytes), p->n, p->r, p->p);
    else
        r = pbkdf2_derive(key, key_bytes, plain, span_of(salt, salt_bytes), p->iterations);
    if (r < 0)
        return error_set(e, r, NULL, "hashing failed");
    p->salt = hex_new(salt, salt_bytes);
    p->key = hex_new(key, key_bytes);
    explicit_bzero(key, sizeof key);
    return p->salt && p->key ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
}

static int make_pbkdf2(struct password *p, struct span plain, const struct password_recipe *recipe,
                       struct error *e)
{
    p->type = PASSWORD_PBKDF2;
    p->iterations = or_default(recipe->iterations, MAKE_ITERATIONS);
    if (p->iterations < MAKE_ITERATIONS_MIN || p->iterations > PBKDF2_ITERATIONS_MAX)
        return error_set(e, ERR_INVALID, NULL, "iterations must be from %d to %d",
                         MAKE_ITERATIONS_MIN, PBKDF2_ITERATIONS_MAX);
    return make_derived(p, plain, or_default(recipe->key_bytes, MAKE_KEY_BYTES),
                        or_default(recipe->salt_bytes, MAKE_SALT_BYTES), e);
}

static int make_scrypt(struct password *p, struct span plain, const struct password_recipe *recipe,
                       struct error *e)
{
    const char *problem;

    p->type = PASSWORD_SCRYPT;
    p->n = or_default(recipe->scrypt_n, MAKE_SCRYPT_N);
    p->r = or_default(recipe->scrypt_r, MAKE_SCRYPT_R);
    p->p = or_default(recipe->scrypt_p, MAKE_SCRYPT_P);
    problem = scrypt_check(p->n, p->r, p->p);
    if (problem)
        return error_set(e, ERR_INVALID, NULL, "%s", problem);
    return make_derived(p, plain, or_default(recipe->key_bytes, MAKE_KEY_BYTES),
                        or_default(recipe->salt_bytes, MAKE_SALT_BYTES), e);
}

static int make_typed(struct password *p, struct span plain, const struct password_recipe *recipe,
                      struct error *e)
{
    switch (recipe->type) {
    case PASSWORD_NONE:
        if (plain.len > BCRYPT_INPUT_MAX)
            return make_pbkdf2(p, plain, recipe, e);
        return make_bcrypt(p, plain, or_default(recipe->bcrypt_cost, MAKE_BCRYPT_COST), e);
    case PASSWORD_BCRYPT:
        return make_bcrypt(p, plain, or_default(recipe->bcrypt_cost, MAKE_BCRYPT_COST), e);
    case PASSWORD_PBKDF2:
        return make_pbkdf2(p, plain, recipe, e);
    case PASSWORD_SCRYPT:
        return make_scrypt(p, plain, recipe, e);
    case PASSWORD_WILDCARD:
        p->type = PASSWORD_WILDCARD;
        return 0;
    default:
        return error_set(e, ERR_UNSUPPORTED, NULL, "passwords of this type are not made here");
    }
}

int password_make(struct password *out, struct span plain, const struct password_recipe *recipe,
                  struct error *e)
{
    static const struct password_recipe standard;
    struct password p = {0};
    int r;

    if (plain.len > 0 && memchr(plain.data, 0, plain.len))
        return error_set(e, ERR_INVALID, NULL, "a password cannot contain a NUL");
    r = make_typed(&p, plain, recipe ? recipe : &standard, e);
    if (r < 0) {
        password_release(&p);
        return r;
    }
    *out = p;
    return 0;
}
