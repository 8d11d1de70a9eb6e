/* VP9 whose picture grows without a keyframe, as when a spatial layer comes: players that go by
 * keyframes show the whole file as large as it becomes. */
#include "record_rig.h"

#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include "read_back.h"

enum { LARGE_WIDTH = 320, LARGE_HEIGHT = 192, MS_PER_PICTURE = 40 };

/* Encodes at half the size until it grows. */
struct growing {
    vpx_codec_ctx_t codec;
    vpx_codec_enc_cfg_t cfg;
    vpx_image_t *image;
    unsigned n;
};

static void set_size(struct growing *g, unsigned divisor)
{
    g->cfg.g_w = LARGE_WIDTH / divisor;
    g->cfg.g_h = LARGE_HEIGHT / divisor;
    vpx_img_free(g->image);
    g->image = vpx_img_alloc(NULL, VPX_IMG_FMT_I420, g->cfg.g_w, g->cfg.g_h, 1);
    assert_non_null(g->image);
    for (unsigned p = 0; p < 3; p++)
        memset(g->image->planes[p], 100, (size_t)g->image->stride[p] * g->cfg.g_h / (p ? 2 : 1));
}

static struct span encode(struct growing *g, bool is_key)
{
    vpx_codec_iter_t iter = NULL;
    const vpx_codec_cx_pkt_t *packet;

    memset(g->image->planes[0], (int)(50 + g->n % 100), (size_t)g->image->stride[0] * 8);
    assert_int_equal(0, vpx_codec_encode(&g->codec, g->image, g->n++, 1,
                                         is_key ? VPX_EFLAG_FORCE_KF : 0, VPX_DL_REALTIME));
    packet = vpx_codec_get_cx_data(&g->codec, &iter);
    assert_non_null(packet);
    assert_int_equal(is_key, (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0);
    return span_of(packet->data.frame.buf, packet->data.frame.sz);
}

static void change_size(struct growing *g, unsigned divisor)
{
    set_size(g, divisor);
    assert_int_equal(0, vpx_codec_enc_config_set(&g->codec, &g->cfg));
}

/* libvpx grows without a keyframe up to the size that it began with: that picture is not sent. */
static void open_growing(struct growing *g)
{
    memset(g, 0, sizeof *g);
    assert_int_equal(0, vpx_codec_enc_config_default(vpx_codec_vp9_cx(), &g->cfg, 0));
    g->cfg.g_lag_in_frames = 0;
    g->cfg.g_timebase = (vpx_rational_t){1, RIG_FPS};
    g->cfg.rc_end_usage = VPX_CBR;
    g->cfg.kf_mode = VPX_KF_DISABLED;
    g->cfg.g_threads = 1;
    set_size(g, 1);
    assert_int_equal(0, vpx_codec_enc_init(&g->codec, vpx_codec_vp9_cx(), &g->cfg, 0));
    assert_int_equal(0, vpx_codec_control(&g->codec, VP8E_SET_CPUUSED, 8));
    (void)encode(g, true);
    change_size(g, 2);
}

static void close_growing(struct growing *g)
{
    vpx_img_free(g->image);
    assert_int_equal(0, vpx_codec_destroy(&g->codec));
}

/* Pictures come for a time; keyframes when one is wished for. */
static void run(struct rig *rig, struct growing *g, unsigned ms)
{
    struct rig_track *t = &rig->tracks[0];

    for (unsigned i = 0; i < ms; i += MS_PER_PICTURE) {
        bool is_key = t->n_sent++ == 0 || t->wants_keyframe;

        t->wants_keyframe = false;
        rig_split(rig, t, rig->now_us, encode(g, is_key), is_key, is_key ? 0 : 0x40, 0x08, 0x04, 0);
        rig->now_us += MS_PER_PICTURE * US_PER_MS;
        assert_int_equal(0, rig_pump(rig));
    }
}

static void assert_first_key(struct rig *rig, unsigned file, int width, double least_s)
{
    AVFormatContext *s = NULL;
    struct read_back b;
    char path[512];

    rig_path(rig, file, path);
    assert_int_equal(0, avformat_open_input(&s, path, NULL, NULL));
    assert_int_equal(width, s->streams[0]->codecpar->width);
    avformat_close_input(&s);
    read_file(&b, path); /* decodes it whole */
    assert_true(b.streams[0].starts_with_key);
    assert_int_equal(1, b.streams[0].n_sizes);
    assert_int_equal(width, b.streams[0].width);
    assert_true(b.duration_s > least_s);
}

/* Within the first second: the file begins with the keyframe that is asked for. */
static void test_grows_at_once(void **state)
{
    struct growing g;
    struct rig rig;

    (void)state;
    rig_open(&rig, CODEC_VP9, CODEC_NONE);
    open_growing(&g);
    run(&rig, &g, 400);
    change_size(&g, 1);
    run(&rig, &g, 4000);
    rig_finish(&rig);
    assert_int_equal(1, rig.n_files);
    assert_first_key(&rig, 0, LARGE_WIDTH, 3.5);
    close_growing(&g);
    rig_close(&rig);
}

/* A publisher that makes no keyframe on request loses nothing. */
static void test_grows_and_no_keyframe_comes(void **state)
{
    struct growing g;
    struct rig rig;
    char path[512];
    struct read_back b;

    (void)state;
    rig_open(&rig, CODEC_VP9, CODEC_NONE);
    rig.is_deaf = true;
    open_growing(&g);
    run(&rig, &g, 400);
    change_size(&g, 1);
    run(&rig, &g, 5000);
    rig_finish(&rig);
    assert_int_equal(1, rig.n_files);
    rig_path(&rig, 0, path);
    read_file(&b, path);
    assert_true(b.duration_s > 5.2);
    assert_int_equal(LARGE_WIDTH, b.streams[0].width);
    close_growing(&g);
    rig_close(&rig);
}

/* Later: what came before is a file of its own. */
static void test_grows_later(void **state)
{
    struct growing g;
    struct rig rig;

    (void)state;
    rig_open(&rig, CODEC_VP9, CODEC_NONE);
    open_growing(&g);
    run(&rig, &g, 5000);
    change_size(&g, 1);
    run(&rig, &g, 5000);
    rig_finish(&rig);
    assert_int_equal(2, rig.n_files);
    assert_first_key(&rig, 1, LARGE_WIDTH, 4);
    close_growing(&g);
    rig_close(&rig);
}

/* Growing again up to what it was is no growth. */
static void test_shrinks_and_grows(void **state)
{
    struct growing g;
    struct rig rig;

    (void)state;
    rig_open(&rig, CODEC_VP9, CODEC_NONE);
    open_growing(&g);
    change_size(&g, 1);
    for (unsigned i = 0; i < 4; i++) {
        run(&rig, &g, 2000);
        change_size(&g, i % 2 ? 1 : 2);
    }
    rig_finish(&rig);
    assert_int_equal(1, rig.n_files);
    close_growing(&g);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_at_once),
        cmocka_unit_test(test_grows_and_no_keyframe_comes),
        cmocka_unit_test(test_grows_later),
        cmocka_unit_test(test_shrinks_and_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
