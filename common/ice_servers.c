#include "common/ice_servers.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_build.h"
#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"

/* Renewed well before the end, so that a call never sees credentials run out (SIG-15). */
#define RENEW_AFTER_US ((ICE_CREDENTIAL_S - 3600) * US_PER_S)
#define SHA1_SIZE 20

struct ice_server {
    struct json_object *urls; /* array of strings */
    char *username;
    struct json_object *credential; /* a string but for oauth; NULL when absent */
    bool is_hmac;
    bool is_oauth;
};

struct ice_servers {
    char *path;
    struct file_stamp stamp; /* of what was last read; zero when there was no file */
    bool is_read;
    struct ice_server *list;
    size_t n;
};

static void forget(struct ice_servers *s)
{
    for (size_t i = 0; i < s->n; i++) {
        json_object_put(s->list[i].urls);
        json_object_put(s->list[i].credential);
        free(s->list[i].username);
    }
    free(s->list);
    s->list = NULL;
    s->n = 0;
}

/* The text of a string without NUL, else NULL. */
static const char *text_of(struct json_object *json)
{
    const char *text;

    if (!json_object_is_type(json, json_type_string))
        return NULL;
    text = json_object_get_string(json);
    return strlen(text) == (size_t)json_object_get_string_len(json) ? text : NULL;
}

/* stun:, stuns:, turn: or turns: and a host (RFC 7064, RFC 7065). */
static bool is_ice_url(const char *url, bool *is_turn)
{
    static const char *const schemes[] = {"stun:", "stuns:", "turn:", "turns:"};

    for (size_t i = 0; url && i < LENGTH(schemes); i++) {
        size_t len = strlen(schemes[i]);

        if (strncmp(url, schemes[i], len) != 0)
            continue;
        *is_turn = *is_turn || i >= 2;
        url += len;
        return url[0] && url[0] != '/' && url[0] != ':' && url[0] != '?' &&
               strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                           "-._~:[]?=%") == strlen(url);
    }
    return false;
}

static const char *check_urls(struct json_object *urls, bool *is_turn)
{
    if (!json_object_is_type(urls, json_type_array) || json_object_array_length(urls) == 0)
        return "urls must be an array of at least one URL";
    for (size_t i = 0; i < json_object_array_length(urls); i++) {
        if (!is_ice_url(text_of(json_object_array_get_idx(urls, i)), is_turn))
            return "urls must begin with stun:, stuns:, turn: or turns: and name a host";
    }
    return NULL;
}

const char *ice_server_check(struct json_object *entry)
{
    static const char *const types[] = {"", "password", "hmac-sha1", "oauth"};
    struct json_fields f = {.object = entry, .any_case = true};
    struct json_object *credential;
    const char *username = NULL;
    const char *type = "";
    const char *problem;
    bool is_turn = false;
    bool is_type_known = false;

    if (!json_object_is_type(entry, json_type_object))
        return "must be an object";
    problem = check_urls(json_fields_get(&f, "urls"), &is_turn);
    if (problem)
        return problem;
    json_fields_string(&f, "username", &username);
    if (f.result < 0)
        return "username must be a string";
    json_fields_string(&f, "credentialType", &type);
    if (f.result < 0)
        return "credentialType must be a string";
    for (size_t i = 0; i < LENGTH(types); i++)
        is_type_known = is_type_known || strcmp(types[i], type) == 0;
    if (!is_type_known)
        return "credentialType must be password, hmac-sha1 or oauth";
    credential = json_fields_get(&f, "credential");
    if (strcmp(type, "oauth") == 0)
        return credential && username ? NULL : "oauth needs username and credential";
    if (credential && !text_of(credential))
        return "credential must be a string";
    if (strcmp(type, "hmac-sha1") == 0)
        return credential ? NULL : "hmac-sha1 needs a credential, the secret";
    if (is_turn && (!credential || !username))
        return "a TURN server needs username and credential";
    return NULL;
}

/* @param entry passed ice_server_check() */
static int read_entry(struct ice_server *out, struct json_object *entry)
{
    struct json_fields f = {.object = entry, .any_case = true};
    struct ice_server server = {0};
    struct json_object *credential = json_fields_get(&f, "credential");
    const char *username = NULL;
    const char *type = "";

    json_fields_string(&f, "username", &username);
    json_fields_string(&f, "credentialType", &type);
    server.is_hmac = strcmp(type, "hmac-sha1") == 0;
    server.is_oauth = strcmp(type, "oauth") == 0;
    if (username) {
        server.username = strdup(username);
        if (!server.username)
            return ERR_NO_MEMORY;
    }
    server.urls = json_object_get(json_fields_get(&f, "urls"));
    server.credential = json_object_get(credential);
    *out = server;
    return 0;
}

int ice_servers_take(struct ice_servers *s, struct span text,
                     void (*problem)(void *arg, size_t index, const char *what), void *arg,
                     struct error *unclean, struct error *e)
{
    struct ice_servers fresh = {0};
    struct json_object *array = NULL;
    size_t length;
    int r = json_scan_parse_file(&array, text, unclean, e);

