/*
 * The Cookie header: the value that is found stands in the header, after the cookie's name, and
 * what is found does not depend on cookies behind it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *look(struct arena *a, char *line)
{
    static char method[] = "REQUEST_METHOD=GET", uri[] = "REQUEST_URI=/";
    char *environment[] = {method, uri, line, NULL};
    struct request *r = arena_alloc(a, sizeof *r);

    if (!r || request_init(r, a, environment, 1) < 0)
        abort();
    return request_cookie(r, "sid");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char name[] = "HTTP_COOKIE=", tail[] = "; __Host-sid=last";
    char *line = malloc(sizeof name + size + sizeof tail);
    struct arena a = {0};
    const char *value, *again;

    if (!line)
        return 0;
    memcpy(line, name, sizeof name - 1);
    if (size)
        memcpy(line + sizeof name - 1, data, size);
    line[sizeof name - 1 + size] = 0;
    value = look(&a, line);
    if (value && (!strstr(line, "__Host-sid=") || !strstr(line, value)))
        abort();
    memcpy(line + strlen(line), tail, sizeof tail);
    again = look(&a, line);
    if (value && (!again || strcmp(value, again) != 0))
        abort();
    arena_release(&a);
    free(line);
    return 0;
}
