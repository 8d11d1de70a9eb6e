#include "mediad/rtc/layer_meter.h"

#include <string.h>

#include "common/now.h"

/* Whatever is not sent for longer begins anew: pictures in the dark take their time. */
#define BREAK_US US_PER_S

static unsigned bounded(uint8_t layer)
{
    return layer < TRACK_LAYERS ? layer : TRACK_LAYERS - 1;
}

/* Where the stream does not say for whom a frame is, higher spatial layers need it unless it says
 * that they do not. */
static bool is_sent_to(const struct payload_info *info, unsigned sid, unsigned tid)
{
    if (bounded(info->sid) > sid || bounded(info->tid) > tid)
        return false;
    return bounded(info->sid) == sid || !info->is_not_reference;
}

void layer_meter_add(struct layer_meter *m, const struct payload_info *info, size_t size_bytes,
                     int64_t now_us)
{
    if (now_us - m->newest_us > BREAK_US)
        m->began_us = now_us;
    m->newest_us = now_us;
    m->came[bounded(info->sid)][bounded(info->tid)] = true;
    for (unsigned sid = 0; sid < TRACK_LAYERS; sid++) {
        for (unsigned tid = 0; tid < TRACK_LAYERS; tid++) {
            if (is_sent_to(info, sid, tid))
                m->sent[sid][tid] += (uint32_t)size_bytes;
        }
    }
    m->pictures += info->is_picture_start;
    if (info->height)
        m->height = info->height;
}

static int64_t rate_of(uint32_t before, uint32_t now, int64_t passed_us)
{
    return ((int64_t)before + now) * 8 * US_PER_S / passed_us;
}

void layer_meter_publish(struct layer_meter *m, struct track_stats *stats, int64_t least_us,
                         int64_t now_us)
{
    int64_t since_us = m->window_before_us ? m->window_before_us : m->window_us;
    int64_t passed_us = now_us - since_us;
    bool counts = m->newest_us - m->began_us >= least_us;

    if (since_us && passed_us > 0) {
        for (unsigned sid = 0; sid < TRACK_LAYERS; sid++) {
            for (unsigned tid = 0; tid < TRACK_LAYERS; tid++) {
                bool is_sent = counts && (m->came[sid][tid] || m->came_before[sid][tid]);
                int64_t bps = rate_of(m->sent_before[sid][tid], m->sent[sid][tid], passed_us);

                stats_store(&stats->sent_bps[sid][tid], is_sent ? bps : 0);
            }
        }
        stats_store(&stats->height, m->height);
        stats_store(&stats->pictures, (m->pictures_before + m->pictures) * US_PER_S / passed_us);
    }
    memcpy(m->came_before, m->came, sizeof m->came);
    memcpy(m->sent_before, m->sent, sizeof m->sent);
    m->pictures_before = m->pictures;
    m->pictures = 0;
    memset(m->came, 0, sizeof m->came);
    memset(m->sent, 0, sizeof m->sent);
    m->window_before_us = m->window_us;
    m->window_us = now_us;
}
