/* What is known of a connection's path and quality, from what its worker writes down. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/media_stream.h"
#include "mediad/rtc/net_address.h"

static const char relay[] =
    "candidate:3 1 udp 8191 192.0.2.7 49170 typ relay raddr 0.0.0.0 rport 0";
static const char host[] = "candidate:1 1 udp 2122260223 192.0.2.9 40000 typ host";

static struct net_address address(const char *text, uint16_t port)
{
    struct net_address a;

    assert_true(net_address_parse(&a, text));
    a.port = port;
    return a;
}

static enum stream_path path_by(struct media_stream *s, const struct net_address *remote)
{
    struct stream_quality q = {0};

    atomic_store(&s->stats->remote, net_address_fingerprint(remote));
    media_stream_quality(s, &q);
    return q.path;
}

static void test_a_named_relay_is_told_from_other_addresses(void **state)
{
    struct media_stream s = {.stats = connection_stats_new()};
    struct net_address at = address("192.0.2.7", 49170), none = {0};

    (void)state;
    assert_int_equal(path_by(&s, &none), STREAM_PATH_NONE);
    assert_int_equal(path_by(&s, &at), STREAM_PATH_UDP);
    assert_int_equal(media_stream_candidate(&s, span_str(host), NULL), 0);
    assert_int_equal(media_stream_candidate(&s, span_str(relay), NULL), 0);
    assert_int_equal(path_by(&s, &at), STREAM_PATH_RELAY);
    at = address("192.0.2.7", 49171);
    assert_int_equal(path_by(&s, &at), STREAM_PATH_UDP);
    at = address("192.0.2.9", 40000);
    assert_int_equal(path_by(&s, &at), STREAM_PATH_UDP);
    at.protocol = TRANSPORT_TCP;
    assert_int_equal(path_by(&s, &at), STREAM_PATH_TCP);
    connection_stats_unref(s.stats);
}

static void test_of_many_relays_the_last_are_known(void **state)
{
    struct media_stream s = {.stats = connection_stats_new()};
    struct net_address at;

    (void)state;
    for (unsigned port = 1000; port <= 1000 + MEDIA_STREAM_RELAYS; port++) {
        struct buf line = {0};

        buf_printf(&line, "candidate:3 1 udp 8191 2001:db8::1 %u typ relay raddr :: rport 0", port);
        assert_int_equal(media_stream_candidate(&s, buf_span(&line), NULL), 0);
        buf_release(&line);
    }
    at = address("2001:db8::1", 1000);
    assert_int_equal(path_by(&s, &at), STREAM_PATH_UDP);
    at.port = 1001;
    assert_int_equal(path_by(&s, &at), STREAM_PATH_RELAY);
    connection_stats_unref(s.stats);
}

static void test_streams_add_up_and_the_worst_counts(void **state)
{
    struct media_stream s = {.stats = connection_stats_new()};
    struct stream_quality q = {.loss_ppm = 30000};
    struct track_stats *track = &s.stats->tracks[0];

    (void)state;
    atomic_store(&s.stats->n_tracks, 1);
    atomic_store(&s.stats->max_bitrate_bps, 300000);
    atomic_store(&track->bitrate_bps, 50000);
    atomic_store(&track->loss_ppm, 20000);
    atomic_store(&track->rtt_us, 40000);
    atomic_store(&track->jitter_us, 7000);
    atomic_store(&track->reason, ALLOCATE_BANDWIDTH);
    atomic_store(&track->layer, -1);
    media_stream_quality(&s, &q);
    atomic_store(&track->layer, 1);
    atomic_store(&track->reason, ALLOCATE_UNWANTED);
    media_stream_quality(&s, &q);
    assert_int_equal(q.bps, 100000);
    assert_int_equal(q.loss_ppm, 30000);
    assert_int_equal(q.rtt_us, 40000);
    assert_int_equal(q.jitter_us, 7000);
    assert_int_equal(q.line_bps, 300000);
    assert_int_equal(q.n_paused, 1);
    assert_int_equal(q.n_reduced, 0);
    connection_stats_unref(s.stats);
}

static struct json_object *track_at(struct json_object *stats, size_t i)
{
    return json_object_array_get_idx(json_object_object_get(stats, "tracks"), i);
}

/* As statistics show it; of sound nothing of that is there. */
static void test_what_becomes_of_a_published_video(void **state)
{
    static const struct {
        const char *name;
        int32_t is_received, bitrate_bps, rid_state, told_bps;
        const char *state;
    } rows[] = {
        {"as it is", 1, 900000, RID_CAN_SHRINK, 2500000, "sent"},
        {"made smaller", 1, 300000, RID_CAN_SHRINK | RID_IS_SHRUNK, 350000, "shrunk"},
        {"no receiver", 0, 900000, 0, 115200, "unwanted"},
        {"no room", 1, 0, RID_IS_IDLE, 0, "unwanted"},
        {"lost on the way", 0, 900000, RID_IS_BROKEN | RID_IS_IDLE, 0, "broken"},
        {"nothing comes", 1, 0, RID_IS_SHRUNK, 150000, "silent"},
        {"no word of rates", 1, 900000, 0, -1, "sent"},
    };
    struct media_stream s = {.stats = connection_stats_new(), .is_up = true};
    struct track_stats *video = &s.stats->tracks[1];

    (void)state;
    atomic_store(&s.stats->n_tracks, 2);
    atomic_store(&s.stats->tracks[0].kind, TRACK_AUDIO);
    atomic_store(&video->kind, TRACK_VIDEO);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *stats, *target = NULL;
        const char *word;

        atomic_store(&video->is_received, rows[i].is_received);
        atomic_store(&video->bitrate_bps, rows[i].bitrate_bps);
        atomic_store(&video->rid_state, rows[i].rid_state);
        atomic_store(&video->told_bps, rows[i].told_bps);
        stats = media_stream_stats(&s);
        word = json_object_get_string(json_object_object_get(track_at(stats, 1), "state"));
        if (!word || strcmp(word, rows[i].state) != 0)
            fail_msg("%s: %s", rows[i].name, word ? word : "nothing");
        assert_int_equal(json_object_object_get_ex(track_at(stats, 1), "target", &target),
                         rows[i].told_bps >= 0);
        if (target)
            assert_int_equal(json_object_get_int64(target), rows[i].told_bps);
        assert_null(json_object_object_get(track_at(stats, 0), "state"));
        assert_null(json_object_object_get(track_at(stats, 0), "target"));
        json_object_put(stats);
    }
    connection_stats_unref(s.stats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_named_relay_is_told_from_other_addresses),
        cmocka_unit_test(test_of_many_relays_the_last_are_known),
        cmocka_unit_test(test_streams_add_up_and_the_worst_counts),
        cmocka_unit_test(test_what_becomes_of_a_published_video),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
