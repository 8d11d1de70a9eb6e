/*
 * A received video before the allocator (allocate.h): in which ways it can be sent, by what its
 * publisher's worker measures, and what becomes of the allocator's choice.
 */
#ifndef NEREID_MEDIAD_RTC_DOWN_VIDEO_H
#define NEREID_MEDIAD_RTC_DOWN_VIDEO_H

#include "mediad/rtc/down_connection.h"

/** Fill t->video and t->layers; the state that the allocator keeps stays. @param down whose it is
 */
void down_video_describe(struct down_connection *down, struct down_track *t);
/** Send what t->video says, tell the source what may be sent, and the owner of `down` what changed.
 * @param budget_bps of the client for all videos; INT64_MAX: no limit is known
 * @param share_bps of it, were it divided alike */
void down_video_apply(struct down_connection *down, struct down_track *t, int64_t budget_bps,
                      int64_t share_bps);

#endif
