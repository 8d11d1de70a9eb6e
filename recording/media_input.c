#include "recording/media_input.h"

#include <errno.h>
#include <libavutil/dict.h>
#include <libavutil/error.h>
#include <libavutil/mathematics.h>
#include <stdlib.h>

#include "common/now.h"
#include "common/opus_duration.h"
#include "recording/folder.h"

/* Bytes of libavformat's own list of places to seek to: nobody seeks here, and it would grow with
 * each packet of sound. */
#define INDEX_MAX 65536

static const AVRational us_base = {1, 1000000};

int media_error(struct error *e, int averror, const char *place, const char *what)
{
    char words[AV_ERROR_MAX_STRING_SIZE];
    int code = ERR_IO;

    if (averror == AVERROR(ENOSPC) || averror == AVERROR(EDQUOT))
        code = ERR_NO_SPACE;
    else if (averror == AVERROR(ENOMEM))
        code = ERR_NO_MEMORY;
    else if (averror == AVERROR_INVALIDDATA || averror == AVERROR_EOF)
        code = ERR_INVALID;
    av_strerror(averror, words, sizeof words);
    return error_set(e, code, place, "%s: %s", what, words);
}

int media_input_open(struct media_input *out, int fd, struct error *e)
{
    struct media_input in = {.video = -1, .audio = -1};
    AVDictionary *options = NULL;
    char *path = folder_path(fd, NULL);
    int r;

    if (!path)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    in.format = avformat_alloc_context();
    if (!in.format || av_dict_set(&options, "protocol_whitelist", "file", 0) < 0) {
        avformat_free_context(in.format);
        free(path);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    in.format->max_index_size = INDEX_MAX;
    in.format->flags |= AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN;
    r = avformat_open_input(&in.format, path, av_find_input_format("matroska"), &options);
    av_dict_free(&options);
    free(path);
    if (r == AVERROR(EIO)) /* what Matroska's reader says of a header that is cut */
        r = AVERROR_INVALIDDATA;
    if (r < 0) /* which has freed the context */
        return media_error(e, r, NULL, "this cannot be read as a recording");
    for (unsigned i = 0; i < in.format->nb_streams; i++) {
        enum AVMediaType type = in.format->streams[i]->codecpar->codec_type;

        if (type == AVMEDIA_TYPE_VIDEO && in.video < 0)
            in.video = (int)i;
        else if (type == AVMEDIA_TYPE_AUDIO && in.audio < 0)
            in.audio = (int)i;
    }
    *out = in;
    return 0;
}

void media_input_close(struct media_input *in)
{
    avformat_close_input(&in->format);
    in->video = in->audio = -1;
}

int media_input_read(struct media_input *in, AVPacket *packet)
{
    for (;;) {
        int r = av_read_frame(in->format, packet);

        if (r == AVERROR(ENOMEM))
            return ERR_NO_MEMORY;
        if (r == AVERROR(EIO) && in->format->pb && in->format->pb->error == AVERROR(EIO))
            return ERR_IO;
        if (r < 0)
            return 0;
        if ((packet->stream_index == in->video || packet->stream_index == in->audio) &&
            packet->pts != AV_NOPTS_VALUE && packet->size > 0)
            return 1;
        av_packet_unref(packet);
    }
}

int64_t media_input_pts_us(const struct media_input *in, const AVPacket *packet)
{
    return av_rescale_q(packet->pts, in->format->streams[packet->stream_index]->time_base, us_base);
}

int64_t media_input_duration_us(const struct media_input *in, const AVPacket *packet)
{
    if (in->format->streams[packet->stream_index]->codecpar->codec_id != AV_CODEC_ID_OPUS)
        return 0;
    return opus_packet_samples(span_of(packet->data, (size_t)packet->size)) * US_PER_S / 48000;
}

int64_t media_input_started_us(const struct media_input *in)
{
    const AVDictionaryEntry *entry = av_dict_get(in->format->metadata, "creation_time", NULL, 0);
    int64_t us;

    if (!entry || time_parse_rfc3339(span_str(entry->value), &us) < 0)
        return 0;
    return us;
}
