#include "mediad/rtc/up_memory.h"

#include <stdio.h>
#include <string.h>

#include "common/macros.h"

void up_memory_keep(struct up_memory *m, unsigned section, const char *rid, uint32_t ssrc,
                    uint32_t rtx_ssrc)
{
    struct up_memory_entry *entry;

    if (!ssrc)
        return;
    entry = &m->entries[m->next++ % LENGTH(m->entries)];
    entry->ssrc = ssrc;
    entry->rtx_ssrc = rtx_ssrc;
    entry->section = (uint8_t)section;
    snprintf(entry->rid, sizeof entry->rid, "%s", rid);
}

bool up_memory_take(struct up_memory *m, unsigned section, const char *rid,
                    struct up_memory_entry *out)
{
    for (unsigned i = 0; i < LENGTH(m->entries); i++) {
        struct up_memory_entry *entry = &m->entries[i];

        if (entry->ssrc && entry->section == section && strcmp(entry->rid, rid) == 0) {
            *out = *entry;
            entry->ssrc = 0;
            return true;
        }
    }
    return false;
}

void up_memory_forget(struct up_memory *m, unsigned section)
{
    for (unsigned i = 0; i < LENGTH(m->entries); i++) {
        if (m->entries[i].section == section)
            m->entries[i].ssrc = 0;
    }
}
