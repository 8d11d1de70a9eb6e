/*
 * In which way a receiver is sent a video with rids and layers, over a line that becomes narrower.
 */
#include "mediad/rtc/down_video.h"

#include "tests/unit/mediad/rtc/test_ways.h"

/* ---- one rid with spatial layers ---- */

enum { SIZES = 3 };

/* A keyframe, then a picture of each other temporal layer. @return what left: "0.0 1.0 2.0" */
static const char *push_pictures(uint16_t *seq)
{
    static const uint8_t tids[] = {0, 2, 1};
    static char text[64];

    text[0] = '\0';
    for (unsigned i = 0; i < SIZES * LENGTH(tids); i++) {
        struct packet *p = test_packet(worker(), ++*seq, i == 0);
        uint64_t before_bytes = video()->sender.sent_bytes;
        uint8_t sid = i % SIZES, tid = tids[i / SIZES];
        size_t len = strlen(text);

        p->rtp_ts = 3000u * (*seq / SIZES);
        p->marker = sid == SIZES - 1;
        p->info.is_picture_start = sid == 0;
        p->info.is_frame_start = p->info.is_frame_end = true;
        p->info.sid = sid;
        p->info.tid = tid;
        p->info.is_inter = i >= SIZES;
        push_packet(0, p);
        pass(1);
        if (video()->sender.sent_bytes > before_bytes)
            snprintf(text + len, sizeof text - len, "%s%u.%u", len ? " " : "", sid, tid);
    }
    return text;
}

/* A camera's receiver is sent smaller pictures first, and fewer of them only when the smallest are
 * still too much. A screen's is sent fewer pictures first, and then smaller ones. */
static void test_spatial_layers(void **state)
{
    static const struct {
        int line_kbps;
        struct {
            const char *way, *sent;
        } want[2]; /* of a camera; of a screen */
    } rows[] = {
        {1300,
         {{"0:*.*", "0.0 1.0 2.0 0.2 1.2 2.2 0.1 1.1 2.1"},
          {"0:*.*", "0.0 1.0 2.0 0.2 1.2 2.2 0.1 1.1 2.1"}}},
        {1100, {{"0:1.*", "0.0 1.0 0.2 1.2 0.1 1.1"}, {"0:2.1", "0.0 1.0 2.0 0.1 1.1 2.1"}}},
        {800, {{"0:1.*", "0.0 1.0 0.2 1.2 0.1 1.1"}, {"0:2.0", "0.0 1.0 2.0"}}},
        {450, {{"0:1.*", "0.0 1.0 0.2 1.2 0.1 1.1"}, {"0:1.0", "0.0 1.0"}}},
        {300, {{"0:0.*", "0.0 0.2 0.1"}, {"0:1.0", "0.0 1.0"}}},
        {150, {{"0:0.*", "0.0 0.2 0.1"}, {"0:0.0", "0.0"}}},
        {110, {{"0:0.1", "0.0 0.1"}, {"0:0.0", "0.0"}}},
        {80, {{"0:0.0", "0.0"}, {"0:0.0", "0.0"}}},
    };
    static const char *const names[] = {"camera", "screen"};

    (void)state;
    for (unsigned kind = 0; kind < LENGTH(names); kind++) {
        uint16_t seq = 0;

        open_video(CODEC_VP9, 1, &three_by_three, kind == 1);
        for (size_t i = 0; i < LENGTH(rows); i++) {
            const char *sent;

            narrow_to(rows[i].line_kbps);
            assert_way(names[kind], rows[i].line_kbps, rows[i].want[kind].way);
            sent = push_pictures(&seq);
            if (strcmp(sent, rows[i].want[kind].sent) != 0)
                fail_msg("%s, %d kbit/s: %s", names[kind], rows[i].line_kbps, sent);
        }
        keep_estimated(3000 * KBIT, 20);
        assert_way(names[kind], 3000, "0:*.*");
        close_downlink();
    }
}

/* ---- rids ---- */

/* Three temporal layers each. A camera goes down to a lower rid before there are fewer pictures,
 * and of the lowest there are fewer last. A screen has fewer pictures before it is a lower rid. */
