#include "mediad/name_index.h"

#include <search.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const struct name_entry *x = a, *y = b;

    return strcmp(x->name, y->name);
}

void *name_index_find(const struct name_index *index, const char *name)
{
    struct name_entry wanted = {name};
    void *node = tfind(&wanted, &index->root, compare);

    return node ? *(void **)node : NULL;
}

int name_index_add(struct name_index *index, struct name_entry *entry)
{
    void *node = tsearch(entry, &index->root, compare);

    if (!node)
        return ERR_NO_MEMORY;
    if (*(void **)node != entry)
        return ERR_EXISTS;
    index->n++;
    return 0;
}

void name_index_remove(struct name_index *index, struct name_entry *entry)
{
    if (tdelete(entry, &index->root, compare))
        index->n--;
}
