/*
 * Descriptions kept as files beside the tests: what real browsers offered and answered, and what
 * ours should be, byte for byte.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_RTC_SDP_DATA_H
#define NEREID_TESTS_UNIT_MEDIAD_RTC_SDP_DATA_H

#include <stdio.h>

#include "common/buf.h"

#ifndef NEREID_SRCDIR
#define NEREID_SRCDIR "."
#endif

/** The whole of data/NAME.sdp; empty when there is none. Owned by the caller. */
static inline struct buf sdp_data(const char *name)
{
    char path[512];
    struct buf b = {0};
    FILE *f;
    int c;

    snprintf(path, sizeof path, "%s/tests/unit/mediad/rtc/data/%s.sdp", NEREID_SRCDIR, name);
    f = fopen(path, "rb");
    while (f && (c = getc(f)) != EOF)
        buf_add_char(&b, (char)c);
    if (f)
        fclose(f);
    return b;
}

#endif
