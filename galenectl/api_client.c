#include "galenectl/api_client.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/http_status.h"
#include "common/json_scan.h"
#include "common/macros.h"

#define ANSWER_MAX (64u << 20)
#define TIMEOUT_S 30L

/* What a server of ours or of another make may send. */
static const struct json_limits answer_limits = {
    .size_max = ANSWER_MAX,
    .depth_max = 64,
    .values_max = 8000000,
    .string_max = 16u << 20,
    .allow_duplicates = true,
};

struct api_client {
    CURL *curl;
    const struct settings *settings;
    bool insecure;
};

struct request {
    const char *method;
    const char *path;
    struct json_object *body; /* NULL: none */
    const char *content_type;
    const char *if_match;
    bool if_none_match;
};

struct answer {
    long status;
    struct buf body;
    struct buf etag;
    struct buf location;
    struct buf content_type;
};

static void answer_release(struct answer *a)
{
    buf_release(&a->body);
    buf_release(&a->etag);
    buf_release(&a->location);
    buf_release(&a->content_type);
}

int api_client_new(struct api_client **out, const struct settings *settings, bool insecure,
                   struct error *e)
{
    struct api_client *c = calloc(1, sizeof *c);

    if (!c)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    c->curl = curl_easy_init();
    if (!c->curl) {
        free(c);
        return error_set(e, ERR_NO_MEMORY, NULL, "the HTTP client cannot start");
    }
    c->settings = settings;
    c->insecure = insecure;
    *out = c;
    return 0;
}

void api_client_free(struct api_client *c)
{
    if (!c)
        return;
    curl_easy_cleanup(c->curl);
    free(c);
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    struct answer *a = arg;

    if (a->body.len + size * n > ANSWER_MAX)
        return 0;
    buf_add(&a->body, data, size * n);
    return a->body.bad ? 0 : size * n;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
    struct answer *a = arg;
    const struct {
        const char *name;
        struct buf *out;
    } wanted[] = {
        {"etag", &a->etag}, {"location", &a->location}, {"content-type", &a->content_type}};
    struct span line = span_of(data, size * n);
    struct span name = span_sub(line, 0, span_index(line, ':', 0));
    struct span value = span_sub(line, name.len + 1, line.len);

    /* A new status line: what an interim answer said is forgotten. */
    if (span_starts_with(line, "HTTP/")) {
        for (size_t i = 0; i < LENGTH(wanted); i++)
            buf_clear(wanted[i].out);
    }
    while (value.len > 0 && strchr("\r\n", value.data[value.len - 1]))
        value.len--;
    for (size_t i = 0; i < LENGTH(wanted); i++) {
        if (span_eq_nocase(name, span_str(wanted[i].name))) {
            buf_clear(wanted[i].out);
            buf_add_span(wanted[i].out, span_trim(value));
        }
    }
    return size * n;
}

static int code_of(long status)
{
    switch (status) {
    case 401:
        return ERR_DENIED;
    case 403:
        return ERR_FORBIDDEN;
    case 404:
        return ERR_NOT_FOUND;
    case 412:
        return ERR_PRECONDITION;
    default:
        return ERR_IO;
    }
}

/* The first line of a plain text, or the "error" or "message" of a JSON object; else nothing. */
static void server_message(const struct answer *a, char *out, size_t size)
{
    static const char *const members[] = {"error", "message", "text"};
    struct span body = buf_span(&a->body);
    struct span type =
        span_sub(buf_span(&a->content_type), 0, span_index(buf_span(&a->content_type), ';', 0));
    struct json_object *json = NULL;
    struct json_object *member = NULL;

    out[0] = 0;
    if (span_eq_nocase(span_trim(type), span_str("text/plain"))) {
        span_printable(span_trim(span_sub(body, 0, strcspn(buf_str(&a->body), "\r\n"))), out, size);
        return;
    }
    if (json_scan_parse(&json, body, &answer_limits, NULL) < 0)
        return;
    for (size_t i = 0; i < LENGTH(members) && !out[0]; i++) {
        if (json_object_is_type(json, json_type_object) &&
            json_object_object_get_ex(json, members[i], &member) &&
            json_object_is_type(member, json_type_string))
            span_printable(span_str(json_object_get_string(member)), out, size);
    }
    json_object_put(json);
}

