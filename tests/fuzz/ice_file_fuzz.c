/* data/ice-servers.json: what clients are sent has only entries that pass the check. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/ice_servers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void count(void *arg, size_t index, const char *what)
{
    (void)index;
    require(what && what[0]);
    ++*(size_t *)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ice_servers *s = NULL;
    struct json_object *configuration;
    struct json_object *list = NULL;
    struct error e = {0}, unclean;
    size_t n_bad = 0;
    uint8_t *text = malloc(size);
    int r;

    if (size > 0)
        memcpy(text, data, size);
    require(ice_servers_new(&s, "/nonexistent/ice-servers.json") == 0);
    r = ice_servers_take(s, span_of(text, size), count, &n_bad, &unclean, &e);
    require((r == 0) == (e.text[0] == 0));
    free(text);
    configuration = ice_servers_configuration(s, INT64_C(1795509000000000));
    require(configuration);
    json_object_object_get_ex(configuration, "iceServers", &list);
    for (size_t i = 0; list && i < json_object_array_length(list); i++)
        require(!ice_server_check(json_object_array_get_idx(list, i)));
    json_object_put(configuration);
    ice_servers_free(s);
    return 0;
}
