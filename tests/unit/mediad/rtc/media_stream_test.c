/* What is known of a connection's path and quality, from what its worker writes down. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_named_relay_is_told_from_other_addresses),
        cmocka_unit_test(test_of_many_relays_the_last_are_known),
        cmocka_unit_test(test_streams_add_up_and_the_worst_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
