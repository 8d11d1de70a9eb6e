#include "mediad/group/history.h"

#include <stdlib.h>
#include <string.h>

static void entry_release(struct history_entry *entry)
{
    free(entry->id);
    free(entry->source);
    frame_unref(entry->frame);
    *entry = (struct history_entry){0};
}

void history_release(struct history *h)
{
    history_clear(h, NULL, NULL);
}

static void drop_first(struct history *h, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        entry_release(&h->entries[i]);
    memmove(h->entries, h->entries + n, (h->n - n) * sizeof h->entries[0]);
    h->n -= n;
}

int history_add(struct history *h, const char *id, const char *source, struct frame *frame,
                int64_t now_us)
{
    struct history_entry entry = {strdup(id), strdup(source), now_us, NULL};

    if (!entry.id || !entry.source) {
        entry_release(&entry);
        return ERR_NO_MEMORY;
    }
    entry.frame = frame_ref(frame);
    if (h->n == HISTORY_MAX)
        drop_first(h, 1);
    h->entries[h->n++] = entry;
    return 0;
}

void history_expire(struct history *h, int64_t age_us, int64_t now_us)
{
    unsigned n = 0;

    while (n < h->n && (age_us < 0 || h->entries[n].sent_us < now_us - age_us))
        n++;
    drop_first(h, n);
}

void history_clear(struct history *h, const char *source, const char *id)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < h->n; i++) {
        struct history_entry *entry = &h->entries[i];

        if ((!source || strcmp(entry->source, source) == 0) && (!id || strcmp(entry->id, id) == 0))
            entry_release(entry);
        else
            h->entries[kept++] = *entry;
    }
    h->n = kept;
}
