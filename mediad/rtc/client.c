#include "mediad/rtc/client.h"

#include <stdlib.h>

static struct client *client_new(struct fixed_table *table, uint64_t id)
{
    struct client *client = calloc(1, sizeof *client);

    if (!client)
        return NULL;
    client->id = id;
    client->table = table;
    if (fixed_table_set(table, &id, client) < 0) {
        free(client);
        return NULL;
    }
    return client;
}

int client_join(struct client_connection *c, struct fixed_table *table, uint64_t id)
{
    struct client *client = fixed_table_find(table, &id);

    if (!client)
        client = client_new(table, id);
    if (!client)
        return ERR_NO_MEMORY;
    list_append(&client->connections, &c->in_client);
    client->n_connections++;
    c->client = client;
    return 0;
}

void client_leave(struct client_connection *c)
{
    struct client *client = c->client;

    if (!client)
        return;
    list_remove(&c->in_client);
    c->client = NULL;
    if (--client->n_connections)
        return;
    fixed_table_remove(client->table, &client->id);
    free(client);
}
