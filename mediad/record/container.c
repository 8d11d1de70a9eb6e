#include "mediad/record/container.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libavformat/avformat.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>

#include "common/now.h"
#include "mediad/record/container_file.h"
#include "mediad/record/opus_packet.h"

enum {
    IO_BUFFER = 64 * 1024,
    CLUSTER_MS = 1000,
    /* Room in front for the cues, about 20 bytes for each keyframe, or each cluster of sound alone.
     * When it is too small everything behind is moved. */
    CUES_VIDEO = 128 * 1024,
    CUES_SOUND = 8 * 1024,
    FRAME_OVERHEAD = 64, /* bytes of the container for each frame, and more */
};

struct container {
    AVFormatContext *format;
    AVPacket *packet;
    struct container_file file;
    int64_t accepted_at; /* file.size when nothing waited in the open cluster */
    int64_t pending;     /* bytes accepted since */
};

const char *container_extension(enum codec video)
{
    return video == CODEC_H264 ? "mkv" : "webm";
}

static enum AVCodecID codec_id(enum codec codec)
{
    switch (codec) {
    case CODEC_VP8:
        return AV_CODEC_ID_VP8;
    case CODEC_VP9:
        return AV_CODEC_ID_VP9;
    case CODEC_AV1:
        return AV_CODEC_ID_AV1;
    case CODEC_H264:
        return AV_CODEC_ID_H264;
    case CODEC_OPUS:
        return AV_CODEC_ID_OPUS;
    default:
        return AV_CODEC_ID_NONE;
    }
}

/* libavformat's errors in our words; what a system call said comes first. */
static int av_error(const struct container *c, int code, const char *what, struct error *e)
{
    int system_code = c->file.error ? c->file.error : AVUNERROR(code);

    if (code == AVERROR(ENOMEM))
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (system_code > 0) {
        errno = system_code;
        return error_set_errno(e, NULL, "%s", what);
    }
    return error_set(e, ERR_UNSUPPORTED, NULL, "%s: %s", what, av_err2str(code));
}

static AVIOContext *make_io(struct container_file *f, bool is_for_writing)
{
    uint8_t *buffer = av_malloc(IO_BUFFER);
    AVIOContext *io;

    if (!buffer)
        return NULL;
    io = avio_alloc_context(buffer, IO_BUFFER, is_for_writing, f,
                            is_for_writing ? NULL : container_file_read,
                            is_for_writing ? container_file_write : NULL, container_file_seek);
    if (!io)
        av_free(buffer);
    return io;
}

static void free_io(AVIOContext *io)
{
    if (io)
        av_freep(&io->buffer);
    avio_context_free(&io);
}

/* The muxer reads its own file when it moves what stands behind the cues. */
static int open_for_reading(AVFormatContext *s, AVIOContext **io, const char *url, int flags,
                            AVDictionary **options)
{
    struct container *c = s->opaque;
    struct container_file *again;

    (void)url;
    (void)options;
    if (flags & AVIO_FLAG_WRITE)
        return AVERROR(ENOSYS);
    again = malloc(sizeof *again);
    if (!again)
        return AVERROR(ENOMEM);
    *again = (struct container_file){.fd = c->file.fd, .size = c->file.size};
    *io = make_io(again, false);
    if (*io)
        return 0;
    free(again);
    return AVERROR(ENOMEM);
}

static int close_reading(AVFormatContext *s, AVIOContext *io)
{
    (void)s;
    free(io->opaque);
    free_io(io);
    return 0;
}

static int set_extradata(AVCodecParameters *p, struct span bytes)
{
    if (bytes.len == 0)
        return 0;
    p->extradata = av_mallocz(bytes.len + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!p->extradata)
        return AVERROR(ENOMEM);
    memcpy(p->extradata, bytes.data, bytes.len);
    p->extradata_size = (int)bytes.len;
    return 0;
}

static int add_track(struct container *c, const struct container_track *track)
{
    AVStream *stream = avformat_new_stream(c->format, NULL);
    AVCodecParameters *p;

    if (!stream)
        return AVERROR(ENOMEM);
    p = stream->codecpar;
    p->codec_id = codec_id(track->codec);
    stream->time_base = (AVRational){1, 1000};
    if (track->codec == CODEC_OPUS) {
        p->codec_type = AVMEDIA_TYPE_AUDIO;
        p->sample_rate = OPUS_RATE;
        av_channel_layout_default(&p->ch_layout, track->extradata.data[9]);
        /* OpusHead has it; it becomes CodecDelay */
        p->initial_padding = track->extradata.data[10] | track->extradata.data[11] << 8;
    } else {
        /* without it libavformat takes the header of AV1, then refuses each frame */
        if ((track->codec == CODEC_AV1 || track->codec == CODEC_H264) && track->extradata.len == 0)
            return AVERROR_INVALIDDATA;
        p->codec_type = AVMEDIA_TYPE_VIDEO;
        p->width = track->width;
        p->height = track->height;
    }
    return set_extradata(p, track->extradata);
}

