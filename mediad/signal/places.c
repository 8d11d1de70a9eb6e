#include "mediad/signal/places.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/hex.h"
#include "common/macros.h"

#define DIGEST_SIZE 32

/* Places are found by a digest: what the time of a look-up tells of it tells nothing of a secret.
 * @return new text; NULL when out of memory */
static char *digest_of(const char *group, const char *secret)
{
    struct buf b = {0};
    uint8_t digest[DIGEST_SIZE];
    char *text = malloc(HEX_SIZE(DIGEST_SIZE));

    /* group names have no line ends */
    buf_printf(&b, "%s\n%s", group, secret);
    if (!text || buf_check(&b) < 0 ||
        gnutls_hash_fast(GNUTLS_DIG_SHA256, buf_str(&b), b.len, digest) < 0) {
        free(text);
        text = NULL;
    } else {
        hex_format(text, digest, sizeof digest);
    }
    buf_wipe(&b);
    return text;
}

/* ---- one ---- */

struct place *place_new(const char *group, const char *username, const char *token,
                        const struct known *known)
{
    struct place *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->known = *known;
    p->group = strdup(group);
    p->username = strdup(username);
    p->token = strdup(token);
    if (!p->group || !p->username || !p->token || token_new_name(p->secret) < 0) {
        place_free(p);
        return NULL;
    }
    return p;
}

void place_free(struct place *p)
{
    if (!p)
        return;
    if (p->token)
        gnutls_memset(p->token, 0, strlen(p->token));
    gnutls_memset(p->secret, 0, sizeof p->secret);
    free(p->group);
    free(p->username);
    free(p->token);
    free(p->digest);
    free(p);
}

bool place_is_secret(const struct place *p, const char *secret)
{
    size_t len = strlen(p->secret);

    return len > 0 && strlen(secret) == len && gnutls_memcmp(p->secret, secret, len) == 0;
}

/* ---- those that are kept ---- */

static struct place *oldest(const struct places *all)
{
    return LIST_FIRST(&all->kept, struct place, in_kept);
}

static void expire(struct timer *timer, int64_t now_us)
{
    struct places *all = CONTAINER_OF(timer, struct places, expiry);
    struct place *p;

    while ((p = oldest(all)) != NULL && p->until_us <= now_us)
        places_forget(all, p);
    if (p)
        timer_wheel_set(all->timers, timer, p->until_us);
}

void places_keep(struct places *all, struct timer_wheel *timers, struct place *p, size_t max,
                 int64_t now_us)
{
    p->digest = strlen(p->token) <= PLACE_TOKEN_MAX ? digest_of(p->group, p->secret) : NULL;
    p->by_digest.name = p->digest;
    p->until_us = now_us + PLACE_KEPT_US;
    if (!p->digest || name_index_add(&all->by_digest, &p->by_digest) < 0) {
        place_free(p);
        return;
    }
    list_append(&all->kept, &p->in_kept);
    while (all->by_digest.n > max)
        places_forget(all, oldest(all));
    all->timers = timers;
    all->expiry.fire = expire;
    if (oldest(all) && !timer_is_running(&all->expiry))
        timer_wheel_set(timers, &all->expiry, oldest(all)->until_us);
}

struct place *places_find(const struct places *all, const char *group, const char *secret)
{
    char *digest = *secret != '\0' ? digest_of(group, secret) : NULL;
    struct place *p = digest ? name_index_find(&all->by_digest, digest) : NULL;

    free(digest);
    return p && place_is_secret(p, secret) ? p : NULL;
}

void places_forget(struct places *all, struct place *p)
{
    name_index_remove(&all->by_digest, &p->by_digest);
    list_remove(&p->in_kept);
    place_free(p);
}

void places_forget_group(struct places *all, const char *group, const char *username)
{
    LIST_EACH_REMOVING (struct place, p, &all->kept, in_kept) {
        if (strcmp(p->group, group) == 0 && (!username || strcmp(p->username, username) == 0))
            places_forget(all, p);
    }
}

void places_release(struct places *all)
{
    while (oldest(all))
        places_forget(all, oldest(all));
    timer_cancel(&all->expiry);
}
