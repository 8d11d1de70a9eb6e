#include "galenectl/password_flags.h"

#include <string.h>

#include "common/macros.h"
#include "common/password_hash.h"
#include "common/password_make.h"
#include "galenectl/report.h"
#include "galenectl/tty.h"

#define BCRYPT_COST_GOOD 10

#define STRING(name, at, word, help, normal)                                                       \
    {                                                                                              \
        name, FLAG_STRING, at, NULL, word, help, normal, FLAG_OPTIONAL                             \
    }
#define NUMBER(name, at, help, normal)                                                             \
    {                                                                                              \
        name, FLAG_INT, at, NULL, "N", help, normal, FLAG_OPTIONAL                                 \
    }

void password_flags_list(struct flag out[N_PASSWORD_FLAGS], struct password_flags *at)
{
    const struct flag list[N_PASSWORD_FLAGS] = {
        STRING("password", &at->password, "PASSWORD",
               "the password; other users can see it in the list of processes", NULL),
        FLAG_PASSWORD_STDIN(at->from_stdin),
        STRING("type", &at->type, "TYPE", "bcrypt, pbkdf2, scrypt or wildcard", "bcrypt"),
        NUMBER("cost", &at->cost, "bcrypt: cost, 4 to 15", "10"),
        NUMBER("iterations", &at->iterations, "pbkdf2: rounds, 1000 to 5000000", "600000"),
        NUMBER("key", &at->key_bytes, "pbkdf2, scrypt: bytes of the key, 16 to 64", "32"),
        NUMBER("salt", &at->salt_bytes, "pbkdf2, scrypt: bytes of the salt, 8 to 64", "16"),
        NUMBER("N", &at->n, "scrypt: cost, a power of two", "32768"),
        NUMBER("r", &at->r, "scrypt: block size", "8"),
        NUMBER("p", &at->p, "scrypt: parallelisation", "3"),
    };

    memcpy(out, list, sizeof list);
}

/* password_make() takes 0 as "the default", and no number is that here. */
static int narrow(unsigned *out, int64_t value, const char *flag, struct error *e)
{
    if (value < 1 || value > UINT32_MAX)
        return error_set(e, ERR_INVALID, flag, "out of range");
    *out = (unsigned)value;
    return 0;
}

static int make_recipe(struct password_recipe *out, const struct password_flags *f, struct error *e)
{
    static const struct {
        const char *name;
        enum password_type type;
    } types[] = {{"bcrypt", PASSWORD_BCRYPT},
                 {"pbkdf2", PASSWORD_PBKDF2},
                 {"scrypt", PASSWORD_SCRYPT},
                 {"wildcard", PASSWORD_WILDCARD}};
    int r = 0;

    for (size_t i = 0; i < LENGTH(types); i++) {
        if (strcmp(types[i].name, f->type) == 0)
            out->type = types[i].type;
    }
    switch (out->type) {
    case PASSWORD_BCRYPT:
        return narrow(&out->bcrypt_cost, f->cost, "-cost", e);
    case PASSWORD_PBKDF2:
        r = narrow(&out->iterations, f->iterations, "-iterations", e);
        break;
    case PASSWORD_SCRYPT:
        r = narrow(&out->scrypt_n, f->n, "-N", e);
        if (r == 0)
            r = narrow(&out->scrypt_r, f->r, "-r", e);
        if (r == 0)
            r = narrow(&out->scrypt_p, f->p, "-p", e);
        break;
    case PASSWORD_WILDCARD:
        return 0;
    default:
        return error_set(e, ERR_INVALID, "-type", "must be bcrypt, pbkdf2, scrypt or wildcard");
    }
    if (r == 0)
        r = narrow(&out->key_bytes, f->key_bytes, "-key", e);
    if (r == 0)
        r = narrow(&out->salt_bytes, f->salt_bytes, "-salt", e);
    return r;
}

static int hash(struct json_object **out, struct span plain, const struct password_recipe *recipe,
                struct error *e)
{
    struct password made;
    int r = password_make(&made, plain, recipe, e);

    if (r < 0)
        return r;
    *out = password_to_json(&made);
    password_release(&made);
    return *out ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
}

int password_flags_make(struct json_object **out, const struct password_flags *f, struct error *e)
{
    struct password_recipe recipe = {0};
    struct buf typed = {0};
    bool is_given = f->password && f->password[0];
    int r = make_recipe(&recipe, f, e);

    if (r < 0)
        return r;
    if (recipe.type == PASSWORD_WILDCARD) {
        if (is_given || f->from_stdin)
            return error_set(e, ERR_INVALID, NULL, "type wildcard takes no password");
        return hash(out, span_str(""), &recipe, e);
    }
    if (is_given && f->from_stdin)
        return error_set(e, ERR_INVALID, NULL, "-password and -password-stdin exclude each other");
    if (is_given)
        buf_add_str(&typed, f->password);
    else
        r = tty_read_password(&typed, "New password", f->from_stdin, e);
    if (r == 0)
        r = hash(out, buf_span(&typed), &recipe, e);
    buf_wipe(&typed);
    if (r == 0 && recipe.type == PASSWORD_BCRYPT && recipe.bcrypt_cost < BCRYPT_COST_GOOD)
        report("warning: a bcrypt cost under %d is quick to guess", BCRYPT_COST_GOOD);
    return r;
}
