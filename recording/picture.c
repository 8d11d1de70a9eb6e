#include "recording/picture.h"

#include <libavutil/frame.h>
#include <libswscale/swscale.h>

#include "recording/media_input.h"

/* @return a new picture in RGB, or NULL */
static AVFrame *scale(const AVFrame *from, int width, int height)
{
    struct SwsContext *sws = sws_getContext(from->width, from->height, from->format, width, height,
                                            AV_PIX_FMT_RGB24, SWS_AREA, NULL, NULL, NULL);
    AVFrame *to = av_frame_alloc();
    bool is_made = sws && to;

    if (is_made) {
        to->width = width;
        to->height = height;
        to->format = AV_PIX_FMT_RGB24;
        is_made = av_frame_get_buffer(to, 0) >= 0 &&
                  sws_scale(sws, (const uint8_t *const *)from->data, from->linesize, 0,
                            from->height, to->data, to->linesize) == height;
    }
    sws_freeContext(sws);
    if (!is_made)
        av_frame_free(&to);
    return to;
}

static int encode(AVPacket *out, const AVFrame *picture)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
    AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;
    int r;

    if (!c)
        return codec ? AVERROR(ENOMEM) : AVERROR_ENCODER_NOT_FOUND;
    c->width = picture->width;
    c->height = picture->height;
    c->pix_fmt = picture->format;
    c->time_base = (AVRational){1, 1};
    r = avcodec_open2(c, codec, NULL);
    if (r >= 0)
        r = avcodec_send_frame(c, picture);
    if (r >= 0)
        r = avcodec_send_frame(c, NULL);
    if (r >= 0)
        r = avcodec_receive_packet(c, out);
    avcodec_free_context(&c);
    return r;
}

int picture_to_png(AVPacket **out, const AVFrame *picture, int width_max, struct error *e)
{
    int width = picture->width < width_max ? picture->width : width_max;
    int height = (int)((int64_t)picture->height * width / picture->width);
    AVFrame *scaled = scale(picture, width, height > 0 ? height : 1);
    AVPacket *packet = av_packet_alloc();
    int r = scaled && packet ? encode(packet, scaled) : AVERROR(ENOMEM);

    av_frame_free(&scaled);
    if (r < 0) {
        av_packet_free(&packet);
        return media_error(e, r, NULL, "the picture cannot be written as PNG");
    }
    *out = packet;
    return 0;
}
