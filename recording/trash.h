/*
 * The trash of one group: recordings that were deleted, until they are 30 days in it.
 */
#ifndef NEREID_RECORDING_TRASH_H
#define NEREID_RECORDING_TRASH_H

#include <stdint.h>

/** Who puts NAME into the trash makes NAME.deleted beside it, whose time of change says when. Where
 * there is none, the time of the move counts. */
#define TRASH_MARK ".deleted"

/** Remove what was put there more than 30 days ago. What cannot be removed is logged.
 * @param folder of the group @param now_us wall clock */
void trash_empty(int folder, const char *group, int64_t now_us);

#endif
