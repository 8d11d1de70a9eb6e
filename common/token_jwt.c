#include "common/token_jwt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/group_name.h"
#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/jwt_keys.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/percent.h"

#define JWT_MAX 8192
#define LEEWAY_S 5
#define FAR_AWAY_S 1e12 /* later than any clock; fits an int64 in microseconds */

/* Members of header and claims: nothing twice (RFC 7515 section 4, RFC 7519 section 4). */
static const struct json_limits part_limits = {
    .size_max = JWT_MAX, .depth_max = 16, .values_max = 1024, .string_max = JWT_MAX};

/* For telling a JWT from other text; what is in it is judged later. */
static const struct json_limits form_limits = {.size_max = JWT_MAX,
                                               .depth_max = 16,
                                               .values_max = 1024,
                                               .string_max = JWT_MAX,
                                               .allow_duplicates = true,
                                               .allow_surrogates = true};

struct parts {
    struct span header, claims, signature; /* as written */
    struct span signed_text;
};

static bool split(struct parts *out, struct span text)
{
    struct span rest = text;

    if (text.len > JWT_MAX || !span_split(&rest, '.', &out->header) ||
        !span_split(&rest, '.', &out->claims) || !span_split(&rest, '.', &out->signature) ||
        rest.data)
        return false;
    out->signed_text = span_sub(text, 0, out->header.len + 1 + out->claims.len);
    return true;
}

/* @return 0, ERR_SYNTAX, ERR_TOO_LARGE, ERR_INVALID (no object), ERR_NO_MEMORY */
static int decode_object(struct json_object **out, struct span text,
                         const struct json_limits *limits)
{
    struct buf json = {0};
    struct json_object *value = NULL;
    int r = base64url_decode(&json, text);

    if (r == 0)
        r = json_scan_parse(&value, buf_span(&json), limits, NULL);
    if (r == 0 && !json_object_is_type(value, json_type_object))
        r = ERR_INVALID;
    buf_wipe(&json);
    if (r < 0) {
        json_object_put(value);
        return r;
    }
    *out = value;
    return 0;
}

static bool is_object(struct span text)
{
    struct json_object *value = NULL;
    bool good = decode_object(&value, text, &form_limits) == 0;

    json_object_put(value);
    return good;
}

bool jwt_has_form(struct span text)
{
    struct buf signature = {0};
    struct parts parts;
    bool good = split(&parts, text) && base64url_decode(&signature, parts.signature) == 0 &&
                is_object(parts.header) && is_object(parts.claims);

    buf_release(&signature);
    return good;
}

static int deny(struct error *e, const char *what)
{
    return error_set(e, ERR_DENIED, NULL, "%s", what);
}

/* ------------------------------------------------------------------------------------------ */

/* Keys are chosen by the header's alg and kid. */
static int check_signature(const struct jwt_keys *keys, struct json_object *header,
                           const struct parts *parts, size_t *which, struct error *e)
{
    struct json_fields f = {.object = header};
    struct buf signature = {0};
    const char *alg = NULL;
    const char *kid = "";
    int r;

    json_fields_string(&f, "alg", &alg);
    json_fields_string(&f, "kid", &kid);
    if (f.result < 0 || !alg)
        return deny(e, "alg or kid of the token's header is missing or no string");
    if (json_object_object_get_ex(header, "crit", NULL))
        return deny(e, "the token's header has crit, which is not understood");
    if (base64url_decode(&signature, parts->signature) < 0)
        r = deny(e, "the token's signature is not base64url");
    else
        r = jwt_keys_verify(keys, alg, kid, parts->signed_text, buf_span(&signature), which, e);
    buf_release(&signature);
    return r;
}

/* ------------------------------------------------------------------------------------------ */

/* A NumericDate without its fraction. @return 0, ERR_NOT_FOUND, ERR_INVALID */
static int get_seconds(struct json_object *claims, const char *name, int64_t *out)
{
    struct json_object *value;
    double number;

    if (!json_object_object_get_ex(claims, name, &value))
        return ERR_NOT_FOUND;
    if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_double))
        return ERR_INVALID;
    number = json_object_get_double(value);
    *out = (int64_t)fmin(fmax(trunc(number), -FAR_AWAY_S), FAR_AWAY_S);
    return 0;
}

