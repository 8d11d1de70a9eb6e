#include "mediad/signal/census.h"

#include <stdlib.h>

#include "common/throttle.h"

static bool has_room(const struct census *c, const struct limits *limits,
                     const struct census_address *a)
{
    if ((int64_t)c->n >= limits->clients || (int64_t)c->n_unjoined >= limits->unjoined)
        return false;
    return a == NULL || ((int64_t)a->n < limits->clients_per_address &&
                         (int64_t)a->n_unjoined < limits->unjoined_per_address);
}

bool census_has_room(const struct census *c, const struct limits *limits, const char *address)
{
    char key[64];

    throttle_address_key(address, key);
    return has_room(c, limits, name_index_find(&c->addresses, key));
}

int census_enter(struct census *c, const struct limits *limits, const char *address,
                 struct census_address **out)
{
    char key[64];
    struct census_address *a;

    throttle_address_key(address, key);
    a = name_index_find(&c->addresses, key);
    if (!has_room(c, limits, a))
        return ERR_BUSY;
    if (a == NULL) {
        a = calloc(1, sizeof *a);
        if (a == NULL)
            return ERR_NO_MEMORY;
        snprintf(a->address, sizeof a->address, "%s", key);
        a->by_address.name = a->address;
        if (name_index_add(&c->addresses, &a->by_address) < 0) {
            free(a);
            return ERR_NO_MEMORY;
        }
    }
    c->n++;
    c->n_unjoined++;
    a->n++;
    a->n_unjoined++;
    *out = a;
    return 0;
}

void census_joined(struct census *c, struct census_address *a)
{
    c->n_unjoined--;
    a->n_unjoined--;
}

void census_unjoined(struct census *c, struct census_address *a)
{
    c->n_unjoined++;
    a->n_unjoined++;
}

void census_leave(struct census *c, struct census_address *a, bool is_joined)
{
    if (!is_joined)
        census_joined(c, a);
    c->n--;
    a->n--;
    if (a->n > 0)
        return;
    name_index_remove(&c->addresses, &a->by_address);
    free(a);
}
