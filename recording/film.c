#include "recording/film.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"
#include "recording/film_canvas.h"
#include "recording/film_layout.h"
#include "recording/film_output.h"
#include "recording/film_source.h"
#include "recording/film_speaker.h"

#define STEP_US (US_PER_S / FILM_FPS)
/* Loudest sample that is let through; what is louder turns all down for a while. */
#define PEAK_MAX 0.95f
#define GAIN_RISE 0.02f

static const struct log_ctx ctx = {.room = "recording"};

/* One recording's part in the film. */
struct part {
    const struct meeting_file *file;
    int64_t begin_us, end_us;   /* in the film */
    struct film_source *source; /* NULL before and after */
    struct film_scaler scaler;
    struct film_label label;
    struct film_loudness loudness;
    struct film_rect rect; /* where it was drawn; width 0: nowhere */
    unsigned drawn;        /* number of the picture that was */
    bool has_label, is_screen, has_ended;
};

struct film {
    int folder;
    struct part *parts;
    size_t n;
    int64_t end_us;
    AVFrame *canvas;
    struct film_output *output;
    struct film_speaker speaker; /* numbers are index + 1 */
    float mix[FILM_SAMPLES * 2];
    float gain;
    bool cannot_write_names;
};

/* ---- recordings that come and go ---- */

static void write_label(struct film *f, struct part *p)
{
    struct error e = {0};

    p->has_label = true;
    if (f->cannot_write_names || film_label_make(&p->label, p->file->about.username, &e) == 0)
        return;
    f->cannot_write_names = true;
    log_warn(&ctx, "the film is made without names: %s", e.text);
}

static void end_part(struct part *p)
{
    film_source_close(p->source);
    p->source = NULL;
    film_scaler_release(&p->scaler);
    film_label_release(&p->label);
    p->has_ended = true;
}

static int step_part(struct film *f, struct part *p, int64_t at_us, struct error *e)
{
    int r = 0;

    if (p->has_ended || at_us + STEP_US < p->begin_us)
        return 0;
    if (at_us >= p->end_us) {
        end_part(p);
        return 0;
    }
    if (!p->source)
        r = film_source_open(&p->source, f->folder, p->file, p->begin_us, e);
    if (r == 0 && !p->has_label)
        write_label(f, p);
    /* The picture that is nearest to the middle of what is shown. */
    return r < 0 ? r : film_source_go(p->source, at_us + STEP_US / 2, e);
}

/* ---- sound ---- */

static void mix_sound(struct film *f, int64_t at_us)
{
    int64_t at = at_us * FILM_SAMPLES / STEP_US;
    float peak = 0;

    memset(f->mix, 0, sizeof f->mix);
    for (size_t i = 0; i < f->n; i++) {
        struct part *p = &f->parts[i];
        double rms = 0;

        if (p->source)
            rms = film_source_sound(p->source, at, f->mix, FILM_SAMPLES);
        film_loudness_add(&p->loudness, rms, STEP_US);
    }
    for (size_t i = 0; i < LENGTH(f->mix); i++)
        peak = fmaxf(peak, fabsf(f->mix[i]));
    f->gain = fminf(1, f->gain + GAIN_RISE);
    if (peak * f->gain > PEAK_MAX)
        f->gain = PEAK_MAX / peak;
    for (size_t i = 0; i < LENGTH(f->mix); i++)
        f->mix[i] *= f->gain;
}

/* ---- pictures ---- */

static const AVFrame *picture_of(const struct part *p)
{
    return p->source ? film_source_picture(p->source) : NULL;
}

static void choose_speaker(struct film *f, int64_t at_us)
{
    struct film_speaker *s = &f->speaker;
    const struct part *now = s->current > 0 ? &f->parts[s->current - 1] : NULL;
    unsigned loudest = 0;
    double level = 0;

    for (size_t i = 0; i < f->n; i++) {
        const struct part *p = &f->parts[i];

        if (picture_of(p) && !p->is_screen && p->loudness.level > level) {
            loudest = (unsigned)i + 1;
            level = p->loudness.level;
        }
    }
    film_speaker_step(s, loudest, level, now && picture_of(now) ? now->loudness.level : -1, at_us);
}

