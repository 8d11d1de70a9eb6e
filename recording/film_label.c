#include "recording/film_label.h"

#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
#include <stdlib.h>
#include <string.h>

#include "recording/media_input.h"

#define WIDTH_MAX 480
#define HEIGHT 32
#define MARGIN 8
#define FONT_SIZE "22"

static int set_options(AVFilterContext *drawtext, const char *text)
{
    AVDictionary *options = NULL;
    int r = av_dict_set(&options, "text", text, 0);

    if (r >= 0)
        r = av_dict_set(&options, "expansion", "none", 0);
    if (r >= 0)
        r = av_dict_set(&options, "fontcolor", "white", 0);
    if (r >= 0)
        r = av_dict_set(&options, "fontsize", FONT_SIZE, 0);
    if (r >= 0)
        r = av_dict_set(&options, "x", "8", 0);
    /* By the font's line, so that names with and without long letters stand on one. */
    if (r >= 0)
        r = av_dict_set(&options, "y", "(h+max_glyph_a*0.75)/2-max_glyph_a", 0);
    if (r >= 0)
        r = avfilter_init_dict(drawtext, &options);
    av_dict_free(&options);
    return r;
}

/* buffer -> drawtext -> buffersink */
static int make_graph(AVFilterGraph *graph, AVFilterContext **in, AVFilterContext **out,
                      const char *text)
{
    const AVFilter *filter = avfilter_get_by_name("drawtext");
    AVFilterContext *drawtext = filter ? avfilter_graph_alloc_filter(graph, filter, "text") : NULL;
    char source[96];
    int r = filter ? AVERROR(ENOMEM) : AVERROR_FILTER_NOT_FOUND;

    if (!drawtext)
        return r;
    snprintf(source, sizeof source, "video_size=%dx%d:pix_fmt=gray:time_base=1/25", WIDTH_MAX,
             HEIGHT);
    r = set_options(drawtext, text);
    if (r >= 0)
        r = avfilter_graph_create_filter(in, avfilter_get_by_name("buffer"), "in", source, NULL,
                                         graph);
    if (r >= 0)
        r = avfilter_graph_create_filter(out, avfilter_get_by_name("buffersink"), "out", NULL, NULL,
                                         graph);
    if (r >= 0)
        r = avfilter_link(*in, 0, drawtext, 0);
    if (r >= 0)
        r = avfilter_link(drawtext, 0, *out, 0);
    return r < 0 ? r : avfilter_graph_config(graph, NULL);
}

static int draw(AVFrame *drawn, const char *text)
{
    AVFilterGraph *graph = avfilter_graph_alloc();
    AVFrame *empty = av_frame_alloc();
    AVFilterContext *in = NULL, *out = NULL;
    int r = graph && empty ? make_graph(graph, &in, &out, text) : AVERROR(ENOMEM);

    if (r >= 0) {
        empty->width = WIDTH_MAX;
        empty->height = HEIGHT;
        empty->format = AV_PIX_FMT_GRAY8;
        empty->pts = 0;
        r = av_frame_get_buffer(empty, 0);
    }
    if (r >= 0) {
        for (int y = 0; y < HEIGHT; y++)
            memset(empty->data[0] + y * empty->linesize[0], 0, WIDTH_MAX);
        r = av_buffersrc_add_frame(in, empty);
    }
    if (r >= 0)
        r = av_buffersink_get_frame(out, drawn);
    av_frame_free(&empty);
    avfilter_graph_free(&graph);
    return r;
}

/* Up to the last column with anything in it. */
static int text_width(const AVFrame *drawn)
{
    int width = 0;

    for (int y = 0; y < drawn->height; y++) {
        for (int x = width; x < drawn->width; x++) {
            if (drawn->data[0][y * drawn->linesize[0] + x] > 32)
                width = x + 1;
        }
    }
    return width;
}

int film_label_make(struct film_label *out, const char *text, struct error *e)
{
    struct film_label l = {.height = HEIGHT};
    AVFrame *drawn;
    int r;

    *out = (struct film_label){0};
    if (!*text)
        return 0;
    drawn = av_frame_alloc();
    r = drawn ? draw(drawn, text) : AVERROR(ENOMEM);
    if (r < 0) {
        av_frame_free(&drawn);
        r = media_error(e, r, NULL, "names cannot be written");
        return r == ERR_NO_MEMORY ? r : ERR_UNSUPPORTED;
    }
    l.width = text_width(drawn) > 0 ? text_width(drawn) + MARGIN : 0;
    l.width = l.width < WIDTH_MAX ? l.width & ~1 : WIDTH_MAX;
    l.coverage = l.width > 0 ? malloc((size_t)(l.width * l.height)) : NULL;
    for (int y = 0; l.coverage && y < l.height; y++)
        memcpy(l.coverage + y * l.width, drawn->data[0] + y * drawn->linesize[0], (size_t)l.width);
    av_frame_free(&drawn);
    if (l.width > 0 && !l.coverage)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (l.coverage)
        *out = l;
    return 0;
}

void film_label_release(struct film_label *l)
{
    free(l->coverage);
    *l = (struct film_label){0};
}
