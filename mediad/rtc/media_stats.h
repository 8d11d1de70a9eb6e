/*
 * Totals of the media plane: what the workers count, summed and named. Control thread only.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_STATS_H
#define NEREID_MEDIAD_RTC_MEDIA_STATS_H

#include <json-c/json.h>

#include "common/metric_set.h"

struct media;

/** Totals for health, named as the metrics without their prefix. New; NULL when out of memory. */
struct json_object *media_stats(struct media *m);
/** Addresses that clients are offered, as "203.0.113.7:8444" or "[2001:db8::7]:8444". New; NULL
 * when out of memory. */
struct json_object *media_offered(const struct media *m);
/** The totals of media_stats(), as metrics. */
void media_metrics(const struct media *m, struct metric_set *out);

#endif
