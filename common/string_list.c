#include "common/string_list.h"

#include <stdlib.h>
#include <string.h>

char **string_list_dup(const char *const *strings, size_t n)
{
    size_t size = (n + 1) * sizeof(char *);
    char **list;
    char *at;

    for (size_t i = 0; i < n; i++)
        size += strlen(strings[i]) + 1;
    list = malloc(size);
    if (!list)
        return NULL;
    at = (char *)(list + n + 1);
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(strings[i]) + 1;

        memcpy(at, strings[i], len);
        list[i] = at;
        at += len;
    }
    list[n] = NULL;
    return list;
}

size_t string_list_count(char *const *strings)
{
    size_t n = 0;

    while (strings && strings[n])
        n++;
    return n;
}

bool string_list_has(char *const *strings, const char *string)
{
    for (size_t i = 0; strings && strings[i]; i++) {
        if (strcmp(strings[i], string) == 0)
            return true;
    }
    return false;
}
