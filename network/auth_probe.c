#include "network/auth_probe.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/probe_result.h"

/** What came back. */
struct reply {
    struct buf body;
    bool is_too_large;
    long status;
    char type[100];    /* of the body, without parameters */
    char allowed[200]; /* Access-Control-Allow-Origin */
    char headers[500]; /* Access-Control-Allow-Headers */
    CURLcode code;
    char why[CURL_ERROR_SIZE];
};

static const char *text_of(struct json_object *o, const char *name)
{
    struct json_object *value = json_object_object_get(o, name);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    struct reply *r = arg;

    r->is_too_large = r->body.len + size * n > AUTH_PROBE_BODY_MAX;
    if (r->is_too_large)
        return 0;
    buf_add(&r->body, data, size * n);
    return size * n;
}

/* @return the value of a header line of this name, without what is around it; false: another one */
static bool copy_header(const char *line, size_t len, const char *name, char *out, size_t size)
{
    size_t name_len = strlen(name);

    if (len <= name_len || strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
        return false;
    line += name_len + 1;
    len -= name_len + 1;
    while (len && (*line == ' ' || *line == '\t')) {
        line++;
        len--;
    }
    while (len && strchr("\r\n \t", line[len - 1]))
        len--;
    snprintf(out, size, "%.*s", (int)len, line);
    return true;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
    struct reply *r = arg;
    size_t len = size * n;

    if (copy_header(data, len, "Content-Type", r->type, sizeof r->type))
        r->type[strcspn(r->type, "; ")] = 0;
    else if (!copy_header(data, len, "Access-Control-Allow-Origin", r->allowed, sizeof r->allowed))
        (void)copy_header(data, len, "Access-Control-Allow-Headers", r->headers, sizeof r->headers);
    return len;
}

/* @param body NULL: the question whether a page of `origin` may ask (a preflight) */
static void request(struct reply *out, const char *url, const char *origin, const char *body)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = NULL;
    char line[600];

    *out = (struct reply){.code = CURLE_FAILED_INIT};
    snprintf(line, sizeof line, "Origin: %.500s", origin);
    headers = curl_slist_append(headers, line);
    if (body) {
        headers = curl_slist_append(headers, "Content-Type: application/json");
    } else {
        headers = curl_slist_append(headers, "Access-Control-Request-Method: POST");
        headers = curl_slist_append(headers, "Access-Control-Request-Headers: content-type");
    }
    if (curl && headers) {
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, AUTH_PROBE_LIMIT_MS);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, out->why);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
        curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
        curl_easy_setopt(curl, CURLOPT_HEADERDATA, out);
        if (body)
            curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
        else
            curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "OPTIONS");
        out->code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
}

static const char *unreached(const struct reply *r)
{
    if (r->is_too_large)
        return "too-large";
    switch (r->code) {
    case CURLE_OK:
        return NULL;
    case CURLE_COULDNT_RESOLVE_HOST:
        return "no-name";
    case CURLE_OPERATION_TIMEDOUT:
        return "silent";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ISSUER_ERROR:
        return "no-tls";
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return "bad-url";
    case CURLE_FAILED_INIT:
    case CURLE_OUT_OF_MEMORY:
        return "failed";
    default:
        return "closed";
    }
}

static bool allows_origin(const struct reply *r, const char *origin)
{
    return strcmp(r->allowed, "*") == 0 || strcmp(r->allowed, origin) == 0;
}

static bool allows_type(const struct reply *r)
{
    return strcmp(r->headers, "*") == 0 || strcasestr(r->headers, "content-type");
}

/* A page may always ask its own origin. */
static bool is_own(const char *url, const char *origin)
{
    size_t len = strlen(origin);

    return strncasecmp(url, origin, len) == 0 && strchr("/?", url[len]);
}

static struct json_object *result(const char *outcome, const struct reply *r, const char *text,
                                  int64_t took_us)
{
    struct json_object *o = json_object_new_object();
    bool is_token = strcmp(outcome, "token") == 0;

    if (!o)
        return NULL;
    json_object_object_add(o, "outcome", json_object_new_string(outcome));
    json_object_object_add(o, "status", json_object_new_int64(r->status));
    json_object_object_add(o, "text", json_object_new_string(text));
    json_object_object_add(o, "token",
                           json_object_new_string_len(is_token ? (const char *)r->body.data : "",
                                                      is_token ? (int)r->body.len : 0));
    json_object_object_add(o, "took_us", json_object_new_int64(took_us));
    return o;
}

static const char *judge(const struct reply *r)
{
    if (r->status == 204)
        return "not-known";
    if (r->status == 401 || r->status == 403)
        return "log-in";
    if (r->status >= 300 && r->status < 400)
        return "redirect";
    if (r->status != 200)
        return "status";
    return strcasecmp(r->type, "application/jwt") == 0 && r->body.len > 0 ? "token" : "not-token";
}

static struct json_object *ask(const char *url, const char *origin, const char *body)
{
    int64_t begin_us = now_monotonic_us();
    struct json_object *out;
    struct reply r;
    const char *outcome;

    if (!is_own(url, origin)) {
        request(&r, url, origin, NULL);
        outcome = unreached(&r);
        if (!outcome &&
            (r.status < 200 || r.status > 299 || !allows_origin(&r, origin) || !allows_type(&r)))
            outcome = "page-refused";
        out = outcome ? result(outcome, &r, r.why, 0) : NULL;
        buf_release(&r.body);
        if (outcome)
            return out;
    }
    request(&r, url, origin, body);
    outcome = unreached(&r);
    if (!outcome)
        outcome = is_own(url, origin) || allows_origin(&r, origin) ? judge(&r) : "page-refused";
    out = result(outcome, &r, strcmp(outcome, "not-token") == 0 ? r.type : r.why,
                 now_monotonic_us() - begin_us);
    buf_wipe(&r.body);
    return out;
}

struct json_object *auth_probe(struct json_object *question)
{
    static const char *const names[] = {"location", "username", "password"};
    struct json_object *body = json_object_new_object(), *out = NULL;

    for (size_t i = 0; body && i < LENGTH(names); i++)
        json_object_object_add(body, names[i], json_object_new_string(text_of(question, names[i])));
    if (body && curl_global_init(CURL_GLOBAL_DEFAULT) == 0) {
        out = ask(text_of(question, "url"), text_of(question, "origin"),
                  json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN |
                                                           JSON_C_TO_STRING_NOSLASHESCAPE));
        curl_global_cleanup();
    }
    json_object_put(body);
    return out;
}
