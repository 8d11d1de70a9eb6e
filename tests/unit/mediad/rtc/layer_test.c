#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "mediad/rtc/layer.h"

/* A picture of VP8 in two packets; the second carries the marker. @return bits of what was sent */
static unsigned vp8(struct layer_state *l, uint8_t tid, bool is_key, bool is_sync)
{
    struct payload_info first = {.keyframe = is_key ? KEYFRAME_YES : KEYFRAME_NO,
                                 .is_picture_start = true,
                                 .is_frame_start = true,
                                 .has_tid = true,
                                 .tid = tid,
                                 .is_switch_point = is_sync,
                                 .is_inter = !is_key};
    struct payload_info second = {.keyframe = KEYFRAME_NO,
                                  .has_tid = true,
                                  .tid = tid,
                                  .is_frame_end = true,
                                  .is_inter = true};
    struct layer_decision a = layer_decide(l, &first, false);
    struct layer_decision b = layer_decide(l, &second, true);

    assert_int_equal(a.is_sent, b.is_sent); /* pictures go whole */
    assert_false(a.marker);
    assert_true(!b.is_sent || b.marker);
    return a.is_sent;
}

static void test_start(void **state)
{
    struct layer_state l;
    struct payload_info inter = {
        .keyframe = KEYFRAME_NO, .is_picture_start = true, .is_frame_start = true};
    struct payload_info opaque = {.keyframe = KEYFRAME_NO, .is_inter = true}; /* H.264, AV1 */
    struct payload_info unknown = {.keyframe = KEYFRAME_UNKNOWN};
    struct layer_decision d;

    (void)state;
    layer_init(&l);
    d = layer_decide(&l, &inter, true);
    assert_true(!d.is_sent && d.wants_keyframe); /* useless without its keyframe */
    d = layer_decide(&l, &opaque, true);
    assert_true(!d.is_sent && d.wants_keyframe);
    assert_true(vp8(&l, 0, true, false));
    assert_true(vp8(&l, 2, false, false)); /* everything there is */
    layer_restart(&l);
    assert_false(vp8(&l, 0, false, false));
    d = layer_decide(&l, &unknown, false); /* encrypted: let it pass, ask for nothing */
    assert_true(d.is_sent && !d.wants_keyframe);
    d = layer_decide(&l, &inter, true);
    assert_true(d.is_sent && d.marker);
}

static void test_temporal(void **state)
{
    struct layer_state l;

    (void)state;
    layer_init(&l);
    assert_true(vp8(&l, 0, true, false));
    assert_true(vp8(&l, 2, false, true));
    layer_limit_lowest(&l, true); /* down at once */
    assert_false(vp8(&l, 2, false, false));
    assert_false(vp8(&l, 1, false, true));
    assert_true(vp8(&l, 0, false, false));
    layer_limit_lowest(&l, false); /* up at switching points, as far as they allow */
    assert_false(vp8(&l, 1, false, false));
    assert_true(vp8(&l, 1, false, true));
    assert_true(vp8(&l, 1, false, false));
    assert_false(vp8(&l, 2, false, false));
    assert_true(vp8(&l, 2, false, true));
    assert_true(vp8(&l, 2, false, false));
    layer_limit_lowest(&l, true);
    assert_false(vp8(&l, 2, false, false));
    layer_limit_lowest(&l, false); /* or at a keyframe */
    assert_true(vp8(&l, 0, true, false));
    assert_true(vp8(&l, 2, false, false));
}

static void test_lowest_only(void **state)
{
    struct layer_state l;

    (void)state;
    layer_init(&l);
    layer_limit_lowest(&l, true);
    assert_true(vp8(&l, 0, true, false));
    assert_false(vp8(&l, 2, false, true));
    assert_false(vp8(&l, 1, false, true));
    assert_true(vp8(&l, 0, false, false));
}

static void test_wanted_temporal(void **state)
{
    struct layer_state l;

    (void)state;
    layer_init(&l);
    layer_want(&l, LAYER_MAX, 1);
    assert_true(vp8(&l, 0, true, false));
    assert_false(vp8(&l, 2, false, true)); /* higher than what is wanted */
    assert_true(vp8(&l, 1, false, false));
    layer_want(&l, LAYER_MAX, 0);
    assert_false(vp8(&l, 1, false, true));
    assert_true(vp8(&l, 0, false, false));
    layer_want(&l, LAYER_MAX, 2);
    assert_false(vp8(&l, 2, false, true)); /* later pictures of the layer between may be no sync */
    assert_true(vp8(&l, 1, false, true));  /* as far as the switching point goes */
    assert_false(vp8(&l, 2, false, false));
    layer_limit_lowest(&l, true); /* stronger than what is wanted */
    assert_false(vp8(&l, 1, false, true));
}

