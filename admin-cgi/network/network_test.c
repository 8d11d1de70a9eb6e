#include "admin-cgi/network/network_test.h"

#include <string.h>

#include "admin-cgi/network/network_helper.h"
#include "common/log.h"

#define HEAR_MS 1000 /* between two looks at the clock */

static const struct log_ctx ctx = {.room = "network"};

static const char *text_of(struct json_object *server, const char *name)
{
    struct json_object *value = json_object_object_get(server, name);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

struct network_row *network_rows(struct arena *a, struct json_object *configuration, size_t *n)
{
    struct json_object *servers = json_object_object_get(configuration, "iceServers");
    struct network_row *rows = arena_array(a, NETWORK_TEST_MAX, sizeof *rows);
    size_t n_servers = servers ? json_object_array_length(servers) : 0;

    *n = 0;
    for (size_t i = 0; i < n_servers && rows; i++) {
        struct json_object *server = json_object_array_get_idx(servers, i);
        struct json_object *urls = json_object_object_get(server, "urls");

        for (size_t k = 0; k < json_object_array_length(urls) && *n < NETWORK_TEST_MAX; k++)
            rows[(*n)++] = (struct network_row){
                .url = json_object_get_string(json_object_array_get_idx(urls, k)),
                .username = text_of(server, "username"),
                .password = text_of(server, "credential")};
    }
    return rows;
}

void network_test(struct network_row *rows, size_t n)
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
