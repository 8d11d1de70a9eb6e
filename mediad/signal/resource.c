#include "mediad/signal/resource.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool digest(struct span secret, uint8_t out[RESOURCE_SECRET_SIZE])
{
    return gnutls_hash_fast(GNUTLS_DIG_SHA256, secret.data, secret.len, out) == 0;
}

int resource_init(struct resource *r, struct resources *owner, enum resource_kind kind,
                  const char *group, struct span secret)
{
    int e;

    *r = (struct resource){.kind = kind, .has_secret = secret.len > 0};
    if (token_new_name(r->id) < 0 || (r->has_secret && !digest(secret, r->secret)) ||
        resource_renew_etag(r) < 0)
        return ERR_CRYPTO;
    r->group = strdup(group);
    if (!r->group)
        return ERR_NO_MEMORY;
    r->by_id.name = r->id;
    e = name_index_add(&owner->by_id, &r->by_id);
    if (e < 0) {
        free(r->group);
        r->group = NULL;
        return e;
    }
    r->owner = owner;
    list_append(&owner->all, &r->in_all);
    return 0;
}

void resource_release(struct resource *r)
{
    if (!r->owner)
        return;
    name_index_remove(&r->owner->by_id, &r->by_id);
    list_remove(&r->in_all);
    free(r->group);
    *r = (struct resource){0};
}

int resource_renew_etag(struct resource *r)
{
    char name[TOKEN_NAME_SIZE];

    if (token_new_name(name) < 0)
        return ERR_CRYPTO;
    snprintf(r->etag, sizeof r->etag, "\"%s\"", name);
    return 0;
}

struct resource *resource_find(const struct resources *all, enum resource_kind kind,
                               const char *group, const char *id)
{
    struct resource *r = name_index_find(&all->by_id, id);

    return r && r->kind == kind && strcmp(r->group, group) == 0 ? r : NULL;
}

bool resource_is_secret(const struct resource *r, struct span secret)
{
    uint8_t other[RESOURCE_SECRET_SIZE];

    if (!r->has_secret)
        return true;
    return digest(secret, other) && gnutls_memcmp(other, r->secret, sizeof other) == 0;
}

void resources_end_all(struct resources *all)
{
    LIST_EACH_REMOVING (struct resource, r, &all->all, in_all)
        r->end(r);
}
