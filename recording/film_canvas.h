/*
 * The picture of a film: recordings' pictures, each scaled into its place, with a name on it.
 */
#ifndef NEREID_RECORDING_FILM_CANVAS_H
#define NEREID_RECORDING_FILM_CANVAS_H

#include <libavutil/frame.h>

#include "common/error.h"
#include "recording/film_label.h"
#include "recording/film_layout.h"

/** Scales the pictures of one recording; its memory is used again. Zeroed is valid. */
struct film_scaler {
    struct SwsContext *sws;
    AVFrame *scaled;
};

void film_scaler_release(struct film_scaler *s);

/** A black picture. @param out YUV 4:2:0, owned @return 0, ERR_NO_MEMORY */
int film_canvas_new(AVFrame **out, int width, int height) MUST_USE;
void film_canvas_clear(AVFrame *canvas);
/** @param label written at the bottom left, as far as there is room
 * @return 0; ERR_NO_MEMORY; ERR_UNSUPPORTED: a picture of a kind that cannot be scaled */
int film_canvas_draw(AVFrame *canvas, const struct film_rect *place, const AVFrame *picture,
                     struct film_scaler *scaler, const struct film_label *label) MUST_USE;

#endif