static int check_times(struct json_object *claims, int64_t now_us, struct error *e)
{
    static const char *const starts[] = {"nbf", "iat"};
    int64_t seconds = 0;
    int r = get_seconds(claims, "exp", &seconds);

    if (r < 0)
        return deny(e, "the token's exp is missing or no number");
    if (now_us >= (seconds + LEEWAY_S) * US_PER_S)
        return deny(e, "the token has expired");
    for (size_t i = 0; i < LENGTH(starts); i++) {
        r = get_seconds(claims, starts[i], &seconds);
        if (r == ERR_INVALID)
            return error_set(e, ERR_DENIED, NULL, "the token's %s is no number", starts[i]);
        if (r == 0 && now_us < (seconds - LEEWAY_S) * US_PER_S)
            return error_set(e, ERR_DENIED, NULL, "the token's %s lies in the future", starts[i]);
    }
    return 0;
}

/* ------------------------------------------------------------------------------------------ */

struct url {
    struct span host; /* with port */
    struct span path; /* as written */
};

static bool is_scheme(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i] | 0x20;
        bool is_letter = c >= 'a' && c <= 'z';

        if (!is_letter && (i == 0 || !strchr("0123456789+-.", s.data[i]) || s.data[i] == 0))
            return false;
    }
    return s.len > 0;
}

/* The bytes before the first of the separators. */
static size_t span_until(struct span s, const char *separators)
{
    size_t i = 0;

    while (i < s.len && (s.data[i] == 0 || !strchr(separators, s.data[i])))
        i++;
    return i;
}

/* RFC 3986 appendix B, absolute ones with an authority only. */
static bool url_parse(struct url *out, struct span text)
{
    size_t scheme_len = span_index(text, ':', 0);
    struct span rest = span_sub(text, scheme_len, text.len);
    struct span authority;
    size_t at;

    if (!is_scheme(span_sub(text, 0, scheme_len)) || !span_starts_with(rest, "://"))
        return false;
    rest = span_sub(rest, 3, rest.len);
    authority = span_sub(rest, 0, span_until(rest, "/?#"));
    rest = span_sub(rest, authority.len, rest.len);
    while ((at = span_index(authority, '@', 0)) < authority.len)
        authority = span_sub(authority, at + 1, authority.len);
    out->host = authority;
    out->path = span_sub(rest, 0, span_until(rest, "?#"));
    return authority.len > 0;
}

static bool percent_decode(struct buf *out, struct span s)
{
    while (s.len > 0) {
        int byte = percent_take(&s);

        if (byte < 0)
            return false;
        buf_add_char(out, (char)byte);
    }
    return !out->bad;
}

struct audience {
    struct span canonical_host; /* empty: any */
    struct span base_path;      /* without final slash */
    struct span group_path;     /* "/group/NAME/" */
    bool include_subgroups;
};

/* Whether a decoded path opens the group; with subgroups an ancestor's path does, too. */
static bool path_opens(const struct audience *a, struct span path)
{
    if (!a->include_subgroups)
        return span_eq(path, a->group_path);
    return span_starts_with(path, "/group/") && path.data[path.len - 1] == '/' &&
           path.len <= a->group_path.len && span_eq(path, span_sub(a->group_path, 0, path.len));
}

static bool audience_opens(const struct audience *a, struct span text)
{
    struct buf path = {0};
    struct url url;
    bool good = url_parse(&url, text) && percent_decode(&path, url.path) &&
                (a->canonical_host.len == 0 || span_eq_nocase(url.host, a->canonical_host));

    if (good) {
        struct span whole = buf_span(&path);

        good = path_opens(a, whole);
        if (!good && whole.len > a->base_path.len &&
            span_eq(span_sub(whole, 0, a->base_path.len), a->base_path))
            good = path_opens(a, span_sub(whole, a->base_path.len, whole.len));
    }
    buf_release(&path);
    return good;
}

static struct span string_of(struct json_object *value)
{
    return span_of(json_object_get_string(value), (size_t)json_object_get_string_len(value));
}

static int check_audience(const struct audience *a, struct json_object *claims, struct error *e)
{
    struct json_object *aud = NULL;
    bool good = false;

    json_object_object_get_ex(claims, "aud", &aud);
    if (json_object_is_type(aud, json_type_string)) {
        good = audience_opens(a, string_of(aud));
    } else if (json_object_is_type(aud, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(aud); i++) {
            struct json_object *element = json_object_array_get_idx(aud, i);

            if (!json_object_is_type(element, json_type_string))
                return deny(e, "an element of the token's aud is no string");
            good = good || audience_opens(a, string_of(element));
        }
    } else {
        return deny(e, "the token's aud is missing or neither string nor array");
    }
    return good ? 0 : deny(e, "the token's aud does not name this group on this server");
}

