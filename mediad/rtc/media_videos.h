/*
 * How many videos are received and published in which way, and what that takes: gauges. Control
 * thread only.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_VIDEOS_H
#define NEREID_MEDIAD_RTC_MEDIA_VIDEOS_H

#include "common/metric_set.h"

struct media;

/** Of all streams, but for those that only try a connection. */
void media_videos_metrics(const struct media *m, struct metric_set *out);

#endif
