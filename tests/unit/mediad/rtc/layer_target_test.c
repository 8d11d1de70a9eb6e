/*
 * Layers by decode targets, of descriptors that Chromium wrote: what one receiver is sent can be
 * decoded, whatever it wants and in whatever order packets come, as long as what it is predicted
 * from was not lost.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/down_extensions.h"
#include "mediad/rtc/layer.h"
#include "mediad/rtc/payload_dependency.h"
#include "mediad/rtc/rtp.h"
#include "mediad/rtc/seq_map.h"

#define PACKETS_MAX 1000
#define FRAMES 2048
#define STARTED 20 /* packets; of streams that begin out of order: rid_decode_test.c */

struct capture {
    unsigned n;
    struct packet packets[PACKETS_MAX];
    uint8_t bytes[PACKETS_MAX][DEPENDENCY_SIZE_MAX];
};

/* What became of a frame, or of what it is predicted from: the worst counts. */
enum fate { CAME, LEFT_OUT, LOST };

/* What a receiver has of each frame, by its number. */
struct frames {
    uint8_t n_packets[FRAMES]; /* as the publisher sent it */
    uint8_t n_wanted[FRAMES];
    uint8_t
        n_sent[FRAMES];   /* with what goes out behind a gap, as no number can be closed up there */
    bool is_lost[FRAMES]; /* in part, at least */
    bool is_late[FRAMES]; /* came behind a newer one, while some are sent again */
    uint8_t fates[FRAMES];
};

static struct capture capture;

/* Lines of the marker and the descriptor in hexadecimal digits, one for each packet. */
static void load(const char *name)
{
    struct dependency_state state = {0};
    char path[512], line[1024];

    snprintf(path, sizeof path, "%s/tests/unit/mediad/rtc/data/descriptors-chromium-%s.txt",
             NEREID_SRCDIR, name);
    FILE *f = fopen(path, "r");

    assert_non_null(f);
    memset(&capture, 0, sizeof capture);
    while (fgets(line, sizeof line, f) && capture.n < PACKETS_MAX) {
        struct packet *p = &capture.packets[capture.n];
        uint8_t *bytes = capture.bytes[capture.n++];
        size_t len = 0;

        for (const char *at = line + 2; len < DEPENDENCY_SIZE_MAX && at[0] > ' '; at += 2) {
            char digits[3] = {at[0], at[1], 0};

            bytes[len++] = (uint8_t)strtoul(digits, NULL, 16);
        }
        p->data = bytes;
        p->marker = line[0] == '1';
        payload_dependency(p, &state, span_of(bytes, len));
        assert_true(p->info.targets.is_known);
        assert_int_equal(p->descriptor.len, len);
    }
    fclose(f);
    assert_true(capture.n > 100);
}

static unsigned index_of(const struct packet *p)
{
    return p->info.targets.frame_number % FRAMES;
}

static void count_frames(struct frames *frames)
{
    memset(frames, 0, sizeof *frames);
    for (unsigned i = 0; i < capture.n; i++)
        frames->n_packets[index_of(&capture.packets[i])]++;
}

static bool is_whole(const struct frames *frames, unsigned i)
{
    return frames->n_sent[i] == frames->n_packets[i];
}

/* A decoder: a frame can be shown when all of it came, and all that it is predicted from could. */
static enum fate fate_of(const struct frames *frames, const struct packet *p)
{
    const struct payload_targets *t = &p->info.targets;
    enum fate fate = CAME;

    if (frames->is_lost[index_of(p)])
        return LOST;
    if (!is_whole(frames, index_of(p)))
        return LEFT_OUT;
    for (unsigned i = 0; i < t->n_references; i++) {
        uint8_t needed = frames->fates[(uint16_t)(t->frame_number - t->references[i]) % FRAMES];

        fate = needed > fate ? needed : fate;
    }
    return fate;
}

/* What was sent whole can be decoded, or the network lost what it needs; when packets changed
 * places just where the target changed twice, perhaps not a picture that no other one needs, or
 * that came behind another one.
 * @return how many frames are shown */
static unsigned check_decoding(struct frames *frames, bool is_shuffled)
{
    unsigned n = 0;

    memset(frames->fates, LEFT_OUT, sizeof frames->fates);
    for (unsigned i = 0; i < capture.n; i++) {
        const struct packet *p = &capture.packets[i];
        unsigned at = index_of(p);

        if (!p->info.is_frame_end)
            continue;
        frames->fates[at] = fate_of(frames, p);
        n += frames->fates[at] == CAME;
        if (frames->fates[at] == LEFT_OUT && frames->n_wanted[at] == frames->n_packets[at] &&
            !frames->is_lost[at] && !(is_shuffled && (p->info.tid > 0 || frames->is_late[at])))
            fail_msg("frame %u, layer %u.%u%s", p->info.targets.frame_number, p->info.sid,
                     p->info.tid, is_shuffled ? ", in another order" : "");
    }
    return n;
}

