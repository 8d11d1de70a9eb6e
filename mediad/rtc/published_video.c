#include "mediad/rtc/published_video.h"

static enum published_state state_of(const struct track_stats *t)
{
    int64_t rid_state = stats_load(&t->rid_state);

    if (rid_state & RID_IS_BROKEN)
        return PUBLISHED_BROKEN;
    if (!stats_load(&t->is_received) || rid_state & RID_IS_IDLE)
        return PUBLISHED_UNWANTED;
    if (stats_load(&t->bitrate_bps) <= 0)
        return PUBLISHED_SILENT;
    return rid_state & RID_IS_SHRUNK ? PUBLISHED_SHRUNK : PUBLISHED_SENT;
}

bool published_video_read(const struct track_stats *t, struct published_video *out)
{
    if (stats_load(&t->kind) != TRACK_VIDEO)
        return false;
    *out = (struct published_video){
        .state = state_of(t),
        .told_bps = stats_load(&t->told_bps),
        .page_bps = stats_load(&t->page_bps),
    };
    return true;
}

const char *published_state_word(enum published_state state)
{
    static const char *const words[PUBLISHED_STATES] = {
        [PUBLISHED_SENT] = "sent",         [PUBLISHED_SHRUNK] = "shrunk",
        [PUBLISHED_UNWANTED] = "unwanted", [PUBLISHED_BROKEN] = "broken",
        [PUBLISHED_SILENT] = "silent",
    };

    return words[state];
}