static void test_rids_with_temporal_layers(void **state)
{
    static const struct measured rids[] = {
        {.kbps = {{750, 1100, 1500}}}, {.kbps = {{250, 375, 500}}}, {.kbps = {{75, 110, 150}}}};
    static const struct {
        int line_kbps;
        const char *want[2]; /* of a camera; of a screen */
    } rows[] = {
        {1700, {"0:*.*", "0:*.*"}}, {1300, {"1:*.*", "0:0.1"}}, {900, {"1:*.*", "0:0.0"}},
        {600, {"1:*.*", "1:*.*"}},  {450, {"2:*.*", "1:0.1"}},  {300, {"2:*.*", "1:0.0"}},
        {200, {"2:*.*", "2:*.*"}},  {130, {"2:0.1", "2:0.1"}},  {90, {"2:0.0", "2:0.0"}},
        {50, {"-", "-"}},
    };
    static const char *const names[] = {"camera", "screen"};
    static const char *const all[] = {"2:0.0=75 2:0.1=110 2:*.*=150 1:*.*=500 0:*.*=1500",
                                      "2:0.0=75 2:0.1=110 2:*.*=150 1:0.0=250 1:0.1=375 1:*.*=500 "
                                      "0:0.0=750 0:0.1=1100 0:*.*=1500"};

    (void)state;
    for (unsigned kind = 0; kind < LENGTH(names); kind++) {
        open_video(CODEC_VP8, LENGTH(rids), rids, kind == 1);
        for (size_t i = 0; i < LENGTH(rows); i++) {
            narrow_to(rows[i].line_kbps);
            assert_string_equal(all[kind], ways());
            assert_way(names[kind], rows[i].line_kbps, rows[i].want[kind]);
            for (uint8_t rid = 0; rid < LENGTH(rids); rid++)
                push(rid, (uint16_t)(1 + i));
            if (!video()->choice.is_paused)
                assert_int_equal(target.rids[video()->choice.rid].track_id, video()->flowing);
        }
        keep_estimated(3000 * KBIT, 20);
        assert_way(names[kind], 3000, "0:*.*");
        close_downlink();
    }
}

