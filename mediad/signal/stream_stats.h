/*
 * Statistics of one member's streams: all of it for the .stats document of its group, a few words
 * and numbers for administrators who look at all groups.
 */
#ifndef NEREID_MEDIAD_SIGNAL_STREAM_STATS_H
#define NEREID_MEDIAD_SIGNAL_STREAM_STATS_H

#include "mediad/group/member.h"

/** New object {id, up?, down?}, each an array sorted by id; NULL when out of memory. */
struct json_object *stream_stats(const struct member *m);

/** New object with what is known of {streams, microphone, camera, screen, height, layers, up, down,
 * loss, rtt, line, reduced, paused, path} (docs/CONTROL.md, `quality`); NULL: the member neither
 * sends nor receives, or memory is out. */
struct json_object *stream_summary(const struct member *m);

#endif
