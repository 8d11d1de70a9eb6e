#include "common/password.h"

#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/json_build.h"
#include "common/json_fields.h"
#include "common/macros.h"
#include "common/password_hash.h"

static void string_wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void password_release(struct password *p)
{
    string_wipe(p->key);
    free(p->salt);
    json_object_put(p->other);
    *p = (struct password){0};
}

/* @return false when out of memory; a NULL text is copied as NULL */
static bool string_copy(char **out, const char *text)
{
    *out = text ? strdup(text) : NULL;
    return !text || *out;
}

/* The text itself must not appear in a message, so only its length is checked here. */
static void check_hex(struct json_fields *f, const char *name, const char *text, size_t min,
                      size_t max)
{
    uint8_t bytes[PASSWORD_KEY_MAX > PASSWORD_SALT_MAX ? PASSWORD_KEY_MAX : PASSWORD_SALT_MAX];
    int len = hex_decode(text, bytes, max);

    if (len < 0 || (size_t)len < min)
        json_fields_fail(f, ERR_INVALID, name, "must be hexadecimal for %zu to %zu bytes", min,
                         max);
    explicit_bzero(bytes, sizeof bytes);
}

/* The strings of an object; borrowed from it. */
struct password_texts {
    const char *key;
    const char *salt;
    const char *hash;
};

static void read_bcrypt(struct password *p, struct json_fields *f, const struct password_texts *t)
{
    int cost = bcrypt_cost(t->key);

    p->type = PASSWORD_BCRYPT;
    if (cost < 0)
        json_fields_fail(f, ERR_INVALID, "key", "is not a bcrypt string of 60 characters");
    else if (cost < BCRYPT_COST_MIN || cost > BCRYPT_COST_MAX)
        json_fields_fail(f, ERR_INVALID, "key", "bcrypt cost %d is not from %d to %d", cost,
                         BCRYPT_COST_MIN, BCRYPT_COST_MAX);
}

static void read_pbkdf2(struct password *p, struct json_fields *f, const struct password_texts *t)
{
    p->type = PASSWORD_PBKDF2;
    json_fields_int(f, "iterations", 0, PBKDF2_ITERATIONS_MAX, &p->iterations);
    if (!t->hash || strcmp(t->hash, "sha-256") != 0)
        json_fields_fail(f, ERR_INVALID, "hash", "must be sha-256");
    check_hex(f, "key", t->key, PASSWORD_KEY_MIN, PASSWORD_KEY_MAX);
    if (t->salt)
        check_hex(f, "salt", t->salt, 0, PASSWORD_SALT_MAX);
}

/* A required whole number. */
static void read_number(struct json_fields *f, const char *name, int64_t max, int64_t *out)
{
    json_fields_int(f, name, 1, max, out);
    if (*out == 0)
        json_fields_fail(f, ERR_INVALID, name, "is missing");
}

static void read_scrypt(struct password *p, struct json_fields *f, const struct password_texts *t)
{
    p->type = PASSWORD_SCRYPT;
    read_number(f, "N", SCRYPT_N_MAX, &p->n);
    read_number(f, "r", SCRYPT_R_MAX, &p->r);
    read_number(f, "p", SCRYPT_P_MAX, &p->p);
    if (!t->salt)
        json_fields_fail(f, ERR_INVALID, "salt", "is missing");
    else
        check_hex(f, "salt", t->salt, SCRYPT_SALT_MIN, PASSWORD_SALT_MAX);
    check_hex(f, "key", t->key, PASSWORD_KEY_MIN, PASSWORD_KEY_MAX);
    if (f->result == 0 && scrypt_check(p->n, p->r, p->p))
        json_fields_fail(f, ERR_INVALID, "N",
                         "must be a power of two of at least 1024, and 128 N r at most 64 MiB");
}

static void read_typed(struct password *p, struct json_fields *f, const char *type)
{
    static const struct {
        const char *name;
        void (*read)(struct password *p, struct json_fields *f, const struct password_texts *t);
    } types[] = {
        {"plain", NULL},
        {"bcrypt", read_bcrypt},
        {"pbkdf2", read_pbkdf2},
        {"scrypt", read_scrypt},
    };
    struct password_texts t = {0};

    json_fields_string(f, "key", &t.key);
    json_fields_string(f, "salt", &t.salt);
    json_fields_string(f, "hash", &t.hash);
    for (size_t i = 0; i < LENGTH(types); i++) {
        if (strcmp(types[i].name, type) != 0)
            continue;
        p->type = PASSWORD_PLAIN;
        if (!t.key)
            json_fields_fail(f, ERR_INVALID, "key", "is missing");
        else if (types[i].read)
            types[i].read(p, f, &t);
        if (f->result == 0 && (!string_copy(&p->key, t.key) || !string_copy(&p->salt, t.salt)))
            json_fields_fail(f, ERR_NO_MEMORY, "key", "out of memory");
        return;
    }
    json_fields_fail(f, ERR_INVALID, "type", "must be plain, wildcard, bcrypt, pbkdf2 or scrypt");
}

