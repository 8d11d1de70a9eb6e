#include "mediad/rtc/placement.h"

#include <stdlib.h>
#include <string.h>

#define NO_WORKER UINT32_MAX

/** A group and the worker where its connections live by default. */
struct placed_group {
    struct list_node in_placement;
    char *name;
    unsigned worker;
    unsigned n_connections;
};

struct placed_client {
    uint64_t id;
    unsigned n_connections;
    unsigned n_on[]; /* each worker */
};

int placement_init(struct placement *p, unsigned n_workers)
{
    *p = (struct placement){.n_workers = n_workers};
    fixed_table_init(&p->clients, sizeof(uint64_t), 0);
    p->n_connections = calloc(n_workers, sizeof *p->n_connections);
    return p->n_connections ? 0 : ERR_NO_MEMORY;
}

void placement_release(struct placement *p)
{
    fixed_table_release(&p->clients);
    free(p->n_connections);
    *p = (struct placement){0};
}

static unsigned least_loaded(const struct placement *p, const unsigned *busy_permille)
{
    unsigned best = 0;

    for (unsigned i = 1; i < p->n_workers; i++) {
        unsigned its = busy_permille[i] / 100, best_busy = busy_permille[best] / 100;

        if (its < best_busy || (its == best_busy && p->n_connections[i] < p->n_connections[best]))
            best = i;
    }
    return best;
}

/* The worker that has most of the client's connections, of those that are not busy. */
static unsigned client_worker(const struct placement *p, const struct placed_client *client,
                              const unsigned *busy_permille)
{
    unsigned best = NO_WORKER;

    for (unsigned i = 0; i < p->n_workers; i++) {
        if (client->n_on[i] && busy_permille[i] < PLACEMENT_BUSY_PERMILLE &&
            (best == NO_WORKER || client->n_on[i] > client->n_on[best]))
            best = i;
    }
    return best;
}

static struct placed_group *group_join(struct placement *p, const char *name,
                                       const unsigned *busy_permille)
{
    struct placed_group *group;

    LIST_EACH (struct placed_group, known, &p->groups, in_placement) {
        if (strcmp(known->name, name) == 0) {
            known->n_connections++;
            return known;
        }
    }
    group = calloc(1, sizeof *group);
    if (!group)
        return NULL;
    group->name = strdup(name);
    if (!group->name) {
        free(group);
        return NULL;
    }
    group->worker = least_loaded(p, busy_permille);
    group->n_connections = 1;
    list_prepend(&p->groups, &group->in_placement);
    return group;
}

static void group_leave(struct placed_group *group)
{
    if (--group->n_connections)
        return;
    list_remove(&group->in_placement);
    free(group->name);
    free(group);
}

static struct placed_client *client_join(struct placement *p, uint64_t id)
{
    struct placed_client *client = fixed_table_find(&p->clients, &id);

    if (!client) {
        client = calloc(1, sizeof *client + p->n_workers * sizeof client->n_on[0]);
        if (!client)
            return NULL;
        client->id = id;
        if (fixed_table_set(&p->clients, &id, client) < 0) {
            free(client);
            return NULL;
        }
    }
    client->n_connections++;
    return client;
}

static void client_leave(struct placement *p, struct placed_client *client)
{
    if (--client->n_connections)
        return;
    fixed_table_remove(&p->clients, &client->id);
    free(client);
}

int placement_add(struct placement *p, const struct placement_request *request,
                  const unsigned *busy_permille, struct placed *out)
{
    struct placed_group *group = group_join(p, request->group, busy_permille);
    struct placed_client *client = group ? client_join(p, request->client_id) : NULL;

    if (!client) {
        if (group)
            group_leave(group);
        return ERR_NO_MEMORY;
    }
    unsigned worker = client_worker(p, client, busy_permille);

    if (worker == NO_WORKER) {
        bool is_crowded = busy_permille[group->worker] >= PLACEMENT_BUSY_PERMILLE;

        worker = is_crowded && !request->is_up ? least_loaded(p, busy_permille) : group->worker;
    }
    client->n_on[worker]++;
    p->n_connections[worker]++;
    *out = (struct placed){.worker = worker, .group = group, .client = client};
    return 0;
}

void placement_remove(struct placement *p, struct placed *placed)
{
    if (!placed->client)
        return;
    p->n_connections[placed->worker]--;
    placed->client->n_on[placed->worker]--;
    client_leave(p, placed->client);
    group_leave(placed->group);
    *placed = (struct placed){0};
}
