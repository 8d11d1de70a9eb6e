/*
 * Look-up by name: a balanced tree of objects that embed an index entry as their first member.
 * Names are often chosen by clients, and a tree has no bad names, as a hash table would.
 */
#ifndef NEREID_MEDIAD_NAME_INDEX_H
#define NEREID_MEDIAD_NAME_INDEX_H

#include <stddef.h>

#include "common/error.h"

/** First member of what is indexed. */
struct name_entry {
    const char *name; /* borrowed; must not change while indexed */
};

/** Zeroed is empty. */
struct name_index {
    void *root;
    size_t n;
};

/** NULL when there is none. Borrowed. */
void *name_index_find(const struct name_index *index, const char *name);
/** @return 0, ERR_EXISTS or ERR_NO_MEMORY */
int name_index_add(struct name_index *index, struct name_entry *entry) MUST_USE;
/** The entry must be in the index. */
void name_index_remove(struct name_index *index, struct name_entry *entry);

#endif