static unsigned random_below(unsigned n)
{
    return (unsigned)rand() % n;
}

/* Neighbours change places, now and then. */
static void shuffle(unsigned *order, unsigned n)
{
    for (unsigned i = 1; i + 4 < n; i++) {
        if (random_below(5) == 0) {
            unsigned other = i + random_below(4);
            unsigned swap = order[i];

            order[i] = order[other];
            order[other] = swap;
        }
    }
}

/* One of so many packets behind the first keyframe is lost; with `is_repaired` two of three such
 * come after all, later. @param lost_of 0: none @return how many arrive */
static unsigned lose(unsigned *order, struct frames *frames, unsigned lost_of, bool is_repaired)
{
    unsigned due[PACKETS_MAX], n = 0;

    for (unsigned i = 0; i < capture.n; i++) {
        due[i] = i;
        if (lost_of == 0 || i < STARTED || random_below(lost_of) > 0)
            continue;
        due[i] = is_repaired && random_below(3) ? i + 5 + random_below(20) : UINT_MAX;
        frames->is_lost[index_of(&capture.packets[i])] |= due[i] == UINT_MAX;
    }
    for (unsigned at = 0; at < capture.n + 25; at++) {
        for (unsigned i = at > 25 ? at - 25 : 0; i <= at && i < capture.n; i++) {
            if (due[i] == at)
                order[n++] = i;
        }
    }
    return n;
}

static const char *const streams[] = {"av1-l3t3",     "av1-l3t3-key", "vp9-l3t3",
                                      "vp9-l3t3-key", "vp8-l1t3",     "h264-l1t3"};

/* As the packet path does it. @return whether the layer is wanted */
static bool pass(struct layer_state *l, struct seq_map *map, unsigned i, struct frames *frames)
{
    const struct packet *p = &capture.packets[i];
    bool is_wanted = layer_decide(l, &p->info, p->marker).is_sent;
    uint16_t out, pid_delta;

    frames->n_wanted[index_of(p)] += is_wanted;
    if (is_wanted || (!seq_map_drop(map, (uint16_t)i, 0, 0) && map->has_packet))
        frames->n_sent[index_of(p)] += seq_map_send(map, (uint16_t)i, 0, 0, &out, &pid_delta);
    return is_wanted;
}

/* @return how many frames are shown */
static unsigned wish_at_random(bool is_shuffled, unsigned lost_of)
{
    unsigned order[PACKETS_MAX], n;
    struct seq_map map;
    struct layer_state l;
    struct frames frames;

    count_frames(&frames);
    n = lose(order, &frames, lost_of, is_shuffled);
    if (is_shuffled)
        shuffle(order, n);
    layer_init(&l);
    seq_map_init(&map, 0);
    for (unsigned i = 0, newest = 0; i < n; i++) {
        const struct packet *p = &capture.packets[order[i]];

        newest = order[i] > newest ? order[i] : newest;
        frames.is_late[index_of(p)] |=
            lost_of > 0 && index_of(p) != index_of(&capture.packets[newest]);
        if (random_below(20) == 0)
            layer_want(&l, (uint8_t)random_below(4), (uint8_t)random_below(4));
        if (pass(&l, &map, order[i], &frames) && !is_shuffled)
            assert_true(p->info.sid <= l.sid && p->info.tid <= l.tid);
    }
    for (unsigned i = 0; i < FRAMES && !is_shuffled; i++)
        assert_true(frames.n_wanted[i] == 0 || is_whole(&frames, i) || frames.is_lost[i]);
    return check_decoding(&frames, is_shuffled);
}

static void test_random_wishes(void **state)
{
    (void)state;
    for (size_t s = 0; s < LENGTH(streams); s++) {
        load(streams[s]);
        for (unsigned seed = 0; seed < 200; seed++) {
            srand(seed);
            assert_true(wish_at_random(seed % 2, 0) > 10);
        }
    }
}

static void test_loss(void **state)
{
    (void)state;
    for (size_t s = 0; s < LENGTH(streams); s++) {
        unsigned n = 0;

        load(streams[s]);
        for (unsigned seed = 0; seed < 200; seed++) {
            srand(seed);
            n += wish_at_random(seed % 2, 100);
        }
        assert_true(n > 200 * 10);
    }
}