/* The second packet of a switching point comes first: half a picture would not be one. */
static void test_reordered_switch(void **state)
{
    struct payload_info first = {.keyframe = KEYFRAME_NO,
                                 .is_picture_start = true,
                                 .is_frame_start = true,
                                 .has_tid = true,
                                 .tid = 1,
                                 .is_switch_point = true,
                                 .is_inter = true,
                                 .picture_id_bits = 15,
                                 .picture_id = 7};
    struct payload_info second = first;
    struct layer_state l;

    (void)state;
    second.is_picture_start = second.is_frame_start = false;
    layer_init(&l);
    layer_want(&l, LAYER_MAX, 0);
    assert_true(vp8(&l, 0, true, false));
    layer_want(&l, LAYER_MAX, 1);
    assert_false(layer_decide(&l, &second, true).is_sent);
    assert_false(layer_decide(&l, &first, false).is_sent);
    first.picture_id = second.picture_id = 9;
    assert_true(layer_decide(&l, &first, false).is_sent);
    assert_true(layer_decide(&l, &second, true).is_sent);
}

/* VP9's U (RFC 9628 section 4.2): later pictures do not reach back over this one, which itself may
 * need what was left out. */
static void test_up_point(void **state)
{
    struct payload_info info = {.keyframe = KEYFRAME_YES,
                                .is_picture_start = true,
                                .is_frame_start = true,
                                .is_frame_end = true,
                                .has_tid = true};
    struct layer_state l;

    (void)state;
    layer_init(&l);
    layer_want(&l, LAYER_MAX, 0);
    assert_true(layer_decide(&l, &info, true).is_sent);
    layer_want(&l, LAYER_MAX, LAYER_MAX);
    info.keyframe = KEYFRAME_NO;
    info.is_inter = true;
    info.tid = 2;
    info.is_up_point = true; /* of a picture that is not for us */
    assert_false(layer_decide(&l, &info, true).is_sent);
    info.tid = 0;
    info.is_up_point = false;
    assert_true(layer_decide(&l, &info, true).is_sent);
    info.tid = 1;
    assert_false(layer_decide(&l, &info, true).is_sent);
    info.tid = 0;
    info.is_up_point = true;
    assert_true(layer_decide(&l, &info, true).is_sent);
    info.tid = 2;
    info.is_up_point = false;
    assert_true(layer_decide(&l, &info, true).is_sent);
}

/* A VP9 picture of three spatial layers, a packet each; `refs` has a bit for each layer that higher
 * ones use. @return bits of the layers that were sent */
struct vp9_result {
    unsigned sent;
    unsigned markers;
    bool wants_keyframe;
};

static struct vp9_result vp9(struct layer_state *l, unsigned n_layers, unsigned refs, bool is_key,
                             unsigned intra)
{
    struct vp9_result result = {0, 0, false};

    for (unsigned sid = 0; sid < n_layers; sid++) {
        struct payload_info info = {
            .keyframe = is_key && sid == 0 ? KEYFRAME_YES : KEYFRAME_NO,
            .is_picture_start = sid == 0,
            .is_frame_start = true,
            .is_frame_end = true,
            .has_tid = true,
            .sid = (uint8_t)sid,
            .is_not_reference = !(refs >> sid & 1),
            .is_inter = !is_key && !(intra >> sid & 1),
        };
        struct layer_decision d = layer_decide(l, &info, sid + 1 == n_layers);

        result.sent |= (unsigned)d.is_sent << sid;
        result.markers |= (unsigned)(d.is_sent && d.marker) << sid;
        result.wants_keyframe = result.wants_keyframe || d.wants_keyframe;
    }
    return result;
}

