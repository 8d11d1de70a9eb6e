/*
 * Statistics of one member's streams, for the .stats document of its group.
 */
#ifndef NEREID_MEDIAD_SIGNAL_STREAM_STATS_H
#define NEREID_MEDIAD_SIGNAL_STREAM_STATS_H

#include "mediad/group/member.h"

/** New object {id, up?, down?}, each an array sorted by id; NULL when out of memory. */
struct json_object *stream_stats(const struct member *m);

#endif
