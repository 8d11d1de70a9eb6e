#include "admin-cgi/handlers/share_link.h"

#include <gnutls/gnutls.h>
#include <inttypes.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/page.h"
#include "common/hex.h"

#define TOKEN_MAC_BYTES 16

/* @return false: no memory, or no HMAC */
static bool mac_of(const struct app *app, const char *message, char out[HEX_SIZE(APP_MAC_BYTES)])
{
    uint8_t mac[APP_MAC_BYTES];

    if (!message || app_mac(app, span_str(message), mac) < 0)
        return false;
    hex_format(out, mac, sizeof mac);
    return true;
}

/* Numbers are given again when a database was lost; the time at which a row was made is not. */
const char *share_link_token(struct arena *a, const struct app *app, const struct share *s)
{
    char mac[HEX_SIZE(APP_MAC_BYTES)];
    const char *message = arena_printf(a, "%" PRId64 "\n%" PRId64 "\nshare", s->id, s->made_us);

    return mac_of(app, message, mac)
               ? arena_printf(a, "%" PRId64 "-%.*s", s->id, 2 * TOKEN_MAC_BYTES, mac)
               : NULL;
}

const char *share_link_url(struct request *req, struct app *app, const struct share *s)
{
    const char *token = share_link_token(req->arena, app, s), *base = page_base_url(req, app);

    return token && base ? arena_printf(req->arena, "%s/shared/%s", base, token) : NULL;
}

static bool are_equal(const char *a, const char *b)
{
    return a && b && strlen(a) == strlen(b) && gnutls_memcmp(a, b, strlen(a)) == 0;
}

int share_link_find(struct app *app, struct arena *a, const char *token, struct share *out,
                    struct error *e)
{
    struct span number = span_str(token);
    uint64_t id;
    int r = ERR_NOT_FOUND;

    number = span_sub(number, 0, span_index(number, '-', 0));
    if (span_u64(number, &id) && id <= INT64_MAX)
        r = store_share_get(app->db, a, (int64_t)id, out, e);
    if (r == 0 && !are_equal(token, share_link_token(a, app, out)))
        r = ERR_NOT_FOUND;
    return r == ERR_NOT_FOUND ? error_set(e, r, NULL, "there is nothing here") : r;
}

const char *share_link_proof(struct arena *a, const struct app *app, const struct share *s,
                             int64_t until_us)
{
    char mac[HEX_SIZE(APP_MAC_BYTES)];
    const char *message =
        arena_printf(a, "%" PRId64 "\n%" PRId64 "\n%s\n%" PRId64 "\nshare-password", s->id,
                     s->made_us, s->pw_hash, until_us);

    return mac_of(app, message, mac) ? arena_printf(a, "%" PRId64 "-%s", until_us, mac) : NULL;
}

bool share_link_is_proof(struct arena *a, const struct app *app, const struct share *s,
                         const char *proof, int64_t now_us)
{
    struct span number = span_str(proof);
    uint64_t until_us;

    number = span_sub(number, 0, span_index(number, '-', 0));
    return span_u64(number, &until_us) && until_us <= INT64_MAX && (int64_t)until_us > now_us &&
           are_equal(proof, share_link_proof(a, app, s, (int64_t)until_us));
}