static int check_claims(struct jwt_claims *out, struct json_object *claims,
                        const struct jwt_door *door, struct error *e)
{
    struct json_object *flag = NULL;
    struct buf group_path = {0};
    struct audience a = {.canonical_host = span_str(door->canonical_host),
                         .base_path = span_str(door->base_path)};
    int r;

    while (a.base_path.len > 0 && a.base_path.data[a.base_path.len - 1] == '/')
        a.base_path.len--;
    json_object_object_get_ex(claims, "include-subgroups", &flag);
    a.include_subgroups =
        json_object_is_type(flag, json_type_boolean) && json_object_get_boolean(flag);
    buf_printf(&group_path, "/group/%s/", door->group);
    a.group_path = buf_span(&group_path);
    r = buf_check(&group_path);
    if (r == 0)
        r = check_audience(&a, claims, e);
    buf_release(&group_path);
    if (r == 0)
        out->include_subgroups = a.include_subgroups;
    return r;
}

/* ------------------------------------------------------------------------------------------ */

static int read_subject(struct jwt_claims *out, struct json_object *claims, struct error *e)
{
    struct json_object *sub;
    struct span name = span_str("");

    if (json_object_object_get_ex(claims, "sub", &sub)) {
        if (!json_object_is_type(sub, json_type_string))
            return deny(e, "the token's sub is no string");
        name = string_of(sub);
    }
    if (user_name_check(name, NULL) < 0)
        return deny(e, "the token's sub is no valid user name");
    out->subject = span_dup(name);
    return out->subject ? 0 : ERR_NO_MEMORY;
}

static int read_permissions(struct jwt_claims *out, struct json_object *claims, struct error *e)
{
    struct json_fields f = {.object = claims};
    struct error why = {0};
    int r = permission_spec_parse(&out->permissions, json_fields_get(&f, "permissions"), &why);

    if (r < 0 && r != ERR_NO_MEMORY)
        r = error_set(e, ERR_DENIED, NULL, "the token's permissions: %s", why.text);
    return r;
}

void jwt_claims_release(struct jwt_claims *c)
{
    free(c->subject);
    permission_spec_release(&c->permissions);
    *c = (struct jwt_claims){0};
}

void jwt_report_release(struct jwt_report *r)
{
    json_object_put(r->header);
    json_object_put(r->claims);
    jwt_claims_release(&r->made);
    *r = (struct jwt_report){0};
}

static int check_step(struct jwt_report *r, const struct parts *parts, const struct jwt_door *door,
                      enum jwt_step step, struct error *e)
{
    switch (step) {
    case JWT_SIGNATURE:
        if (jwt_keys_count(door->keys) == 0)
            return deny(e, "the group has no keys");
        return check_signature(door->keys, r->header, parts, &r->key, e);
    case JWT_TIMES:
        return check_times(r->claims, door->now_us, e);
    case JWT_AUDIENCE:
        return check_claims(&r->made, r->claims, door, e);
    case JWT_SUBJECT:
        return read_subject(&r->made, r->claims, e);
    default:
        return read_permissions(&r->made, r->claims, e);
    }
}

static int open_token(struct jwt_report *r, struct parts *parts, struct span text, struct error *e)
{
    int code;

    if (!split(parts, text))
        return deny(e, "the token has not the form of a JWT");
    code = decode_object(&r->header, parts->header, &part_limits);
    if (code == 0)
        code = decode_object(&r->claims, parts->claims, &part_limits);
    return code == 0 || code == ERR_NO_MEMORY
               ? code
               : deny(e, "the token's header or claims are malformed");
}

int jwt_examine(struct jwt_report *out, struct span text, const struct jwt_door *door,
                struct error *e)
{
    struct parts parts;
    int r;

    *out = (struct jwt_report){0};
    r = open_token(out, &parts, text, e);
    for (enum jwt_step i = 0; r == 0 && i < JWT_N_STEPS; i++) {
        r = check_step(out, &parts, door, i, &out->steps[i]);
        if (r == ERR_DENIED)
            r = 0; /* the step says it, and the next one is taken all the same */
    }
    return r == ERR_NO_MEMORY ? error_set(e, r, NULL, "out of memory") : r;
}

int jwt_verify(struct jwt_claims *out, struct span text, const struct jwt_door *door,
               struct error *e)
{
    struct jwt_report report = {0};
    struct parts parts;
    int r = open_token(&report, &parts, text, e);

    for (enum jwt_step i = 0; r == 0 && i < JWT_N_STEPS; i++)
        r = check_step(&report, &parts, door, i, e);
    if (r == 0) {
        *out = report.made;
        report.made = (struct jwt_claims){0};
    }
    jwt_report_release(&report);
    return r == ERR_NO_MEMORY ? error_set(e, r, NULL, "out of memory") : r;
}
