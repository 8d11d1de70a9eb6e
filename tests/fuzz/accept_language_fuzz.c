/*
 * The Accept-Language header: some language is found, and what nobody wants behind it changes
 * nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char tail[] = ", fr;q=0, *";
    static struct words *words;
    char *line = malloc(size + sizeof tail);
    const struct language *found;

    if (!words && words_new(&words, NEREID_SRCDIR "/static/locale", NULL) < 0)
        abort();
    if (!line)
        return 0;
    if (size)
        memcpy(line, data, size);
    line[size] = 0;
    found = words_wanted(words, line, NULL);
    if (!found)
        abort();
    memcpy(line + strlen(line), tail, sizeof tail);
    if (words_wanted(words, line, NULL) != found)
        abort();
    free(line);
    return 0;
}
