#include "recording/remux.h"

#include <libavutil/dict.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>

#include "recording/folder.h"
#include "recording/media_input.h"
#include "recording/media_output.h"

/* The earliest timestamp is among the first packets: streams are interleaved within a cluster. */
#define LOOK_AT 500

static const AVRational us_base = {1, 1000000};

struct copy {
    struct media_input in;
    AVFormatContext *out;
    AVPacket *packet;
    int to[2];         /* index in `out` of video and sound, -1 for none */
    int64_t origin_us; /* what becomes 0 */
    struct remux_result result;
};

/* The timestamp of a packet's block. libavformat takes the codec's delay off when it reads, and
 * does not add it when it writes. */
static int64_t block_us(const struct media_input *in, const AVPacket *packet)
{
    const AVStream *stream = in->format->streams[packet->stream_index];
    const AVCodecParameters *par = stream->codecpar;
    int64_t ts = packet->pts;

    if (par->codec_type == AVMEDIA_TYPE_AUDIO && par->sample_rate > 0)
        ts += av_rescale_q(par->initial_padding, (AVRational){1, par->sample_rate},
                           stream->time_base);
    return av_rescale_q(ts, stream->time_base, us_base);
}

/* The timestamp that the copy's first block has in this file. @return 1; 0 without any packet */
static int find_origin(int64_t *origin_us, int fd, struct error *e)
{
    struct media_input in;
    AVPacket *packet = av_packet_alloc();
    int64_t first_us = INT64_MAX;
    int r =
        packet ? media_input_open(&in, fd, e) : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");

    if (r < 0) {
        av_packet_free(&packet);
        return r;
    }
    for (int i = 0; i < LOOK_AT && (r = media_input_read(&in, packet)) > 0; i++) {
        int64_t us = block_us(&in, packet);

        if (us < first_us)
            first_us = us;
        av_packet_unref(packet);
    }
    media_input_close(&in);
    av_packet_free(&packet);
    if (r < 0)
        return error_set(e, r, NULL, "the recording cannot be read");
    *origin_us = first_us;
    return first_us < INT64_MAX;
}

static int add_stream(struct copy *c, int from, int *to)
{
    const AVStream *source = from >= 0 ? c->in.format->streams[from] : NULL;
    AVStream *stream;

    *to = -1;
    if (!source)
        return 0;
    stream = avformat_new_stream(c->out, NULL);
    if (!stream || avcodec_parameters_copy(stream->codecpar, source->codecpar) < 0)
        return AVERROR(ENOMEM);
    stream->codecpar->codec_tag = 0;
    stream->time_base = source->time_base;
    stream->disposition = source->disposition;
    *to = stream->index;
    return 0;
}

static int write_header(struct copy *c, int fd, const char *format)
{
    char *path = folder_path(fd, NULL);
    int r = path ? avformat_alloc_output_context2(&c->out, NULL, format, path) : AVERROR(ENOMEM);

    if (r >= 0)
        r = av_dict_copy(&c->out->metadata, c->in.format->metadata, 0);
    if (r >= 0)
        r = add_stream(c, c->in.video, &c->to[0]);
    if (r >= 0)
        r = add_stream(c, c->in.audio, &c->to[1]);
    if (r >= 0)
        r = media_output_start(c->out, path);
    free(path);
    return r;
}

static int copy_packet(struct copy *c)
{
    AVPacket *p = c->packet;
    int to = c->to[p->stream_index == c->in.audio];
    int64_t pts_us = block_us(&c->in, p) - c->origin_us;
    int64_t duration_us = media_input_duration_us(&c->in, p);

    if (pts_us + duration_us > c->result.duration_us)
        c->result.duration_us = pts_us + duration_us;
    p->pts = av_rescale_q(pts_us, us_base, c->out->streams[to]->time_base);
    p->dts = p->pts; /* no codec of a call reorders pictures */
    p->duration = av_rescale_q(duration_us, us_base, c->out->streams[to]->time_base);
    p->pos = -1;
    p->stream_index = to;
    c->result.n_packets++;
    return av_interleaved_write_frame(c->out, p);
}

static int copy_all(struct copy *c, int out_fd, const char *format, struct error *e)
{
    int r, more = 1;

    c->packet = av_packet_alloc();
    if (!c->packet)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    r = write_header(c, out_fd, format);
    if (r < 0)
        return media_error(e, r, NULL, "the copy cannot be begun");
    while (r >= 0 && (more = media_input_read(&c->in, c->packet)) > 0)
        r = copy_packet(c);
    if (more < 0)
        return error_set(e, more, NULL, "the recording cannot be read");
    if (r >= 0)
        r = av_write_trailer(c->out);
    avio_flush(c->out->pb);
    if (r >= 0)
        r = c->out->pb->error;
    return r < 0 ? media_error(e, r, NULL, "the copy cannot be written") : 0;
}

int remux(struct remux_result *out, int in_fd, int out_fd, const char *format, struct error *e)
{
    struct copy c = {.to = {-1, -1}};
    int r = find_origin(&c.origin_us, in_fd, e);

    *out = (struct remux_result){0};
    if (r <= 0)
        return r;
    r = media_input_open(&c.in, in_fd, e);
    if (r < 0)
        return r;
    r = copy_all(&c, out_fd, format, e);
    if (c.out) {
        avio_closep(&c.out->pb);
        avformat_free_context(c.out);
    }
    av_packet_free(&c.packet);
    media_input_close(&c.in);
    *out = c.result;
    return r;
}