/* From the highest layers to the lowest ones and back. */
static void walk(const char *name, uint8_t sid, bool needs_keyframe)
{
    bool had_keyframe = false, has_fallen = false, can_rise = false, has_risen = false,
         wants_keyframe = false;
    unsigned markers = 0;
    struct layer_state l;

    load(name);
    layer_init(&l);
    for (unsigned i = 0; i < capture.n; i++) {
        const struct packet *p = &capture.packets[i];
        struct layer_decision d;

        layer_want(&l, i > 30 && i < 100 ? 0 : sid, LAYER_MAX);
        d = layer_decide(&l, &p->info, p->marker);
        if (i > 30 && i < 100) {
            wants_keyframe = wants_keyframe || d.wants_keyframe;
            had_keyframe = had_keyframe || p->info.keyframe == KEYFRAME_YES;
            assert_true(!needs_keyframe || had_keyframe || l.sid > 0);
            has_fallen = has_fallen || l.sid == 0;
            markers += has_fallen && d.is_sent && d.marker;
        }
        can_rise = can_rise || (i > 100 && p->info.keyframe == KEYFRAME_YES);
        has_risen = has_risen || (i > 100 && l.sid > 0);
    }
    assert_int_equal(wants_keyframe, needs_keyframe);
    assert_int_equal(has_fallen, !needs_keyframe || had_keyframe);
    assert_true(needs_keyframe || markers > 3); /* each picture ends with one */
    assert_true(has_risen || !can_rise);
}

static void test_spatial(void **state)
{
    (void)state;
    walk("av1-l3t3", LAYER_MAX, false);
    walk("vp9-l3t3", LAYER_MAX, false);
    /* lower layers were left out since the keyframe */
    walk("av1-l3t3-key", LAYER_MAX, true);
    walk("vp9-l3t3-key", 2, true);
}

/* Fewer pictures at once, more of them at the next base picture. */
static void test_temporal(void **state)
{
    static const char *const names[] = {"vp8-l1t3", "h264-l1t3", "av1-l3t3-key"};

    (void)state;
    for (size_t s = 0; s < LENGTH(names); s++) {
        struct layer_state l;
        unsigned waited = 0;

        load(names[s]);
        layer_init(&l);
        for (unsigned i = 0; i < capture.n; i++) {
            const struct packet *p = &capture.packets[i];
            struct layer_decision d;

            layer_want(&l, LAYER_MAX, i >= 30 && i < 60 ? 0 : LAYER_MAX);
            d = layer_decide(&l, &p->info, p->marker);
            assert_false(d.wants_keyframe);
            if (i >= 30 && i < 60 && p->info.is_frame_start)
                assert_true(!d.is_sent || p->info.tid == 0);
            if (i >= 60 && l.tid == 0)
                waited++;
        }
        assert_true(waited < 40);
    }
}

/* `video-low` of a stream: its smallest pictures, or the fewest where there is one size. */
static void test_lowest(void **state)
{
    struct layer_state l;

    (void)state;
    load("av1-l3t3");
    layer_init(&l);
    layer_limit_lowest(&l, true);
    for (unsigned i = 0; i < capture.n; i++)
        (void)layer_decide(&l, &capture.packets[i].info, false);
    assert_int_equal(l.sid, 0);
    assert_int_equal(l.tid, 2);
    load("vp8-l1t3");
    layer_init(&l);
    layer_limit_lowest(&l, true);
    for (unsigned i = 0; i < capture.n; i++)
        (void)layer_decide(&l, &capture.packets[i].info, false);
    assert_int_equal(l.tid, 0);
}

/* What the receiver reads in the descriptors that it is sent. */
static void test_written(void **state)
{
    struct dependency_state receiver = {0};
    struct down_extensions x = {.descriptor_id = 5};
    struct layer_state l;
    uint16_t shift = 0;

    (void)state;
    load("av1-l3t3");
    layer_init(&l);
    for (unsigned i = 0; i < capture.n; i++) {
        const struct packet *p = &capture.packets[i];
        uint8_t out[DEPENDENCY_SIZE_MAX];
        struct dependency_descriptor d;
        struct span written;

        layer_want(&l, i < 50 || i > 200 ? LAYER_MAX : 0, LAYER_MAX);
        if (i > 250 && p->info.keyframe == KEYFRAME_YES && shift == 0) {
            down_extensions_restart(&x); /* as if another rid took over */
            shift = (uint16_t)(x.newest + 1 - p->info.targets.frame_number);
        }
        if (!layer_decide(&l, &p->info, p->marker).is_sent)
            continue;
        x.target = layer_target(&l);
        written = down_extensions_descriptor(&x, p, out);
        assert_int_equal(dependency_parse(&d, &receiver, written), 0);
        assert_int_equal(d.frame_number, (uint16_t)(p->info.targets.frame_number + shift));
        assert_int_equal(d.sid, p->info.sid);
        assert_int_equal(d.tid, p->info.tid);
        for (unsigned k = 0; k < receiver.structure.n_targets; k++) {
            bool is_ours = receiver.structure.target_sid[k] <= l.sid;

            assert_int_equal(receiver.active >> k & 1, is_ours && (p->descriptor.active >> k & 1));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_wishes), cmocka_unit_test(test_loss),
        cmocka_unit_test(test_spatial),       cmocka_unit_test(test_temporal),
        cmocka_unit_test(test_lowest),        cmocka_unit_test(test_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
