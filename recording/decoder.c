#include "recording/decoder.h"

/* A header that claims more would make us take memory for it. */
#define PIXELS_MAX (8192 * 8192)

static const AVCodec *find_decoder(enum AVCodecID id)
{
    const AVCodec *codec = NULL;

    if (id == AV_CODEC_ID_VP8)
        codec = avcodec_find_decoder_by_name("libvpx");
    else if (id == AV_CODEC_ID_VP9)
        codec = avcodec_find_decoder_by_name("libvpx-vp9");
    else if (id == AV_CODEC_ID_AV1)
        codec = avcodec_find_decoder_by_name("libdav1d");
    return codec ? codec : avcodec_find_decoder(id);
}

int decoder_open(AVCodecContext **out, const AVCodecParameters *par, struct error *e)
{
    const AVCodec *codec = find_decoder(par->codec_id);
    AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;

    if (!codec)
        return error_set(e, ERR_UNSUPPORTED, NULL, "there is no decoder for %s",
                         avcodec_get_name(par->codec_id));
    if (!c || avcodec_parameters_to_context(c, par) < 0) {
        avcodec_free_context(&c);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    c->thread_count = 1;
    c->max_pixels = PIXELS_MAX;
    c->err_recognition = AV_EF_EXPLODE;
    if (avcodec_open2(c, codec, NULL) < 0) {
        avcodec_free_context(&c);
        return error_set(e, ERR_UNSUPPORTED, NULL, "the decoder for %s refuses it",
                         avcodec_get_name(par->codec_id));
    }
    *out = c;
    return 0;
}