static void test_spatial(void **state)
{
    struct layer_state l;
    struct vp9_result r;

    (void)state;
    layer_init(&l);
    r = vp9(&l, 3, 7, true, 0);
    assert_int_equal(r.sent, 7);
    assert_int_equal(r.markers, 4);
    layer_limit_lowest(&l, true); /* down after any picture, with the marker on its last packet */
    r = vp9(&l, 3, 7, false, 0);
    assert_int_equal(r.sent, 1);
    assert_int_equal(r.markers, 1);
    assert_false(r.wants_keyframe);
    layer_limit_lowest(&l, false); /* up needs a keyframe … */
    r = vp9(&l, 3, 7, false, 0);
    assert_int_equal(r.sent, 1);
    assert_true(r.wants_keyframe);
    r = vp9(&l, 3, 7, false, 2); /* … or a frame there without earlier pictures */
    assert_int_equal(r.sent, 3);
    r = vp9(&l, 3, 7, false, 4);
    assert_int_equal(r.sent, 7);
    r = vp9(&l, 3, 7, false, 0);
    assert_int_equal(r.sent, 7);
    assert_false(r.wants_keyframe);
    layer_limit_lowest(&l, true);
    assert_int_equal(vp9(&l, 3, 7, false, 0).sent, 1);
    layer_limit_lowest(&l, false);
    assert_int_equal(vp9(&l, 3, 7, true, 0).sent, 7);
}

static void test_wanted_spatial(void **state)
{
    struct layer_state l;
    struct vp9_result r;

    (void)state;
    layer_init(&l);
    layer_want(&l, 1, LAYER_MAX);
    r = vp9(&l, 3, 7, true, 0);
    assert_int_equal(r.sent, 3);
    assert_int_equal(r.markers, 2);
    layer_want(&l, 0, LAYER_MAX);
    assert_int_equal(vp9(&l, 3, 7, false, 0).sent, 1);
    layer_want(&l, 2, LAYER_MAX);
    r = vp9(&l, 3, 7, false, 6); /* two steps in one picture */
    assert_int_equal(r.sent, 7);
    layer_want(&l, 1, LAYER_MAX);
    r = vp9(&l, 3, 7, false, 0);
    assert_int_equal(r.sent, 3);
    assert_int_equal(r.markers, 2);
    assert_false(r.wants_keyframe);
    layer_want(&l, LAYER_MAX, LAYER_MAX); /* more than there is: what there is */
    assert_true(vp9(&l, 3, 7, false, 0).wants_keyframe);
    assert_int_equal(vp9(&l, 3, 7, true, 0).sent, 7);
    assert_false(vp9(&l, 3, 7, false, 0).wants_keyframe);
}

/* Lower layers that nothing refers to are left out (k-SVC); then going down needs a keyframe. */
static void test_unused_layers(void **state)
{
    struct layer_state l;
    struct vp9_result r;

    (void)state;
    layer_init(&l);
    assert_int_equal(vp9(&l, 3, 7, true, 0).sent, 7);
    r = vp9(&l, 3, 0, false, 0);
    assert_int_equal(r.sent, 4);
    assert_int_equal(r.markers, 4);
    layer_limit_lowest(&l, true);
    r = vp9(&l, 3, 0, false, 0);
    assert_int_equal(r.sent, 4);
    assert_true(r.wants_keyframe);
    assert_int_equal(vp9(&l, 3, 7, true, 0).sent, 1);

    layer_limit_lowest(&l, false);
    assert_int_equal(vp9(&l, 3, 7, true, 0).sent, 7);
    assert_int_equal(vp9(&l, 3, 0, false, 0).sent, 4);
    (void)vp9(&l, 1, 0, false, 0); /* the publisher stops the upper layers without a keyframe */
    r = vp9(&l, 1, 0, false, 0);
    assert_true(r.wants_keyframe); /* what we left out is missing now */
    assert_int_equal(vp9(&l, 1, 0, true, 0).sent, 1);
    r = vp9(&l, 1, 0, false, 0); /* one layer that nothing refers to: it is the highest */
    assert_int_equal(r.sent, 1);
    assert_false(r.wants_keyframe);
}

static void test_lowest_spatial(void **state)
{
    struct layer_state l;
    struct vp9_result r;

    (void)state;
    layer_init(&l);
    layer_limit_lowest(&l, true);
    r = vp9(&l, 3, 7, true, 0);
    assert_int_equal(r.sent, 1);
    assert_int_equal(r.markers, 1);
    for (int i = 0; i < 5; i++) {
        r = vp9(&l, 3, 7, false, 0);
        assert_int_equal(r.sent, 1);
        assert_false(r.wants_keyframe);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wanted_temporal), cmocka_unit_test(test_reordered_switch),
        cmocka_unit_test(test_up_point),        cmocka_unit_test(test_wanted_spatial),
        cmocka_unit_test(test_start),           cmocka_unit_test(test_temporal),
        cmocka_unit_test(test_lowest_only),     cmocka_unit_test(test_spatial),
        cmocka_unit_test(test_unused_layers),   cmocka_unit_test(test_lowest_spatial),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