static int set_metadata(AVFormatContext *s, const struct container_spec *spec)
{
    char time[TIME_RFC3339_SIZE];
    int r =
        av_dict_set(&s->metadata, "creation_time", time_format_rfc3339(spec->started_us, time), 0);

    if (r >= 0 && *spec->title)
        r = av_dict_set(&s->metadata, "title", spec->title, 0);
    if (r >= 0 && *spec->artist)
        r = av_dict_set(&s->metadata, "artist", spec->artist, 0);
    return r;
}

static bool has_video(const struct container_spec *spec)
{
    for (size_t i = 0; i < spec->n_tracks; i++) {
        if (codec_info(spec->tracks[i].codec)->kind == TRACK_VIDEO)
            return true;
    }
    return false;
}

static int write_header(struct container *c, const struct container_spec *spec)
{
    AVDictionary *options = NULL;
    int r;

    r = av_dict_set_int(&options, "cluster_time_limit", CLUSTER_MS, 0);
    if (r >= 0) {
        r = av_dict_set_int(&options, "reserve_index_space",
                            has_video(spec) ? CUES_VIDEO : CUES_SOUND, 0);
    }
    if (r >= 0)
        r = av_dict_set_int(&options, "cues_to_front", 1, 0);
    if (r >= 0)
        r = avformat_write_header(c->format, &options);
    av_dict_free(&options);
    return r;
}

/* All but the header. */
static int make(struct container *c, const struct container_spec *spec)
{
    bool is_mkv = false;
    int r;

    for (size_t i = 0; i < spec->n_tracks; i++)
        is_mkv = is_mkv || spec->tracks[i].codec == CODEC_H264;
    r = avformat_alloc_output_context2(&c->format, NULL, is_mkv ? "matroska" : "webm", NULL);
    if (r < 0)
        return r;
    c->packet = av_packet_alloc();
    c->format->pb = make_io(&c->file, true);
    if (!c->packet || !c->format->pb)
        return AVERROR(ENOMEM);
    c->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    c->format->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
    c->format->opaque = c;
    c->format->io_open = open_for_reading;
    c->format->io_close2 = close_reading;
    for (size_t i = 0; r >= 0 && i < spec->n_tracks; i++)
        r = add_track(c, &spec->tracks[i]);
    return r < 0 ? r : set_metadata(c->format, spec);
}

int container_open(struct container **out, int fd, const struct container_spec *spec,
                   struct error *e)
{
    struct container *c = calloc(1, sizeof *c);
    int r;

    if (!c)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    av_log_set_level(AV_LOG_QUIET); /* it would write to our log, in its own words */
    c->file.fd = fd;
    r = container_file_reserve(&c->file, CUES_VIDEO, e);
    if (r == 0) {
        r = make(c, spec);
        if (r >= 0)
            r = write_header(c, spec);
        if (r < 0)
            r = av_error(c, r, "cannot begin the recording", e);
        else
            r = 0;
    }
    if (r < 0) {
        container_abandon(c);
        return r;
    }
    c->accepted_at = c->file.size;
    *out = c;
    return 0;
}

int container_write(struct container *c, unsigned track, int64_t ms, unsigned duration_ms,
                    bool is_key, struct span frame, struct error *e)
{
    AVPacket *p = c->packet;
    int r;

    if (c->file.size != c->accepted_at) { /* a cluster was written */
        c->accepted_at = c->file.size;
        c->pending = 0;
    }
    c->pending += (int64_t)frame.len + FRAME_OVERHEAD;
    r = container_file_reserve(&c->file, c->pending, e);
    if (r < 0)
        return r;
    r = av_new_packet(p, (int)frame.len);
    if (r < 0)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    memcpy(p->data, frame.data, frame.len);
    p->stream_index = (int)track;
    p->pts = p->dts = ms;
    p->duration = duration_ms;
    if (is_key)
        p->flags |= AV_PKT_FLAG_KEY;
    r = av_write_frame(c->format, p);
    av_packet_unref(p);
    return r < 0 ? av_error(c, r, "cannot write the recording", e) : 0;
}

int64_t container_size(const struct container *c)
{
    return c->file.size + c->pending;
}

int container_sync(struct container *c, struct error *e)
{
    if (fdatasync(c->file.fd) < 0)
        return error_set_errno(e, NULL, "cannot write the recording");
    return 0;
}

int container_finish(struct container *c, struct error *e)
{
    int r = av_write_trailer(c->format);

    if (r < 0)
        r = av_error(c, r, "cannot finish the recording", e);
    else if (c->file.error)
        r = av_error(c, AVERROR(c->file.error), "cannot finish the recording", e);
    else
        r = 0;
    container_file_trim(&c->file);
    if (r == 0)
        r = container_sync(c, e);
    container_abandon(c);
    return r;
}

void container_abandon(struct container *c)
{
    if (c->format)
        free_io(c->format->pb);
    avformat_free_context(c->format);
    av_packet_free(&c->packet);
    free(c);
}
