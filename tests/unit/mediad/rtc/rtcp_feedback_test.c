/* What a receiver says it lacks, by what it asks for: packets again, or a keyframe instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mediad/rtc/down_repair.h"
#include "mediad/rtc/rtcp_feedback.h"
#include "tests/unit/mediad/rtc/test_transport.h"
#include "tests/unit/mediad/rtc/test_workers.h"

enum { VIDEO, SOUND, N_TRACKS };
enum { VIDEO_SSRC = 1000, SOUND_SSRC = 1001, RECEIVER_SSRC = 1 };
/* Of each track, before its receiver asks for any of them. */
enum { N_SENT = 60 };

static struct test_workers room;
static struct test_publisher publisher;
static struct track *tracks[N_TRACKS];
static struct peer_transport transport;
static struct connection_stats *stats;
static struct down_connection *down;

static struct worker *worker(void)
{
    return &room.workers[0];
}

static void describe(void)
{
    struct down_target targets[N_TRACKS] = {
        {.section = 0, .codec = CODEC_VP8, .rids = {{1, 0}}, .ssrc = VIDEO_SSRC, .mid = "0"},
        {.section = 1, .codec = CODEC_OPUS, .rids = {{2, 1}}, .ssrc = SOUND_SSRC, .mid = "1"},
    };
    struct connection_update u = {.has_down = true, .down_targets = targets, .n_down = N_TRACKS};

    for (unsigned i = 0; i < N_TRACKS; i++) {
        targets[i].n_rids = 1;
        targets[i].route.pt = (uint8_t)(96 + i);
    }
    assert_int_equal(0, down_connection_update(down, &u));
    down_connection_flow(down);
}

static void send_packets(void)
{
    for (uint16_t seq = 1; seq <= N_SENT; seq++) {
        for (unsigned i = 0; i < N_TRACKS; i++) {
            track_push(tracks[i], test_packet(worker(), seq, seq == 1));
            track_flush(tracks[i]);
        }
        test_workers_pass(&room, 10000);
        worker()->batch.n = 0;
        worker()->batch.n_jobs = 0;
    }
}

static int open_room(void **state)
{
    static const struct down_connection_events events;

    (void)state;
    if (test_transport_keys(&transport, NULL) < 0)
        return -1;
    test_workers_init(&room, 1);
    test_transport_attach(&transport, worker());
    publisher = (struct test_publisher){0};
    tracks[VIDEO] = track_new(worker(), 1, 0, CODEC_VP8, &test_publisher_ops, &publisher);
    tracks[SOUND] = track_new(worker(), 2, 0, CODEC_OPUS, &test_publisher_ops, &publisher);
    stats = connection_stats_new();
    down = down_connection_new(stats);
    if (!tracks[VIDEO] || !tracks[SOUND] || !stats || !down)
        return -1;
    down_connection_start(down, &transport, &events, NULL);
    describe();
    send_packets();
    return 0;
}

static int close_room(void **state)
{
    (void)state;
    down_connection_free(down);
    connection_stats_unref(stats);
    track_free(tracks[VIDEO]);
    track_free(tracks[SOUND]);
    secure_rtp_release(&transport.rtp);
    test_workers_release(&room);
    return 0;
}

static uint64_t n_repeated(void)
{
    return atomic_load(&worker()->counts[COUNT_RTP_REPEATED]);
}

/* The receiver asks for the last ones of a track. */
static void ask_again(unsigned track, uint16_t n)
{
    const struct down_track *t = down->tracks[track];
    uint16_t seqs[N_SENT];
    uint8_t datagram[512];
    struct writer w = writer_init(datagram, sizeof datagram);

    assert_true(n <= N_SENT);
    for (uint16_t i = 0; i < n; i++)
        seqs[i] = (uint16_t)(t->map.next_out - n + i);
    rtcp_write_rr(&w, RECEIVER_SSRC, NULL, 0);
    rtcp_write_nack(&w, RECEIVER_SSRC, t->sender.ssrc, seqs, n);
    assert_false(w.bad);
    rtcp_feedback_down(down, span_of(datagram, w.len));
}

/* After an interruption Chromium 156 and Firefox ESR 153 ask for each packet of the hole (569 of
 * them, a hundred times each), and say after three seconds that they need a keyframe. They get it
 * at once, and nothing of the hole; sound has no keyframes. */
static void test_how_much_is_lost(void **state)
{
    static const struct {
        const char *name;
        unsigned track;
        uint16_t n; /* numbers that it asks for */
        bool is_congested;
        unsigned n_repeated, n_keyframes;
        bool is_least;    /* the lowest of two rids flows */
        unsigned n_later; /* keyframes, when there is room */
    } rows[] = {
        {"a packet", VIDEO, 1, false, 1, 0, false, 0},
        {"48 at once", VIDEO, 48, false, 48, 0, false, 0},
        {"49 are an interruption", VIDEO, 49, false, 0, 1, false, 0},
        {"while more is sent than its line carries", VIDEO, 1, true, 0, 0, false, 1},
        {"then of the least that there is", VIDEO, 1, true, 1, 0, true, 0},
        {"49 of that", VIDEO, 49, true, 0, 0, true, 1},
        {"49 of sound", SOUND, 49, false, 49, 0, false, 0},
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_int_equal(0, open_room(state));
        unsigned before = publisher.n_keyframes;

        struct down_track *t = down->tracks[VIDEO];

        t->is_congested = rows[i].is_congested;
        if (rows[i].is_least) {
            t->target.n_rids = 2;
            t->target.rids[1] = t->target.rids[0];
            t->target.rids[0].track_id = UINT64_MAX;
            t->choice.rid = 1;
        }
        ask_again(rows[i].track, rows[i].n);
        if (n_repeated() != rows[i].n_repeated ||
            publisher.n_keyframes - before != rows[i].n_keyframes)
            fail_msg("%s: %u repeats, %u keyframes", rows[i].name, (unsigned)n_repeated(),
                     publisher.n_keyframes - before);
        /* the one that waits for room */
        t->is_congested = false;
        down_repair_relax(t);
        assert_int_equal(rows[i].n_keyframes + rows[i].n_later, publisher.n_keyframes - before);
        close_room(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_how_much_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
