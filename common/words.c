#include "common/words.h"

#include <stdlib.h>
#include <string.h>

char **words_dup(const char *const *words, size_t n)
{
    size_t size = (n + 1) * sizeof(char *);
    char **list;
    char *at;

    for (size_t i = 0; i < n; i++)
        size += strlen(words[i]) + 1;
    list = malloc(size);
    if (!list)
        return NULL;
    at = (char *)(list + n + 1);
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(words[i]) + 1;

        memcpy(at, words[i], len);
        list[i] = at;
        at += len;
    }
    list[n] = NULL;
    return list;
}

size_t words_count(char *const *words)
{
    size_t n = 0;

    while (words && words[n])
        n++;
    return n;
}

bool words_have(char *const *words, const char *word)
{
    for (size_t i = 0; words && words[i]; i++) {
        if (strcmp(words[i], word) == 0)
            return true;
    }
    return false;
}
