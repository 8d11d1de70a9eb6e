#include "recording/film_canvas.h"

#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>
#include <string.h>

/* Black, white and no colour, as video has them (ITU-R BT.601). */
#define BLACK 16
#define WHITE 235
#define NO_COLOUR 128
/* What shines through behind a name, of 256. */
#define BEHIND_NAME 96

void film_scaler_release(struct film_scaler *s)
{
    sws_freeContext(s->sws);
    av_frame_free(&s->scaled);
    s->sws = NULL;
}

static int new_picture(AVFrame **out, int width, int height)
{
    AVFrame *f = av_frame_alloc();

    if (!f)
        return ERR_NO_MEMORY;
    f->width = width;
    f->height = height;
    f->format = AV_PIX_FMT_YUV420P;
    if (av_frame_get_buffer(f, 0) < 0)
        av_frame_free(&f);
    *out = f;
    return f ? 0 : ERR_NO_MEMORY;
}

static void fill(AVFrame *f, const struct film_rect *r, int luma)
{
    for (int y = 0; y < r->height; y++)
        memset(f->data[0] + (r->y + y) * f->linesize[0] + r->x, luma, (size_t)r->width);
    for (int plane = 1; plane <= 2; plane++) {
        for (int y = 0; y < r->height / 2; y++)
            memset(f->data[plane] + (r->y / 2 + y) * f->linesize[plane] + r->x / 2, NO_COLOUR,
                   (size_t)r->width / 2);
    }
}

int film_canvas_new(AVFrame **out, int width, int height)
{
    int r = new_picture(out, width, height);

    if (r == 0)
        film_canvas_clear(*out);
    return r;
}

void film_canvas_clear(AVFrame *canvas)
{
    const struct film_rect all = {0, 0, canvas->width, canvas->height};

    fill(canvas, &all, BLACK);
}

/* Into a picture of its own: libswscale may write beyond the end of a line. */
static int scale(struct film_scaler *s, const AVFrame *picture, const struct film_rect *to)
{
    if (s->scaled && (s->scaled->width != to->width || s->scaled->height != to->height))
        av_frame_free(&s->scaled);
    if (!s->scaled && new_picture(&s->scaled, to->width, to->height) < 0)
        return ERR_NO_MEMORY;
    s->sws =
        sws_getCachedContext(s->sws, picture->width, picture->height, picture->format, to->width,
                             to->height, AV_PIX_FMT_YUV420P, SWS_BILINEAR, NULL, NULL, NULL);
    if (!s->sws || sws_scale(s->sws, (const uint8_t *const *)picture->data, picture->linesize, 0,
                             picture->height, s->scaled->data, s->scaled->linesize) < 0)
        return ERR_UNSUPPORTED;
    return 0;
}

static void copy(AVFrame *canvas, const AVFrame *from, const struct film_rect *to)
{
    for (int plane = 0; plane < 3; plane++) {
        int shift = plane > 0;

        av_image_copy_plane(canvas->data[plane] + (to->y >> shift) * canvas->linesize[plane] +
                                (to->x >> shift),
                            canvas->linesize[plane], from->data[plane], from->linesize[plane],
                            to->width >> shift, to->height >> shift);
    }
}

static void write_name(AVFrame *canvas, const struct film_rect *place,
                       const struct film_label *label)
{
    struct film_rect r = *place;

    if (!label->coverage || place->height < label->height)
        return;
    r.width = label->width < place->width ? label->width : place->width;
    r.height = label->height;
    r.y = place->y + place->height - label->height;
    for (int y = 0; y < r.height; y++) {
        uint8_t *line = canvas->data[0] + (r.y + y) * canvas->linesize[0] + r.x;
        const uint8_t *text = label->coverage + y * label->width;

        for (int x = 0; x < r.width; x++) {
            int behind = BLACK + (line[x] - BLACK) * BEHIND_NAME / 256;

            line[x] = (uint8_t)(behind + (WHITE - behind) * text[x] / 255);
        }
    }
}

int film_canvas_draw(AVFrame *canvas, const struct film_rect *place, const AVFrame *picture,
                     struct film_scaler *scaler, const struct film_label *label)
{
    struct film_rect to = film_fit(place, picture->width, picture->height);
    int r = scale(scaler, picture, &to);

    if (r < 0)
        return r;
    fill(canvas, place, BLACK);
    copy(canvas, scaler->scaled, &to);
    write_name(canvas, &to, label);
    return 0;
}
