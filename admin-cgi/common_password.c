#include "admin-cgi/common_password.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"

#define LONGEST 64

/* Sorted by bytes; in lower case. */
static const char *const list[] = {
#include "admin-cgi/common_passwords.inc" /* made of common_passwords.txt */
};

static int compare(const void *key, const void *element)
{
    return strcmp(key, *(const char *const *)element);
}

bool common_password_is(struct span password)
{
    char text[LONGEST];

    if (!span_copy(password, text, sizeof text))
        return false;
    for (char *c = text; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return bsearch(text, list, LENGTH(list), sizeof *list, compare) != NULL;
}
