#include "recording/media_output.h"

#include <libavutil/dict.h>

/* A kill while somebody copies the file further must not cost more than this. */
#define CLUSTER_MS "2000"

int media_output_start(AVFormatContext *format, const char *path)
{
    AVDictionary *options = NULL;
    int r = avio_open(&format->pb, path, AVIO_FLAG_WRITE);

    if (r >= 0 && (av_dict_set(&options, "cues_to_front", "1", 0) < 0 ||
                   av_dict_set(&options, "cluster_time_limit", CLUSTER_MS, 0) < 0))
        r = AVERROR(ENOMEM);
    if (r >= 0) {
        format->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
        r = avformat_write_header(format, &options);
    }
    av_dict_free(&options);
    return r;
}