/* Which credentials it was that the server did not take. */
static void credentials_hint(const struct settings *s, char *out, size_t size)
{
    char name[60];

    if (s->token && s->token[0])
        snprintf(out, size, "the server does not take this token here");
    else if (s->username && s->username[0] && !(s->password && s->password[0]))
        snprintf(out, size, "no password was given; see -admin-password");
    else if (s->username && s->username[0])
        snprintf(out, size, "%s is not allowed to do this, or the password is wrong",
                 span_printable(span_str(s->username), name, sizeof name));
    else
        snprintf(out, size, "say who you are with -admin-username or -admin-token");
}

static int status_error(const struct answer *a, const struct settings *s, struct error *e)
{
    char detail[120];
    char target[80];
    const char *reason = http_status_reason((int)a->status);

    server_message(a, detail, sizeof detail);
    if (a->status < 400 && a->location.len > 0)
        snprintf(detail, sizeof detail, "the server redirects to %s; see -server",
                 span_printable(buf_span(&a->location), target, sizeof target));
    else if (a->status == 401)
        credentials_hint(s, detail, sizeof detail);
    /* "401 Unauthorized: Unauthorized" helps nobody. */
    if (strcasecmp(detail, reason) == 0)
        detail[0] = 0;
    return error_set(e, code_of(a->status), NULL, "HTTP error: %ld%s%s%s%s", a->status,
                     reason[0] ? " " : "", reason, detail[0] ? ": " : "", detail);
}

static int curl_error(const struct api_client *c, CURLcode code, const char *detail,
                      struct error *e)
{
    const char *hint = "";

    if (code == CURLE_PEER_FAILED_VERIFICATION)
        hint = " (name the server with -server, or use -insecure)";
    else if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST)
        hint = " (see -server)";
    return error_set(e, ERR_UNAVAILABLE, NULL, "%.60s: %.80s%s", c->settings->server,
                     detail[0] ? detail : curl_easy_strerror(code), hint);
}

/* Adds to a list of headers; on failure frees it. @return false when out of memory */
static bool add_header(struct curl_slist **list, const char *name, const char *value)
{
    struct buf line = {0};
    struct curl_slist *grown = NULL;

    buf_printf(&line, "%s: %s", name, value);
    if (!line.bad)
        grown = curl_slist_append(*list, buf_str(&line));
    buf_wipe(&line);
    if (!grown) {
        curl_slist_free_all(*list);
        *list = NULL;
        return false;
    }
    *list = grown;
    return true;
}

static bool make_headers(struct curl_slist **list, const struct api_client *c,
                         const struct request *q)
{
    const struct settings *s = c->settings;
    struct buf bearer = {0};
    bool good;

    /* Without this curl waits a second for "100 Continue" on large bodies. */
    good = add_header(list, "Expect", "");
    if (good && s->token && s->token[0]) {
        buf_printf(&bearer, "Bearer %s", s->token);
        good = !bearer.bad && add_header(list, "Authorization", buf_str(&bearer));
        buf_wipe(&bearer);
    }
    if (good && q->body)
        good = add_header(list, "Content-Type",
                          q->content_type ? q->content_type : "application/json");
    if (good && q->if_match)
        good = add_header(list, "If-Match", q->if_match);
    if (good && q->if_none_match)
        good = add_header(list, "If-None-Match", "*");
    return good;
}

static int make_url(struct buf *out, const char *server, const char *path, struct error *e)
{
    struct span base = span_str(server);
    size_t scheme = span_starts_with(base, "https://")  ? 8
                    : span_starts_with(base, "http://") ? 7
                                                        : 0;

    if (scheme == 0)
        return error_set(e, ERR_INVALID, "-server", "must start with https:// or http://");
    if (strpbrk(server, "?#"))
        return error_set(e, ERR_INVALID, "-server", "must not have a query or a fragment");
    while (base.len > 0 && base.data[base.len - 1] == '/')
        base.len--;
    if (base.len <= scheme)
        return error_set(e, ERR_INVALID, "-server", "names no host");
    if (span_index(base, '@', 0) < span_index(base, '/', scheme))
        return error_set(e, ERR_INVALID, "-server", "must not name a user; see -admin-username");
    buf_add_span(out, base);
    buf_printf(out, "/galene-api/v0/%s", path);
    return buf_check(out) < 0 ? error_set(e, ERR_NO_MEMORY, NULL, "out of memory") : 0;
}