/* @return whether anything changed its place */
static bool lay_out(struct film *f)
{
    struct film_tile tiles[FILM_TILES_MAX];
    struct part *shown[FILM_TILES_MAX];
    size_t n = 0, next = 0;
    bool has_changed = false;

    for (size_t i = 0; i < f->n && n < FILM_TILES_MAX; i++) {
        if (picture_of(&f->parts[i])) {
            shown[n] = &f->parts[i];
            tiles[n++] = (struct film_tile){.is_screen = f->parts[i].is_screen,
                                            .is_speaker = f->speaker.current == i + 1};
        }
    }
    film_layout(tiles, n, FILM_WIDTH, FILM_HEIGHT);
    for (size_t i = 0; i < f->n; i++) {
        struct film_rect rect = {0};

        if (next < n && shown[next] == &f->parts[i])
            rect = tiles[next++].rect;
        has_changed |= memcmp(&rect, &f->parts[i].rect, sizeof rect) != 0;
        f->parts[i].rect = rect;
    }
    return has_changed;
}

static int draw(struct film *f, struct error *e)
{
    bool has_changed = lay_out(f);

    /* The encoder may still hold on to the picture before. */
    if (av_frame_make_writable(f->canvas) < 0)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (has_changed)
        film_canvas_clear(f->canvas);
    for (size_t i = 0; i < f->n; i++) {
        struct part *p = &f->parts[i];
        unsigned number = p->source ? film_source_picture_number(p->source) : 0;
        int r;

        if (p->rect.width == 0 || (!has_changed && number == p->drawn))
            continue;
        r = film_canvas_draw(f->canvas, &p->rect, picture_of(p), &p->scaler, &p->label);
        if (r == ERR_NO_MEMORY)
            return error_set(e, r, NULL, "out of memory");
        p->drawn = number;
    }
    return 0;
}

/* ---- the whole ---- */

static int set_up(struct film *f, const struct meeting *m, int fd, struct error *e)
{
    f->parts = calloc(m->n, sizeof *f->parts);
    if (!f->parts || film_canvas_new(&f->canvas, FILM_WIDTH, FILM_HEIGHT) < 0)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    f->n = m->n;
    for (size_t i = 0; i < m->n; i++) {
        struct part *p = &f->parts[i];

        p->file = &m->files[i];
        p->begin_us = p->file->start_us - m->files[0].start_us;
        p->end_us = p->file->end_us - m->files[0].start_us;
        p->is_screen = meeting_file_is_screen(p->file);
        if (p->end_us > f->end_us)
            f->end_us = p->end_us;
    }
    return film_output_open(&f->output, fd, m->files[0].start_us, e);
}

static int step(struct film *f, int64_t at_us, struct error *e)
{
    int r = 0;

    for (size_t i = 0; i < f->n && r == 0; i++)
        r = step_part(f, &f->parts[i], at_us, e);
    if (r < 0)
        return r;
    mix_sound(f, at_us);
    choose_speaker(f, at_us);
    r = draw(f, e);
    return r < 0 ? r : film_output_add(f->output, f->canvas, f->mix, e);
}

int film_make(const struct meeting *m, int folder, int fd, bool (*progress)(void *arg, double done),
              void *arg, struct error *e)
{
    struct film f = {.folder = folder, .gain = 1};
    int r = set_up(&f, m, fd, e);

    for (int64_t at_us = 0; r == 0 && at_us < f.end_us; at_us += STEP_US) {
        r = step(&f, at_us, e);
        if (r == 0 && !progress(arg, (double)at_us / (double)f.end_us))
            r = error_set(e, ERR_WRONG_STATE, NULL, "the film was stopped");
    }
    if (r == 0)
        r = film_output_finish(f.output, e);
    for (size_t i = 0; i < f.n; i++)
        end_part(&f.parts[i]);
    film_output_free(f.output);
    av_frame_free(&f.canvas);
    free(f.parts);
    return r;
}
