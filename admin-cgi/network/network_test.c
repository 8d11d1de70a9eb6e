#include "admin-cgi/network/network_test.h"

#include <string.h>

#include "admin-cgi/network/network_helper.h"
#include "common/log.h"

#define HEAR_MS 1000 /* between two looks at the clock */

static const struct log_ctx ctx = {.room = "network"};

struct probe_row *network_rows(struct arena *a, struct json_object *configuration, size_t *n)
{
    struct json_object *servers = json_object_object_get(configuration, "iceServers");
    struct probe_row *rows = arena_array(a, NETWORK_TEST_MAX, sizeof *rows);
    size_t n_servers = servers ? json_object_array_length(servers) : 0;

    *n = 0;
    for (size_t i = 0; i < n_servers && rows; i++) {
        struct json_object *server = json_object_array_get_idx(servers, i);
        struct json_object *urls = json_object_object_get(server, "urls");

        for (size_t k = 0; k < json_object_array_length(urls) && *n < NETWORK_TEST_MAX; k++)
            rows[(*n)++] = probe_row_of(json_object_array_get_idx(urls, k), server);
    }
    return rows;
}

void network_test(struct probe_row *rows, size_t n)
{
    struct network_helper h = {0};
    int r = network_helper_start(&h, rows, n);

    if (r == 0) {
        while (!network_helper_hear(&h, HEAR_MS))
            continue;
        network_helper_end(&h, rows, n);
        return;
    }
    log_error(&ctx, "nereid-network-test cannot be started: %s", strerror(r));
    for (size_t i = 0; i < n; i++)
        rows[i].result = (struct probe_result){.outcome = PROBE_FAILED};
}
