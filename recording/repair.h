/*
 * Making a whole recording of what a crash left: NAME.webm.part, whose lock nobody holds any more.
 */
#ifndef NEREID_RECORDING_REPAIR_H
#define NEREID_RECORDING_REPAIR_H

#include <stddef.h>

#include "common/error.h"

enum repair_result {
    REPAIR_DONE,    /* NAME.webm is there */
    REPAIR_EMPTY,   /* there was no frame in it; it is gone */
    REPAIR_SKIPPED, /* it is still written, or somebody else repairs it, or it is too young */
};

/**
 * @param folder of the recording
 * @param name   NAME.webm.part or NAME.mkv.part
 * @param now_us wall clock
 * @param out_name the finished recording's, when REPAIR_DONE; at least 256 bytes
 * @return 0 with *result; else the file stays as it is: ERR_NO_SPACE (no room for the copy),
 * ERR_EXISTS (another recording has its name), ERR_INVALID (not a recording), ERR_IO, ERR_NO_MEMORY
 */
int repair_part(enum repair_result *result, char *out_name, size_t size, int folder,
                const char *name, int64_t now_us, struct error *e) MUST_USE;

/** The copy that a repair makes before it gets its name is hidden: ".NAME.webm.repair". */
#define REPAIR_SUFFIX ".repair"
/** A temporary file whose maker has died, removed. Others stay. */
void repair_sweep(int folder, const char *name);

#endif
