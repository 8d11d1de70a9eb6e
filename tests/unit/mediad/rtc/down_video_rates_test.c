/*
 * What the ways take in which a video can be sent, by what is measured of its rids and their
 * layers.
 */
#include "mediad/rtc/down_video.h"

#include "tests/unit/mediad/rtc/test_ways.h"

/* Whatever was measured. */
static void assert_ascending(const char *name)
{
    const struct allocate_video *v = &video()->video;

    assert_true(v->n_layers <= ALLOCATE_LAYERS_MAX);
    for (unsigned i = 0; i < v->n_layers; i++) {
        if (v->layers[i].bps <= 0 || (i && v->layers[i].bps < v->layers[i - 1].bps))
            fail_msg("%s: %s", name, ways());
        for (unsigned k = 0; k < i; k++)
            assert_int_not_equal(v->layers[k].id, v->layers[i].id);
    }
}

/* Whatever the last second shows: something is sent of what is sent, and each way takes no less
 * than the one below. */
static void test_measured_layers(void **state)
{
    static const struct {
        const char *name;
        struct measured rids[NEGOTIATE_RIDS_MAX];
        uint8_t n_rids;
        bool is_screen;
        const char *ways;
    } rows[] = {
        {"nothing", {{.kbps = {{0}}}}, 1, false, ""},
        {"no layers", {{.kbps = {{500}}}}, 1, false, "0:*.*=500"},
        {"a screen without layers", {{.kbps = {{500}}}}, 1, true, "0:*.*=500"},
        {"known, and not sent", {{.known_kbps = 500}}, 1, false, "0:*.*=500"},
        {"sent with less than it is known to take",
         {{.kbps = {{100, 200}}, .known_kbps = 400}},
         1,
         false,
         "0:0.0=200 0:*.*=400"},
        {"soon made smaller, as its publisher was told",
         {{.kbps = {{400, 800}}, .expected_kbps = 600}, {.kbps = {{100}}}},
         2,
         true,
         "1:*.*=100 0:0.0=300 0:*.*=600"},
        {"a screen with spatial layers alone",
         {{.kbps = {{100}, {300}}}},
         1,
         true,
         "0:0.0=100 0:*.*=300"},
        {"no picture of a temporal layer came",
         {{.kbps = {{60, 0, 120}}}},
         1,
         false,
         "0:0.0=60 0:0.1=80 0:*.*=120"},
        {"only pictures of the highest temporal layer came",
         {{.kbps = {{0, 0, 120}}}},
         1,
         true,
         "0:0.0=40 0:0.1=80 0:*.*=120"},
        {"only such ones, in two sizes",
         {{.kbps = {{0, 0, 120}, {0, 0, 480}}}},
         1,
         true,
         "0:0.0=40 0:1.0=160 0:1.1=320 0:*.*=480"},
        {"only the largest pictures came", {{.kbps = {{0}, {0}, {500}}}}, 1, false, "0:*.*=500"},
        {"the largest are fewer, or have just begun",
         {{.kbps = {{60, 90, 120}, {400}}}},
         1,
         false,
         "0:0.0=60 0:0.1=90 0:0.*=120 0:*.*=400"},
        {"the smallest are fewer",
         {{.kbps = {{60}, {200, 300, 400}}}},
         1,
         false,
         "0:0.0=60 0:0.1=60 0:0.*=60 0:*.*=400"},
        {"a larger size claims less",
         {{.kbps = {{100}, {300}, {200}}}},
         1,
         false,
         "0:0.*=100 0:1.*=300 0:*.*=300"},
        {"more pictures claim less",
         {{.kbps = {{300, 200, 100}}}},
         1,
         false,
         "0:0.0=300 0:0.1=300 0:*.*=300"},
        {"a higher rid claims less",
         {{.kbps = {{200}}}, {.kbps = {{500}}}},
         2,
         false,
         "1:*.*=500 0:*.*=500"},
        {"fewer pictures of a higher rid take less than the lower one",
         {{.kbps = {{200, 900}}}, {.kbps = {{500}}}},
         2,
         true,
         "1:*.*=500 0:0.0=500 0:*.*=900"},
        {"all layers of a camera",
         {{.kbps =
               {{10, 20, 30, 40}, {50, 60, 70, 80}, {90, 100, 110, 120}, {130, 140, 150, 160}}}},
         1,
         false,
         "0:0.0=10 0:0.1=20 0:0.2=30 0:0.*=40 0:1.*=80 0:2.*=120 0:*.*=160"},
        {"all layers of a screen",
         {{.kbps =
               {{10, 20, 30, 40}, {50, 60, 70, 80}, {90, 100, 110, 120}, {130, 140, 150, 160}}}},
         1,
         true,
         "0:0.0=10 0:1.0=50 0:2.0=90 0:3.0=130 0:3.1=140 0:3.2=150 0:*.*=160"},
        {"of all rids three temporal layers",
         {{.kbps = {{700, 800, 900}}},
          {.kbps = {{400, 500, 600}}},
          {.kbps = {{100, 200, 300}}},
          {.kbps = {{10, 20, 30}}}},
         4,
         true,
         "3:0.0=10 3:0.1=20 3:*.*=30 2:0.0=100 2:0.1=200 2:*.*=300 1:0.0=400 1:0.1=500 1:*.*=600 "
         "0:0.0=700 0:0.1=800 0:*.*=900"},
        {"more than there is room for: the best is kept",
         {{.kbps = {{0, 0, 0, 970}, {0, 0, 0, 980}, {0, 0, 0, 990}, {0, 0, 0, 1000}}},
          {.kbps = {{0, 0, 0, 200}, {0, 0, 0, 300}, {0, 0, 0, 400}, {0, 0, 0, 500}}},
          {.kbps = {{0, 0, 0, 50}, {0, 0, 0, 60}, {0, 0, 0, 70}, {0, 0, 0, 80}}},
          {.kbps = {{4, 8, 12, 16}, {0, 0, 0, 20}, {0, 0, 0, 30}, {0, 0, 0, 40}}}},
         4,
         false,
         "3:0.0=4 3:0.1=8 3:0.2=12 3:0.*=16 3:1.*=20 3:2.*=30 3:*.*=40 2:0.*=50 2:1.*=60 2:2.*=70 "
         "2:*.*=80 0:*.*=1000"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        open_video(CODEC_VP9, rows[i].n_rids, rows[i].rids, rows[i].is_screen);
        if (strcmp(ways(), rows[i].ways) != 0)
            fail_msg("%s: %s", rows[i].name, ways());
        assert_ascending(rows[i].name);
        if (video()->choice.is_paused)
            fail_msg("%s: nothing is sent", rows[i].name);
        close_downlink();
    }
}

/* Layers of which nothing came in the last second are still there: what is sent stays. */
static void test_layers_that_were_seen(void **state)
{
    static const struct {
        const char *name;
        struct measured now;
        int line_kbps;
        const char *way;
    } rows[] = {
        {"the lowest temporal layer alone", {.kbps = {{60}, {200}, {600}}}, 450, "0:1.*"},
        {"only such pictures as are not in the lowest one",
         {.kbps = {{0, 0, 120}, {0, 0, 400}, {0, 0, 1200}}},
         450,
         "0:1.*"},
        {"not the largest", {.kbps = {{60, 90, 120}, {200, 300, 400}}}, 3000, "0:*.*"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        open_video(CODEC_VP9, 1, &three_by_three, false);
        narrow_to(rows[i].line_kbps);
        assert_way("before", rows[i].line_kbps, rows[i].way);
        measure(0, &rows[i].now);
        for (unsigned k = 0; k < 10; k++) {
            narrow_to(rows[i].line_kbps);
            assert_way(rows[i].name, rows[i].line_kbps, rows[i].way);
            assert_int_equal(5, video()->video.n_layers);
        }
        close_downlink();
    }
}

/* A keyframe makes a second of much, a picture that stands still one of little: what a rid takes
 * follows over two and a half seconds, as does what each of its layers takes. */
static void test_rates_are_smoothed(void **state)
{
    static const struct {
        const char *name;
        int kbps; /* what the last second shows, from now on */
        unsigned tenths;
        int least_kbps, most_kbps;
        const char *way; /* on a line of 2100 kbit/s */
    } rows[] = {
        {"begun", 1500, 10, 1500, 1500, "0:*.*"},
        {"a keyframe", 3500, 2, 1640, 1670, "0:*.*"},
        {"behind it", 1500, 20, 1555, 1585, "0:*.*"},
        {"it moves more", 3500, 5, 1910, 1940, "0:*.*"},
        {"and still does", 3500, 10, 2440, 2470, "1:*.*"},
        {"and stays so", 3500, 150, 3470, 3500, "1:*.*"},
        {"a moment in which little comes", 200, 5, 2875, 2905, "1:*.*"},
        {"and again", 3500, 100, 3470, 3500, "1:*.*"},
        {"it stands still", 500, 60, 740, 770, "0:*.*"},
    };
    static const struct measured rids[] = {{.kbps = {{1500}}}, {.kbps = {{15, 30}}}};

    (void)state;
    open_video(CODEC_VP8, LENGTH(rids), rids, false);
    push(0, 1);
    push(1, 1);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int kbps, thinned_kbps;

        measure(0, &(struct measured){.kbps = {{rows[i].kbps}}});
        measure(1, &(struct measured){.kbps = {{rows[i].kbps / 100, rows[i].kbps / 50}}});
        for (unsigned k = 0; k < rows[i].tenths; k++)
            narrow_to(2100);
        kbps = (int)(video()->rates[0].bps / KBIT);
        if (kbps < rows[i].least_kbps || kbps > rows[i].most_kbps)
            fail_msg("%s: %d kbit/s", rows[i].name, kbps);
        thinned_kbps = (int)(video()->video.layers[0].bps * 100 / KBIT);
        if (thinned_kbps < rows[i].least_kbps || thinned_kbps > rows[i].most_kbps)
            fail_msg("%s, fewer pictures: %d kbit/s", rows[i].name, thinned_kbps / 100);
        assert_way(rows[i].name, 2100, rows[i].way);
        push(0, (uint16_t)(2 + i));
        push(1, (uint16_t)(2 + i));
    }
    close_downlink();
}

/* A publisher makes its largest pictures better or worse by what its own line carries, and leaves
 * them out, while the smaller ones stay as they are: who is sent those goes on with them. */
static void test_layers_that_change_alone(void **state)
{
    static const struct measured no_large = {.kbps = {{60, 90, 120}, {200, 300, 400}}};
    static const struct measured poor = {.kbps = {{60, 90, 120}, {200, 300, 400}, {250, 375, 500}}};
    static const struct {
        const char *name;
        const struct measured *before, *now;
        int line_kbps;
        const char *way;
    } rows[] = {
        {"worse", &three_by_three, &poor, 450, "0:1.*"},
        {"better, for who has not even the middle ones", &poor, &three_by_three, 300, "0:0.*"},
        {"better, for who has those", &poor, &three_by_three, 450, "0:1.*"},
        {"they begin", &no_large, &three_by_three, 300, "0:0.*"},
        {"they begin, and there is almost room for the middle ones", &no_large, &three_by_three,
         410, "0:0.*"},
        {"they end", &three_by_three, &no_large, 450, "0:1.*"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        open_video(CODEC_VP9, 1, rows[i].before, false);
        keep_estimated((int64_t)rows[i].line_kbps * KBIT, 20);
        assert_way("before", rows[i].line_kbps, rows[i].way);
        measure(0, rows[i].now);
        for (unsigned k = 0; k < 60; k++) {
            narrow_to(rows[i].line_kbps);
            assert_way(rows[i].name, rows[i].line_kbps, rows[i].way);
        }
        close_downlink();
    }
}

/* ---- any ---- */

static int any_kbps(void)
{
    return rand() % 3 ? rand() % 3000 : 0;
}

static void measure_any(unsigned rid)
{
    struct measured m = {
        .known_kbps = any_kbps(), .expected_kbps = any_kbps(), .rid_state = rand() % 16};
    unsigned n_sids = 1 + (unsigned)rand() % TRACK_LAYERS;
    unsigned n_tids = 1 + (unsigned)rand() % TRACK_LAYERS;

    for (unsigned sid = 0; sid < n_sids; sid++) {
        for (unsigned tid = 0; tid < n_tids; tid++)
            m.kbps[sid][tid] = any_kbps();
    }
    measure(rid, &m);
}

/* Rids and layers of any number, which come, go, and claim what they like. */
static void test_anything_measured(void **state)
{
    static const struct measured none[NEGOTIATE_RIDS_MAX];
    enum { SEED = 17, TIMES = 3000 };

    (void)state;
    srand(SEED);
    for (uint8_t n_rids = 1; n_rids <= NEGOTIATE_RIDS_MAX; n_rids++) {
        for (int is_screen = 0; is_screen <= 1; is_screen++) {
            open_video(CODEC_VP9, n_rids, none, is_screen);
            for (unsigned i = 0; i < TIMES; i++) {
                for (unsigned rid = 0; rid < n_rids; rid++)
                    measure_any(rid);
                narrow_to(any_kbps());
                assert_ascending("any");
                assert_true(video()->choice.rid < n_rids);
                assert_true(video()->choice.wakes < (int)n_rids);
                assert_int_not_equal(video()->choice.wakes, video()->choice.rid);
            }
            close_downlink();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_measured_layers),    cmocka_unit_test(test_layers_that_were_seen),
        cmocka_unit_test(test_rates_are_smoothed), cmocka_unit_test(test_layers_that_change_alone),
        cmocka_unit_test(test_anything_measured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