static void read_object(struct password *p, struct json_fields *f)
{
    const char *type = "";

    json_fields_string(f, "type", &type);
    if (f->result < 0 || type[0] == 0)
        return;
    if (strcmp(type, "wildcard") == 0)
        p->type = PASSWORD_WILDCARD;
    else
        read_typed(p, f, type);
}

static int read_plain(struct password *p, struct json_object *json, struct error *problem)
{
    struct span text =
        span_of(json_object_get_string(json), (size_t)json_object_get_string_len(json));

    if (text.len > 0 && memchr(text.data, 0, text.len))
        return error_set(problem, ERR_INVALID, NULL, "contains a NUL");
    p->type = PASSWORD_PLAIN;
    p->key = span_dup(text);
    return p->key ? 0 : error_set(problem, ERR_NO_MEMORY, NULL, "out of memory");
}

/* ERR_INVALID with *has_right_type: an object or string whose contents are wrong. */
static int password_read(struct password *out, struct json_object *json, bool *has_right_type,
                         struct error *problem)
{
    struct password p = {0};
    struct json_fields f = {.object = json, .any_case = true, .e = problem};
    int r;

    *has_right_type = true;
    switch (json_object_get_type(json)) {
    case json_type_null:
        *out = p;
        return 0;
    case json_type_string:
        r = read_plain(&p, json, problem);
        break;
    case json_type_object:
        read_object(&p, &f);
        r = f.result;
        break;
    default:
        *has_right_type = false;
        return error_set(problem, ERR_INVALID, NULL, "must be a string or an object");
    }
    if (r == 0 && p.type > PASSWORD_PLAIN && json_object_deep_copy(json, &p.other, NULL) < 0)
        r = error_set(problem, ERR_NO_MEMORY, NULL, "out of memory");
    if (r < 0)
        password_release(&p);
    else
        *out = p;
    return r;
}

int password_parse(struct password *out, struct json_object *json, struct error *e)
{
    struct error problem = {0};
    struct password bad = {.type = PASSWORD_BAD};
    bool has_right_type;
    int r = password_read(out, json, &has_right_type, &problem);

    if (r == 0)
        return 0;
    if (r == ERR_NO_MEMORY || !has_right_type) {
        if (e)
            *e = problem;
        return r;
    }
    error_describe(&problem, bad.problem, sizeof bad.problem);
    if (json_object_deep_copy(json, &bad.other, NULL) < 0)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    *out = bad;
    return 0;
}

int password_parse_strict(struct password *out, struct json_object *json, struct error *e)
{
    struct error problem = {0};
    bool has_right_type;
    int r = password_read(out, json, &has_right_type, &problem);

    if (r < 0 && e)
        *e = problem;
    return r;
}

static bool add_typed_members(struct json_object *object, const struct password *p)
{
    switch (p->type) {
    case PASSWORD_WILDCARD:
        return json_build_set(object, "type", json_object_new_string("wildcard"));
    case PASSWORD_BCRYPT:
        return json_build_set(object, "type", json_object_new_string("bcrypt")) &&
               json_build_set(object, "key", json_object_new_string(p->key));
    case PASSWORD_PBKDF2:
        return json_build_set(object, "type", json_object_new_string("pbkdf2")) &&
               json_build_set(object, "hash", json_object_new_string("sha-256")) &&
               json_build_set(object, "key", json_object_new_string(p->key)) &&
               json_build_set(object, "salt", json_object_new_string(p->salt ? p->salt : "")) &&
               json_build_set(object, "iterations", json_object_new_int64(p->iterations));
    case PASSWORD_SCRYPT:
        return json_build_set(object, "type", json_object_new_string("scrypt")) &&
               json_build_set(object, "N", json_object_new_int64(p->n)) &&
               json_build_set(object, "r", json_object_new_int64(p->r)) &&
               json_build_set(object, "p", json_object_new_int64(p->p)) &&
               json_build_set(object, "salt", json_object_new_string(p->salt ? p->salt : "")) &&
               json_build_set(object, "key", json_object_new_string(p->key));
    default:
        return true;
    }
}

struct json_object *password_to_json(const struct password *p)
{
    struct json_object *object = NULL;

    if (p->type == PASSWORD_NONE)
        return NULL;
    if (p->type == PASSWORD_PLAIN)
        return json_object_new_string(p->key);
    if (p->other)
        return json_object_deep_copy(p->other, &object, NULL) < 0 ? NULL : object;
    object = json_object_new_object();
    if (object && !add_typed_members(object, p)) {
        json_object_put(object);
        return NULL;
    }
    return object;
}

bool password_is_cheap(const struct password *p)
{
    return p->type != PASSWORD_BCRYPT && p->type != PASSWORD_PBKDF2 && p->type != PASSWORD_SCRYPT;
}

bool password_is_weak(const struct password *p)
{
    switch (p->type) {
    case PASSWORD_PLAIN:
        return true;
    case PASSWORD_BCRYPT:
        return bcrypt_cost(p->key) < 8;
    case PASSWORD_PBKDF2:
        return p->iterations < 100000;
    case PASSWORD_SCRYPT:
        return 128 * p->n * p->r < 16 << 20;
    default:
        return false;
    }
}
