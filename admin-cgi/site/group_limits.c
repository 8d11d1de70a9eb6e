#include "admin-cgi/site/group_limits.h"

#include <inttypes.h>
#include <string.h>

#include "admin-cgi/site/site_value.h"
#include "common/now.h"

void group_limits_get(struct db *db, struct arena *a, struct group_limits *out)
{
    *out = (struct group_limits){
        .forbids_recording = site_flag(db, SITE_LIMIT_RECORDING),
        .forbids_open = site_flag(db, SITE_LIMIT_OPEN),
        .clients = site_number(db, SITE_LIMIT_CLIENTS),
        .codecs = site_text(db, a, SITE_LIMIT_CODECS),
        .redirect = site_text(db, a, SITE_LIMIT_REDIRECT),
    };
}

static bool is_open(const struct group_desc *d)
{
    return d->wildcard && d->wildcard->password.type == PASSWORD_WILDCARD;
}

static bool has_word(const char *list, const char *word)
{
    struct span rest = span_str(list), piece;

    while (span_split(&rest, ' ', &piece)) {
        if (span_eq_str(piece, word))
            return true;
    }
    return false;
}

static bool names_codec(const struct group_desc *d, const char *name)
{
    if (!d->codecs)
        return strcmp(name, "vp8") == 0 || strcmp(name, "opus") == 0;
    for (size_t i = 0; i < d->n_codecs; i++) {
        if (strcmp(d->codecs[i], name) == 0)
            return true;
    }
    return false;
}

static int check_codecs(const struct group_limits *l, const struct group_desc *desc,
                        const struct group_desc *before, struct error *e)
{
    static char *const usual[] = {"vp8", "opus"};
    char *const *codecs = desc->codecs ? desc->codecs : usual;
    size_t n = desc->codecs ? desc->n_codecs : 2;

    for (size_t i = 0; i < n && *l->codecs; i++) {
        if (!has_word(l->codecs, codecs[i]) && !(before && names_codec(before, codecs[i])))
            return error_set(e, ERR_FORBIDDEN, "codecs",
                             "groups of this server use these codecs only: %s", l->codecs);
    }
    return 0;
}

/* The host of an absolute address, without user and port; empty for a path of this server. */
static struct span host_of(struct span address)
{
    size_t start = span_index(address, ':', 0), end;

    if (start + 2 >= address.len || address.data[start + 1] != '/' ||
        address.data[start + 2] != '/')
        return span_of(NULL, 0);
    address = span_sub(address, start + 3, address.len);
    for (end = 0; end < address.len && !strchr("/?#", address.data[end]); end++) {
        if (address.data[end] == '@') {
            address = span_sub(address, end + 1, address.len);
            end = 0;
        }
    }
    address = span_sub(address, 0, end);
    if (address.len && address.data[0] == '[')
        return span_sub(address, 0, span_index(address, ']', 0) + 1);
    return span_sub(address, 0, span_index(address, ':', 0));
}

static int check_redirect(const struct group_limits *l, const struct group_desc *desc,
                          const struct group_desc *before, struct error *e)
{
    struct span host = span_str(desc->redirect ? desc->redirect : ""), rest = span_str(l->redirect);
    struct span line;

    host = host_of(host);
    if (rest.len == 0 || host.len == 0 ||
        (before && before->redirect && strcmp(before->redirect, desc->redirect) == 0))
        return 0;
    while (span_split(&rest, '\n', &line)) {
        if (span_eq_nocase(host, span_trim(line)))
            return 0;
    }
    return error_set(e, ERR_FORBIDDEN, "redirect",
                     "groups of this server may not send people on to %.*s", (int)host.len,
                     (const char *)host.data);
}

static int check_clients(const struct group_limits *l, const struct group_desc *desc,
                         const struct group_desc *before, struct error *e)
{
    if (l->clients == 0 || (desc->max_clients > 0 && desc->max_clients <= l->clients) ||
        (before && before->max_clients == desc->max_clients))
        return 0;
    return error_set(e, ERR_FORBIDDEN, "max-clients",
                     "a group of this server takes %" PRId64 " people at most, and says how many",
                     l->clients);
}

int group_limits_check(const struct group_limits *l, const struct group_desc *desc,
                       const struct group_desc *before, struct error *e)
{
    int r;

    if (l->forbids_recording && desc->allow_recording && !(before && before->allow_recording))
        return error_set(e, ERR_FORBIDDEN, "allow-recording",
                         "groups of this server may not be recorded");
    if (l->forbids_open && is_open(desc) && !(before && is_open(before)))
        return error_set(e, ERR_FORBIDDEN, "wildcard-user",
                         "groups of this server may not let everybody in with any password");
    r = check_clients(l, desc, before, e);
    if (r == 0)
        r = check_codecs(l, desc, before, e);
    return r == 0 ? check_redirect(l, desc, before, e) : r;
}

static bool is_bound(struct db *db, const struct actor *actor)
{
    return (actor->kind == ACTOR_CONSOLE || actor->kind == ACTOR_API) &&
           (!actor->is_server_admin || site_flag(db, SITE_LIMIT_ADMINISTRATORS));
}

int group_limits_check_change(struct db *db, const struct actor *actor,
                              const struct group_desc *desc, struct span before, struct error *e)
{
    struct group_limits limits;
    struct group_desc *old = NULL;
    struct arena a = {0};
    int r;

    if (!is_bound(db, actor))
        return 0;
    group_limits_get(db, &a, &limits);
    r = group_limits_check(&limits, desc, NULL, e);
    if (r < 0 && before.len && group_desc_parse(&old, before, NULL) == 0)
        r = group_limits_check(&limits, desc, old, e);
    group_desc_unref(old);
    arena_release(&a);
    return r;
}

int group_limits_check_invitation(struct db *db, const struct actor *actor, int64_t expires_us,
                                  struct error *e)
{
    int64_t days = is_bound(db, actor) ? site_number(db, SITE_LIMIT_TOKEN_DAYS) : 0;

    /* a minute more, for who writes the end of exactly so many days */
    if (days == 0 ||
        (expires_us && expires_us <= actor->now_us + days * US_PER_DAY + 60 * US_PER_S))
        return 0;
    return error_set(e, ERR_FORBIDDEN, "expires",
                     "an invitation of this server lasts %" PRId64 " days at most", days);
}

int group_limits_check_password(struct db *db, const struct actor *actor, struct span plain,
                                struct error *e)
{
    int64_t least = is_bound(db, actor) ? site_number(db, SITE_LIMIT_PASSWORD) : 0, n = 0;

    for (size_t i = 0; i < plain.len; i++)
        n += (plain.data[i] & 0xc0) != 0x80; /* of a character, the first byte */
    if (n >= least)
        return 0;
    return error_set(e, ERR_FORBIDDEN, "password",
                     "a password on this server has %" PRId64 " characters at least", least);
}
