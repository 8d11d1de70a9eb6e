/*
 * One film of a meeting: recordings with a flash and a beep at a known wall clock are decoded again
 * out of the film, and both are where the clock says.
 */
#include "test_media.h"

#include <fcntl.h>
#include <ftw.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/macros.h"
#include "recording/about.h"
#include "recording/film_file.h"
#include "recording/film_output.h"
#include "recording/folder.h"
#include "recording/poster.h"

#define IN_STEP_S 0.040

static char top[] = "/tmp/nereid-film-XXXXXX";

static void make(const char *name, const char *started, double duration_s, double signal_s)
{
    char *path = path_join(top, name);
    const struct test_recording r = {.path = path,
                                     .started = started,
                                     .title = "camera",
                                     .artist = "ada",
                                     .duration_s = duration_s,
                                     .width = 320,
                                     .height = 180,
                                     .has_sound = true,
                                     .flash_s = signal_s,
                                     .beep_s = signal_s};

    assert_non_null(path);
    test_make_recording(&r);
    free(path);
}

/* ---- what is in the film ---- */

struct seen {
    int x, y;      /* of the pixel that is looked at */
    double from_s; /* nothing before counts */
    double onset_s;
};

static void look_for_flash(const AVFrame *f, double at_s, void *arg)
{
    struct seen *s = arg;

    assert_int_equal(f->width, FILM_WIDTH);
    assert_int_equal(f->height, FILM_HEIGHT);
    if (at_s >= s->from_s && s->onset_s < 0 && f->data[0][s->y * f->linesize[0] + s->x] > 150)
        s->onset_s = at_s;
}

static double flash(const char *path, int x, int y, double from_s)
{
    struct seen s = {.x = x, .y = y, .from_s = from_s, .onset_s = -1};

    test_decode(path, AVMEDIA_TYPE_VIDEO, look_for_flash, &s);
    return s.onset_s;
}

static void listen_for_beep(const AVFrame *f, double at_s, void *arg)
{
    struct seen *s = arg;
    const float *left = (const float *)(const void *)f->extended_data[0];

    assert_int_equal(f->format, AV_SAMPLE_FMT_FLTP);
    for (int i = 0; i < f->nb_samples; i++) {
        double here_s = at_s + (double)i / f->sample_rate;

        if (here_s >= s->from_s && s->onset_s < 0 && fabsf(left[i]) > 0.1f)
            s->onset_s = here_s;
    }
}

static double beep(const char *path, double from_s)
{
    struct seen s = {.from_s = from_s, .onset_s = -1};

    test_decode(path, AVMEDIA_TYPE_AUDIO, listen_for_beep, &s);
    return s.onset_s;
}

struct pixel {
    int x, y;
    double at_s;
    int luma; /* -1: not seen */
};

static void look_at_pixel(const AVFrame *f, double at_s, void *arg)
{
    struct pixel *p = arg;

    if (p->luma < 0 && at_s >= p->at_s)
        p->luma = f->data[0][p->y * f->linesize[0] + p->x];
}

static int luma(const char *path, int x, int y, double at_s)
{
    struct pixel p = {.x = x, .y = y, .at_s = at_s, .luma = -1};

    test_decode(path, AVMEDIA_TYPE_VIDEO, look_at_pixel, &p);
    return p.luma;
}

static void assert_near(double a, double b)
{
    print_message("%.3f s, meant %.3f s\n", a, b);
    if (fabs(a - b) > IN_STEP_S)
        fail_msg("%.3f s instead of %.3f s", a, b);
}

/* Two people: the second comes 3.2 s later and stays longer. Each has a flash and a beep of its
 * own. A grey picture has luma 60, what is behind all 16. */
static void test_in_step(void **state)
{
    const char *first = "g/2026-11-29T12:00:00.000-ada.webm";
    const char *second = "g/2026-11-29T12:00:03.200-bob.webm";
    char *film = path_join(top, "g/2026-11-29T12:00:03.200-film.webm");
    struct error e = {0};
    struct about about;
    int folder, group;

    (void)state;
    make(first, "2026-11-29T12:00:00.000Z", 8, 4);
    make(second, "2026-11-29T12:00:03.200Z", 7, 2.8); /* 6 s after the first began */
    make("g/2026-11-29T13:00:00.000-eve.webm", "2026-11-29T13:00:00.000Z", 1, 0);
    if (film_file_make(top, "g", "2026-11-29T12:00:03.200", NULL, &e) < 0)
        fail_msg("%s: %s", e.place, e.text);

    assert_near(flash(film, 200, 300, 0), 4);
    assert_near(beep(film, 0), 4);
    assert_near(flash(film, 1120, 90, 5.5), 6);
    assert_near(beep(film, 5.5), 6);

    /* alone, and as large as it can be */
    assert_in_range(luma(film, 10, 360, 1), 50, 70);
    assert_in_range(luma(film, 1270, 360, 1), 50, 70);
    /* side by side, before anybody has spoken */
    assert_in_range(luma(film, 320, 360, 3.6), 50, 70);
    assert_in_range(luma(film, 960, 360, 3.6), 50, 70);
    assert_in_range(luma(film, 320, 100, 3.6), 0, 30);
    /* the first has spoken and is large */
    assert_in_range(luma(film, 480, 120, 5.6), 50, 70);
    assert_in_range(luma(film, 1120, 90, 5.6), 50, 70);
    assert_in_range(luma(film, 1120, 360, 5.6), 0, 30);
    /* the second is left */
    assert_in_range(luma(film, 10, 360, 9.5), 50, 70);
    assert_in_range(luma(film, 1270, 360, 9.5), 50, 70);

    folder = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    group = folder_open(folder, "g");
    assert_true(group >= 0);
    assert_int_equal(about_read(&about, group, "2026-11-29T12:00:03.200-film.webm", NULL), 0);
    assert_true(poster_exists(group, "2026-11-29T12:00:03.200-film.webm"));
    close(group);
    close(folder);
    assert_true(about.is_film);
    assert_in_range(about.duration_us, 10150000, 10300000);
    assert_int_equal(film_file_make(top, "g", "2026-11-29T12:00:00.000", "/nowhere/x.webm", &e),
                     ERR_NOT_FOUND);
    assert_int_equal(film_file_make(top, "g", "2026-11-29T12:00:03.200", NULL, &e), ERR_EXISTS);
    free(film);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int set_up(void **state)
{
    char *group;
    int r;

    (void)state;
    setenv("TZ", "UTC", 1);
    av_log_set_level(AV_LOG_QUIET);
    if (!mkdtemp(top))
        return -1;
    group = path_join(top, "g");
    r = group ? mkdir(group, 0750) : -1;
    free(group);
    return r;
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(top, remove_one, 10, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_step),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
