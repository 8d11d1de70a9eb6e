#include "admin-cgi/keys/key_text.h"

#include <stdio.h>
#include <string.h>

#include "admin-cgi/keys/key_jwk.h"
#include "admin-cgi/say.h"
#include "common/json_build.h"
#include "common/json_scan.h"
#include "common/jwt_keys.h"
#include "common/macros.h"

#define PEM_BEGIN "-----BEGIN "
#define PEM_PUBLIC "-----BEGIN PUBLIC KEY-----"
#define PEM_END "-----END PUBLIC KEY-----"

static const char private_words[] = TEXT("this is a private key: paste its public part");

/* @return where `what` begins; NULL: nowhere */
static const uint8_t *find(struct span text, const char *what)
{
    return text.len ? memmem(text.data, text.len, what, strlen(what)) : NULL;
}

bool key_text_is_secret(struct span text)
{
    /* names of members may be written with escapes */
    static const char *const signs[] = {"PRIVATE", "\"k\"",  "\"d\"",  "\"p\"",   "\"q\"",
                                        "\"dp\"",  "\"dq\"", "\"qi\"", "\"oth\"", "\\u"};

    for (size_t i = 0; i < LENGTH(signs); i++) {
        if (find(text, signs[i]))
            return true;
    }
    return false;
}

/* ---- PEM ---- */

static int add_pem(struct json_object *list, struct span block, struct error *e)
{
    gnutls_datum_t datum = {(unsigned char *)block.data, (unsigned)block.len};
    struct json_object *jwk = NULL;
    gnutls_pubkey_t key;
    int r;

    if (gnutls_pubkey_init(&key) < 0)
        return ERR_NO_MEMORY;
    if (gnutls_pubkey_import(key, &datum, GNUTLS_X509_FMT_PEM) < 0)
        r = error_set(e, ERR_INVALID, NULL, "this is no public key in PEM");
    else
        r = key_jwk_public(&jwk, key, e);
    gnutls_pubkey_deinit(key);
    if (r == 0 && !json_build_append(list, jwk))
        r = ERR_NO_MEMORY;
    return r;
}

static int read_pem(struct json_object *list, struct span text, struct error *e)
{
    const uint8_t *begin;

    if (find(text, "PRIVATE KEY-----"))
        return error_set(e, ERR_INVALID, NULL, "%s", private_words);
    while ((begin = find(text, PEM_BEGIN))) {
        struct span rest = span_sub(text, (size_t)(begin - text.data), text.len);
        const uint8_t *end = find(rest, PEM_END);
        size_t len = end ? (size_t)(end - rest.data) + strlen(PEM_END) : 0;
        int r;

        if (!span_starts_with(rest, PEM_PUBLIC) || !end)
            return error_set(e, ERR_INVALID, NULL,
                             "PEM has to be between BEGIN PUBLIC KEY and END PUBLIC KEY");
        r = add_pem(list, span_sub(rest, 0, len), e);
        if (r < 0)
            return r;
        text = span_sub(rest, len, rest.len);
    }
    return 0;
}

/* ---- JSON ---- */

/* @return 0 with the keys in the list, which holds references of its own */
static int append_keys(struct json_object *list, struct json_object *value, struct error *e)
{
    struct json_object *keys = value;

    if (json_object_is_type(value, json_type_object) &&
        !json_object_object_get_ex(value, "keys", &keys))
        return json_build_share(list, value) ? 0 : ERR_NO_MEMORY;
    if (!json_object_is_type(keys, json_type_array))
        return error_set(e, ERR_INVALID, keys == value ? NULL : "keys",
                         "this is neither a key, nor an array or a set of keys");
    for (size_t i = 0; i < json_object_array_length(keys); i++) {
        if (!json_build_share(list, json_object_array_get_idx(keys, i)))
            return ERR_NO_MEMORY;
    }
    return 0;
}

static int read_json(struct json_object *list, struct span text, struct error *e)
{
    struct json_object *value = NULL;
    int r = json_scan_parse(&value, text, &json_limits_file, e);

    if (r == 0)
        r = append_keys(list, value, e);
    json_object_put(value);
    return r;
}

/* ---- what is in it ---- */

/* @param place a member, or NULL */
static int refuse(struct error *e, int code, size_t index, size_t n, const char *place,
                  const char *text)
{
    char full[sizeof e->place];

    if (n == 1)
        return error_set(e, code, place, "%s", text);
    snprintf(full, sizeof full, "key %zu%s%s", index + 1, place ? ": " : "", place ? place : "");
    return error_set(e, code, full, "%s", text);
}

static int check_one(struct json_object *key, size_t index, size_t n, struct error *e)
{
    struct json_object *alone = json_object_new_array();
    struct jwt_keys *parsed = NULL;
    struct json_object *use;
    struct error why = {0};
    const char *member, *dot;
    int r;

    if (!alone || !json_build_share(alone, key)) {
        json_object_put(alone);
        return ERR_NO_MEMORY;
    }
    member = key_jwk_private_member(key);
    if (member) {
        r = refuse(e, ERR_INVALID, index, n, member, private_words);
    } else if (json_object_object_get_ex(key, "use", &use) &&
               (!json_object_is_type(use, json_type_string) ||
                strcmp(json_object_get_string(use), "sig") != 0)) {
        r = refuse(e, ERR_INVALID, index, n, "use", TEXT("should be \"sig\""));
    } else {
        r = jwt_keys_parse_strict(&parsed, alone, &why);
        dot = strchr(why.place, '.'); /* behind the index in the array of one */
        if (r < 0 && r != ERR_NO_MEMORY)
            refuse(e, r, index, n, dot ? dot + 1 : NULL, why.text);
    }
    jwt_keys_free(parsed);
    json_object_put(alone);
    return r;
}

int key_text_read(struct json_object **out, struct span text, struct error *e)
{
    struct json_object *list = json_object_new_array();
    size_t n, first = 0;
    int r = list ? 0 : ERR_NO_MEMORY;

    while (first < text.len && text.data[first] <= ' ')
        first++;
    if (r == 0 && first == text.len)
        r = error_set(e, ERR_INVALID, NULL, "there is no key");
    else if (r == 0 && find(text, PEM_BEGIN) && text.data[first] != '{' && text.data[first] != '[')
        r = read_pem(list, text, e);
    else if (r == 0)
        r = read_json(list, text, e);
    n = r == 0 ? json_object_array_length(list) : 0;
    if (r == 0 && n == 0)
        r = error_set(e, ERR_INVALID, NULL, "there is no key");
    for (size_t i = 0; r == 0 && i < n; i++) {
        struct json_object *key = json_object_array_get_idx(list, i);

        r = json_object_is_type(key, json_type_object)
                ? check_one(key, i, n, e)
                : refuse(e, ERR_INVALID, i, n, NULL, TEXT("a key has to be an object"));
    }
    if (r < 0) {
        json_object_put(list);
        return r;
    }
    *out = list;
    return 0;
}
