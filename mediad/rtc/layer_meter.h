/*
 * What each layer of a published video takes, and how large its pictures are: what receivers'
 * workers divide their lines by. Counts what comes; statistics show the last second, anew every
 * half second. Pure but for the statistics it fills; never allocates.
 */
#ifndef NEREID_MEDIAD_RTC_LAYER_METER_H
#define NEREID_MEDIAD_RTC_LAYER_METER_H

#include "mediad/rtc/connection.h"
#include "mediad/rtc/payload.h"

/** Zeroed: nothing came. */
struct layer_meter {
    /* did something of exactly that layer come, in the window that runs and in the one before? */
    bool came[TRACK_LAYERS][TRACK_LAYERS], came_before[TRACK_LAYERS][TRACK_LAYERS];
    /* bytes that receivers of layers up to that one are sent */
    uint32_t sent[TRACK_LAYERS][TRACK_LAYERS], sent_before[TRACK_LAYERS][TRACK_LAYERS];
    uint16_t pictures, pictures_before;
    int64_t window_us, window_before_us; /* when they began; 0: not yet */
    /* since when packets come without a break, and the newest one; 0: none came */
    int64_t began_us, newest_us;
    uint16_t height;
};

/** A packet with a payload came, for the first time. @param size_bytes of the RTP packet
 * @param now_us not 0 */
void layer_meter_add(struct layer_meter *m, const struct payload_info *info, size_t size_bytes,
                     int64_t now_us);
/** Every 500 ms or so: close the window and publish. @param least_us what has not been sent for so
 * long without a break counts as not sent */
void layer_meter_publish(struct layer_meter *m, struct track_stats *stats, int64_t least_us,
                         int64_t now_us);

#endif