    if (r < 0)
        return r;
    if (!json_object_is_type(array, json_type_array)) {
        json_object_put(array);
        return error_set(e, ERR_INVALID, "line 1 column 1", "must be an array of ICE servers");
    }
    length = json_object_array_length(array);
    fresh.list = calloc(length + 1, sizeof *fresh.list);
    if (!fresh.list)
        r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    for (size_t i = 0; i < length && r == 0; i++) {
        struct json_object *entry = json_object_array_get_idx(array, i);
        const char *what = ice_server_check(entry);

        if (what && problem)
            problem(arg, i, what);
        if (what)
            continue;
        r = read_entry(&fresh.list[fresh.n], entry);
        if (r < 0)
            error_set(e, r, NULL, "out of memory");
        else
            fresh.n++;
    }
    json_object_put(array);
    if (r < 0) {
        forget(&fresh);
        return r;
    }
    forget(s);
    s->list = fresh.list;
    s->n = fresh.n;
    return 0;
}

static void log_problem(void *arg, size_t index, const char *what)
{
    log_warn(arg, "ICE server %zu is left out: %s", index + 1, what);
}

static void reread(struct ice_servers *s)
{
    struct log_ctx ctx = {.room = "config", .action = "reading ice-servers.json"};
    struct file_stamp stamp = {0};
    struct buf text = {0};
    struct error e = {0}, unclean = {0};
    char line[sizeof e.place + sizeof e.text];
    int r = file_read(&text, s->path, ICE_FILE_MAX, &stamp, &e);

    if (r == 0)
        r = ice_servers_take(s, buf_span(&text), log_problem, &ctx, &unclean, &e);
    if (r == ERR_NOT_FOUND)
        forget(s);
    else if (r < 0)
        log_warn(&ctx, "the ICE servers stay as they were: %s",
                 error_describe(&e, line, sizeof line));
    if (r == 0 && unclean.code)
        log_warn(&ctx, "%s", error_describe(&unclean, line, sizeof line));
    buf_wipe(&text);
    s->stamp = stamp;
    s->is_read = r != ERR_NO_MEMORY;
}

static void refresh(struct ice_servers *s)
{
    struct file_stamp now = {0};
    int r = file_stamp_read(&now, s->path);

    if ((r == 0 || r == ERR_NOT_FOUND) && (!s->is_read || !file_stamp_eq(&now, &s->stamp)))
        reread(s);
}

int ice_servers_new(struct ice_servers **out, const char *path)
{
    struct ice_servers *s = calloc(1, sizeof *s);

    if (!s)
        return ERR_NO_MEMORY;
    s->path = strdup(path);
    if (!s->path) {
        free(s);
        return ERR_NO_MEMORY;
    }
    refresh(s);
    *out = s;
    return 0;
}

void ice_servers_free(struct ice_servers *s)
{
    if (!s)
        return;
    forget(s);
    free(s->path);
    free(s);
}

static bool add_copy(struct json_object *object, const char *name, struct json_object *value)
{
    struct json_object *copy = NULL;

    return json_object_deep_copy(value, &copy, NULL) == 0 && json_build_set(object, name, copy);
}

/* The TURN REST scheme: "T[:USERNAME]" and its HMAC-SHA1 under the shared secret. */
static bool add_hmac(struct json_object *object, const struct ice_server *server, int64_t now_us)
{
    const char *secret = json_object_get_string(server->credential);
    struct buf username = {0};
    uint8_t mac[SHA1_SIZE];
    gnutls_datum_t raw = {mac, sizeof mac};
    gnutls_datum_t encoded = {0};
    bool good = false;

    buf_printf(&username, "%lld", (long long)(now_us / US_PER_S + ICE_CREDENTIAL_S));
    if (server->username && server->username[0])
        buf_printf(&username, ":%s", server->username);
    if (!username.bad &&
        gnutls_hmac_fast(GNUTLS_MAC_SHA1, secret, strlen(secret), username.data, username.len,
                         mac) == 0 &&
        gnutls_base64_encode2(&raw, &encoded) == 0)
        good = json_build_set(object, "username", json_object_new_string(buf_str(&username))) &&
               json_build_set(
                   object, "credential",
                   json_object_new_string_len((const char *)encoded.data, (int)encoded.size)) &&
               json_build_set(object, "credentialType", json_object_new_string("password"));
    gnutls_free(encoded.data);
    buf_release(&username);
    return good;
}

static struct json_object *server_to_json(const struct ice_server *server, int64_t now_us)
{
    struct json_object *object = json_object_new_object();
    bool good = object && add_copy(object, "urls", server->urls);

    if (good && server->is_hmac) {
        good = add_hmac(object, server, now_us);
    } else if (good) {
        if (server->username)
            good = json_build_set(object, "username", json_object_new_string(server->username));
        if (good && server->credential)
            good = add_copy(object, "credential", server->credential) &&
                   json_build_set(object, "credentialType",
                                  json_object_new_string(server->is_oauth ? "oauth" : "password"));
    }
    if (good)
        return object;
    json_object_put(object);
    return NULL;
}

struct json_object *ice_servers_configuration(struct ice_servers *s, int64_t now_us)
{
    struct json_object *configuration = json_object_new_object();
    struct json_object *array;

    refresh(s);
    if (!configuration || s->n == 0)
        return configuration;
    array = json_object_new_array();
    for (size_t i = 0; array && i < s->n; i++) {
        struct json_object *server = server_to_json(&s->list[i], now_us);

        if (!server || json_object_array_add(array, server) < 0) {
            json_object_put(server);
            json_object_put(array);
            array = NULL;
        }
    }
    if (!json_build_set(configuration, "iceServers", array)) {
        json_object_put(configuration);
        return NULL;
    }
    return configuration;
}

int64_t ice_servers_renew_after_us(const struct ice_servers *s)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->list[i].is_hmac)
            return RENEW_AFTER_US;
    }
    return INT64_MAX;
}
