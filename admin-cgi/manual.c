#include "admin-cgi/manual.h"

#include <string.h>

#include "common/macros.h"

static const struct manual manuals[] = {
#include "admin-cgi/manual.inc" /* made of docs/ */
};

static const struct {
    const char *template;
    const char *section;
} sections[] = {
#include "admin-cgi/manual_pages.inc" /* made of docs/CONSOLE.md */
};

const struct manual *manual_at(unsigned index)
{
    return index < LENGTH(manuals) ? &manuals[index] : NULL;
}

const struct manual *manual_find(const char *file)
{
    for (unsigned i = 0; i < LENGTH(manuals); i++) {
        if (strcmp(manuals[i].file, file) == 0)
            return &manuals[i];
    }
    return NULL;
}

const char *manual_section(const char *template)
{
    for (unsigned i = 0; i < LENGTH(sections); i++) {
        if (strcmp(sections[i].template, template) == 0)
            return sections[i].section;
    }
    return NULL;
}
