/*
 * By which SSRCs a publisher's tracks came that are in no section at present. A section may become
 * inactive and active again (RFC 9429 section 5.2.2) with the same SSRCs, and browsers write mid
 * and rid of an SSRC into its packets only until they know that they arrived: once. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_UP_MEMORY_H
#define NEREID_MEDIAD_RTC_UP_MEMORY_H

#include "mediad/rtc/connection.h"

/** Where a track came from. */
struct up_memory_entry {
    uint32_t ssrc; /* 0: a free entry */
    uint32_t rtx_ssrc;
    uint8_t section; /* index */
    char rid[NEGOTIATE_RID_MAX + 1];
};

/** Zeroed: empty. Of more than it holds it forgets the oldest. */
struct up_memory {
    struct up_memory_entry entries[TRACKS_MAX];
    unsigned next; /* ring */
};

/** A track ends, for now. @param rid "" without simulcast; @param ssrc 0: nothing is kept */
void up_memory_keep(struct up_memory *m, unsigned section, const char *rid, uint32_t ssrc,
                    uint32_t rtx_ssrc);
/** It is there again: what was kept of it, which is forgotten here. @return false: nothing was */
bool up_memory_take(struct up_memory *m, unsigned section, const char *rid,
                    struct up_memory_entry *out);
/** The section is another one now. */
void up_memory_forget(struct up_memory *m, unsigned section);

#endif