/* What was asked for and all behind it; while none of those is sent, the next one before it. */
static void test_rid_that_was_asked_for(void **state)
{
    static const struct {
        const char *name;
        int kbps[3]; /* less than 0: known, and not sent */
        uint8_t rid;
        const char *ways;
    } rows[] = {
        {"the best", {1500, 500, 150}, 0, "2:*.*=150 1:*.*=500 0:*.*=1500"},
        {"the middle one", {1500, 500, 150}, 1, "2:*.*=150 1:*.*=500"},
        {"the lowest", {1500, 500, 150}, 2, "2:*.*=150"},
        {"the lowest, which is not sent", {1500, 500, 0}, 2, "1:*.*=500"},
        {"the lowest, and only the best is sent", {1500, 0, 0}, 2, "0:*.*=1500"},
        {"the middle one, of which and behind which none is sent", {1500, 0, 0}, 1, "0:*.*=1500"},
        {"the middle one, behind which one is sent", {1500, 0, 150}, 1, "2:*.*=150"},
        {"the lowest, which is known, as is the middle one",
         {1500, -500, -150},
         2,
         "2:*.*=150 0:*.*=1500"},
        {"the middle one, where all are known and none is sent",
         {-1500, -500, -150},
         1,
         "2:*.*=150 1:*.*=500"},
        {"any, of which none is sent", {0, 0, 0}, 1, ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct measured rids[LENGTH(rows[0].kbps)] = {0};
        const char *found;

        for (unsigned rid = 0; rid < LENGTH(rids); rid++) {
            rids[rid].kbps[0][0] = rows[i].kbps[rid] > 0 ? rows[i].kbps[rid] : 0;
            rids[rid].known_kbps = abs(rows[i].kbps[rid]);
        }
        target.rid = rows[i].rid;
        open_video(CODEC_VP8, LENGTH(rids), rids, false);
        found = ways();
        target.rid = 0;
        close_downlink();
        if (strcmp(found, rows[i].ways) != 0)
            fail_msg("%s: %s", rows[i].name, found);
    }
}

/* One that its publisher does not send, and for which there is room as it was sent last, or which
 * it never sent, is woken; meanwhile what is below it flows. */
static void test_rid_that_is_woken(void **state)
{
    enum { NONE = -1 };
    static const struct {
        const char *name;
        struct measured best;
        int line_kbps;
        const char *way;
        int wakes;
        struct measured middle; /* without a rate: 500 kbit/s come */
    } rows[] = {
        {"sent", {.kbps = {{1500}}}, 2000, "0:*.*", NONE},
        {"not sent, and fits", {.known_kbps = 1500}, 2000, "1:*.*", 0},
        {"not sent, and does not fit", {.known_kbps = 1500}, 1200, "1:*.*", NONE},
        {"not sent, nor does the middle one fit", {.known_kbps = 1500}, 200, "2:*.*", NONE},
        {"never sent", {.known_kbps = 0}, 2000, "1:*.*", 0},
        {"never sent, and the middle one does not fit", {.known_kbps = 0}, 200, "2:*.*", NONE},
        {"never sent, and not carried", {.rid_state = RID_IS_BROKEN}, 2000, "1:*.*", NONE},
        {"never sent, above one that is not carried",
         {.known_kbps = 0},
         2000,
         "2:*.*",
         NONE,
         {.known_kbps = 500, .rid_state = RID_IS_BROKEN}},
        {"not received by anybody, and what still comes of it",
         {.kbps = {{50}}, .known_kbps = 1500, .rid_state = RID_IS_IDLE},
         2000,
         "1:*.*",
         0},
        {"not carried by its publisher's line",
         {.known_kbps = 1500, .rid_state = RID_IS_BROKEN},
         2000,
         "1:*.*",
         NONE},
        {"fits if it is made smaller",
         {.known_kbps = 1500, .rid_state = RID_CAN_SHRINK},
         1200,
         "1:*.*",
         0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct measured rids[] = {rows[i].best, {.kbps = {{300, 500}}}, {.kbps = {{75, 110, 150}}}};
        const struct subscription *next;

        if (rows[i].middle.known_kbps)
            rids[1] = rows[i].middle;
        open_video(CODEC_VP8, LENGTH(rids), rids, false);
        for (uint8_t rid = 1; rid < LENGTH(rids); rid++)
            push(rid, 1);
        keep_estimated((int64_t)rows[i].line_kbps * KBIT, 6);
        push(video()->choice.rid, 2);
        keep_estimated((int64_t)rows[i].line_kbps * KBIT, 1);
        assert_way(rows[i].name, rows[i].line_kbps, rows[i].way);
        if (video()->choice.wakes != rows[i].wakes)
            fail_msg("%s: wakes %d, of %s", rows[i].name, video()->choice.wakes, ways());
        next = video()->next;
        assert_ptr_equal(next->track, rows[i].wakes == NONE ? NULL : sources[0]);
        assert_int_equal(rows[i].wakes != NONE || video()->choice.rid == 0,
                         track_is_received(sources[0]));
        close_downlink();
    }
}

/* A rid with few pictures, as its publisher's line carries no more of it, is left for what is sent
 * below after a second, and flows again once there are many. A screen's pictures may be few. */
static void test_rid_of_few_pictures(void **state)
{
    static const struct {
        int pictures;
        const char *want[2]; /* of a camera; of a screen */
    } rows[] = {
        {30, {"0:*.*", "0:*.*"}}, {15, {"0:*.*", "0:*.*"}}, {14, {"2:*.*", "0:*.*"}},
        {19, {"2:*.*", "0:*.*"}}, {20, {"0:*.*", "0:*.*"}},
    };
    static const char *const names[] = {"camera", "screen"};

    (void)state;
    for (unsigned kind = 0; kind < LENGTH(names); kind++) {
        struct measured rids[] = {{.kbps = {{1500}}, .pictures = 30},
                                  {.known_kbps = 500},
                                  {.kbps = {{150}}, .pictures = 30}};

        open_video(CODEC_VP8, LENGTH(rids), rids, kind == 1);
        keep_estimated(3000 * KBIT, 6);
        for (uint16_t i = 0; i < LENGTH(rows); i++) {
            const char *before = i ? rows[i - 1].want[kind] : "0:*.*";

            rids[0].pictures = rows[i].pictures;
            measure(0, &rids[0]);
            keep_estimated(3000 * KBIT, 1);
            if (strcmp(before, "0:*.*") == 0)
                assert_way(names[kind], rows[i].pictures, before);
            for (uint16_t second = 0; second < 3; second++) {
                push(0, (uint16_t)(10 * i + second + 1));
                push(2, (uint16_t)(10 * i + second + 1));
                keep_estimated(3000 * KBIT, 1);
            }
            assert_way(names[kind], rows[i].pictures, rows[i].want[kind]);
        }
        close_downlink();
    }
}

/* Only if its picture is shown larger than what there is. */
static void test_rid_that_is_not_needed(void **state)
{
    static const struct measured rids[] = {{.known_kbps = 0}, {.kbps = {{500}}}};

    (void)state;
    for (wish.height = 360; wish.height <= 720; wish.height += 360) {
        open_video(CODEC_VP8, LENGTH(rids), rids, false);
        stats_store(&published->tracks[1].height, 360);
        push(1, 1);
        keep_estimated(2000 * KBIT, 6);
        assert_int_equal(wish.height > 360 ? 0 : -1, video()->choice.wakes);
        close_downlink();
    }
    wish.height = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spatial_layers),
        cmocka_unit_test(test_rids_with_temporal_layers),
        cmocka_unit_test(test_rid_that_was_asked_for),
        cmocka_unit_test(test_rid_that_is_woken),
        cmocka_unit_test(test_rid_that_is_not_needed),
        cmocka_unit_test(test_rid_of_few_pictures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