static void set_options(const struct api_client *c, const struct request *q, const char *url,
                        struct curl_slist *headers, struct answer *a, char *detail)
{
    const struct settings *s = c->settings;
    CURL *curl = c->curl;

    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, q->method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "galenectl/" NEREID_VERSION);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, a);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, a);
    if (c->insecure) {
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (!(s->token && s->token[0]) && s->username && s->username[0]) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(curl, CURLOPT_USERNAME, s->username);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, s->password ? s->password : "");
    }
    if (q->body) {
        const char *text = json_object_to_json_string_ext(
            q->body, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text ? text : "");
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)(text ? strlen(text) : 0));
    }
}

/* @param a release it, also after a failure */
static int perform(struct api_client *c, const struct request *q, struct answer *a, struct error *e)
{
    char detail[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = NULL;
    struct buf url = {0};
    CURLcode code;
    int r = make_url(&url, c->settings->server, q->path, e);

    if (r == 0 && !make_headers(&headers, c, q))
        r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (r == 0) {
        set_options(c, q, buf_str(&url), headers, a, detail);
        code = curl_easy_perform(c->curl);
        if (code != CURLE_OK)
            r = curl_error(c, code, detail, e);
        else
            curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &a->status);
    }
    if (r == 0 && a->status >= 300)
        r = status_error(a, c->settings, e);
    curl_slist_free_all(headers);
    buf_release(&url);
    return r;
}

int api_get(struct api_client *c, const char *path, struct json_object **out, struct buf *etag,
            struct error *e)
{
    struct request q = {.method = "GET", .path = path};
    struct answer a = {0};
    struct error cause = {0};
    int r = perform(c, &q, &a, e);

    if (r == 0) {
        r = json_scan_parse(out, buf_span(&a.body), &answer_limits, &cause);
        if (r < 0)
            error_set(e, r, NULL, "the answer is not JSON: %s: %s", cause.place, cause.text);
    }
    if (r == 0 && etag) {
        buf_clear(etag);
        buf_add_span(etag, buf_span(&a.etag));
    }
    answer_release(&a);
    return r;
}

int api_get_object(struct api_client *c, const char *path, struct json_object **out,
                   struct buf *etag, struct error *e)
{
    struct json_object *json = NULL;
    int r = api_get(c, path, &json, etag, e);

    if (r == 0 && !json_object_is_type(json, json_type_object)) {
        json_object_put(json);
        r = error_set(e, ERR_IO, NULL, "the answer is not a JSON object");
    }
    if (r == 0)
        *out = json;
    return r;
}

int api_put(struct api_client *c, const char *path, struct json_object *body,
            const struct api_put *options, struct error *e)
{
    struct request q = {.method = "PUT",
                        .path = path,
                        .body = body,
                        .content_type = options->content_type,
                        .if_match = options->if_match,
                        .if_none_match = options->if_none_match};
    struct answer a = {0};
    int r = perform(c, &q, &a, e);

    answer_release(&a);
    return r;
}

int api_post(struct api_client *c, const char *path, struct json_object *body, struct buf *location,
             struct error *e)
{
    struct request q = {.method = "POST", .path = path, .body = body};
    struct answer a = {0};
    int r = perform(c, &q, &a, e);

    if (r == 0 && a.location.len == 0)
        r = error_set(e, ERR_IO, NULL, "the answer has no Location");
    if (r == 0) {
        buf_clear(location);
        buf_add_span(location, buf_span(&a.location));
    }
    answer_release(&a);
    return r;
}

int api_delete(struct api_client *c, const char *path, const char *if_match, struct error *e)
{
    struct request q = {.method = "DELETE", .path = path, .if_match = if_match};
    struct answer a = {0};
    int r = perform(c, &q, &a, e);

    answer_release(&a);
    return r;
}

static int update_once(struct api_client *c, const char *path, const struct edit *edit,
                       struct error *e)
{
    struct json_object *object = NULL;
    struct buf etag = {0};
    int r = api_get_object(c, path, &object, &etag, e);

    if (r == 0 && etag.len == 0)
        r = error_set(e, ERR_IO, NULL, "the answer has no ETag");
    if (r == 0)
        r = edit->apply(object, edit->arg, e);
    if (r == 0) {
        struct api_put options = {.if_match = buf_str(&etag)};

        r = api_put(c, path, object, &options, e);
    }
    json_object_put(object);
    buf_release(&etag);
    return r;
}

int api_update(struct api_client *c, const char *path, const struct edit *edit, bool retry,
               struct error *e)
{
    int r = update_once(c, path, edit, e);

    return r == ERR_PRECONDITION && retry ? update_once(c, path, edit, e) : r;
}
