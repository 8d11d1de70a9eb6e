#include "mediad/state_files.h"

#include <json-c/json.h>

#include "common/atomic_file.h"
#include "common/json_scan.h"

#define FILE_MAX (1024 * 1024)

/* Clients beyond this number get an answer that says so; there are descriptors left for it. */
static unsigned connections_max(unsigned fd_limit)
{
    unsigned n = fd_limit / 4 * 3;

    return n > 24 + 16 ? n - 24 : 16;
}

/* Connections are refused before the descriptors are used up. Silent ones, who come on top of the
 * clients, may be as many as the unjoined ones. */
static void clamp(struct limits *limits, unsigned fd_limit)
{
    int64_t most = connections_max(fd_limit) - 8;

    if (limits->unjoined > fd_limit / 10)
        limits->unjoined = fd_limit / 10;
    if (limits->clients > most - limits->unjoined)
        limits->clients = most - limits->unjoined;
}

int settings_read(struct settings *out, const char *path, unsigned fd_limit, struct error *e)
{
    struct buf text = {0};
    struct settings fresh;
    int r = file_read(&text, path, FILE_MAX, NULL, e);

    if (r == ERR_NOT_FOUND) {
        *e = (struct error){0};
        r = settings_init(&fresh);
    } else if (r == 0) {
        r = settings_parse(&fresh, buf_span(&text), e);
    }
    buf_release(&text);
    if (r < 0)
        return r;
    clamp(&fresh.limits, fd_limit);
    *out = fresh;
    return 0;
}

int look_read(struct buf *out, const char *path, struct error *e)
{
    struct json_object *look = NULL;
    struct buf text = {0};
    int r = file_read(&text, path, FILE_MAX, NULL, e);

    if (r == 0)
        r = json_scan_parse(&look, buf_span(&text), &json_limits_file, e);
    buf_clear(out);
    if (r == 0 && json_object_is_type(look, json_type_object))
        buf_add_str(out, json_object_to_json_string_ext(look, JSON_C_TO_STRING_PLAIN));
    if (r == 0)
        r = buf_check(out);
    if (r < 0)
        buf_clear(out);
    json_object_put(look);
    buf_release(&text);
    return r;
}
