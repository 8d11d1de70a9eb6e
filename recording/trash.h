/*
 * The trash of one group: recordings that were deleted, until they are 30 days in it.
 */
#ifndef NEREID_RECORDING_TRASH_H
#define NEREID_RECORDING_TRASH_H

#include <stdint.h>

/** Whatever program moves a recording NAME into the trash makes a file NAME.deleted beside it: its
 * time of change says when NAME was deleted. Without that file the time of the move counts. */
#define TRASH_MARK ".deleted"

/** Remove what was put there more than 30 days ago. What cannot be removed is logged.
 * @param folder of the group @param now_us wall clock */
void trash_empty(int folder, const char *group, int64_t now_us);

#endif
