/*
 * The media plane end to end, over loopback: real sockets, real handshakes, two workers; the peers
 * are in test_peer.h. Nothing is replaced.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>

#include "mediad/rtc/media.h"
#include "test_peer.h"

#define DEADLINE_US (20 * US_PER_S)

enum { AUDIO_SSRC = 0x11111111, VIDEO_SSRC = 0x22222222, HIGH_SSRC = 0x33333333 };

struct counts {
    unsigned connected;
    unsigned failed;
    unsigned notices;
};

struct room {
    struct media *media;
    uint16_t port;
    struct up_stream *up;
    struct down_stream *down;
    struct counts up_counts, down_counts;
    struct test_peer publisher, receiver;
    uint16_t audio_seq, video_seq;
    uint32_t video_ts;
    uint16_t picture_id;
    size_t video_size; /* payload bytes of a packet */
};

/* ---- what a packet may not cost: allocations and locks on workers' threads ---- */

static atomic_bool is_counting;
static atomic_uint n_allocations, n_locks;
static pthread_t main_thread;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CAN_COUNT 1

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *old, size_t size);

static void count(atomic_uint *counter)
{
    if (atomic_load(&is_counting) && !pthread_equal(pthread_self(), main_thread))
        atomic_fetch_add(counter, 1);
}

void *malloc(size_t size)
{
    count(&n_allocations);
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    count(&n_allocations);
    return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    count(&n_allocations);
    return __libc_realloc(old, size);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    static _Atomic(int (*)(pthread_mutex_t *)) real;
    int (*lock)(pthread_mutex_t *) = atomic_load(&real);

    count(&n_locks);
    if (!lock) {
        *(void **)&lock = dlsym(RTLD_NEXT, "pthread_mutex_lock");
        atomic_store(&real, lock);
    }
    return lock(mutex);
}
#else
#define CAN_COUNT 0
#endif

/* ---- set-up ---- */

static void on_up_connected(void *user)
{
    ((struct room *)user)->up_counts.connected++;
}

static void on_up_failed(void *user)
{
    ((struct room *)user)->up_counts.failed++;
}

static void on_up_notice(void *user, const char *text)
{
    assert_true(strlen(text) > 0);
    ((struct room *)user)->up_counts.notices++;
}

static void on_down_connected(void *user)
{
    ((struct room *)user)->down_counts.connected++;
}

static void on_down_failed(void *user)
{
    ((struct room *)user)->down_counts.failed++;
}

static const struct media_events events = {
    .up_connected = on_up_connected,
    .up_failed = on_up_failed,
    .up_notice = on_up_notice,
    .down_connected = on_down_connected,
    .down_failed = on_down_failed,
};

static uint16_t free_udp_port(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof sa;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_int_equal(0, bind(fd, (struct sockaddr *)&sa, sizeof sa));
    assert_int_equal(0, getsockname(fd, (struct sockaddr *)&sa, &len));
    close(fd);
    return ntohs(sa.sin_port);
}

static void run(struct room *r)
{
    struct pollfd fds[] = {{media_event_fd(r->media), POLLIN, 0},
                           {r->publisher.fd, POLLIN, 0},
                           {r->receiver.fd, POLLIN, 0}};

    (void)poll(fds, 3, 5);
    media_dispatch(r->media);
    test_peer_run(&r->publisher);
    test_peer_run(&r->receiver);
}

#define RUN_UNTIL(room, condition)                                                                 \
    do {                                                                                           \
        int64_t until_us = now_monotonic_us() + DEADLINE_US;                                       \
        while (!(condition) && now_monotonic_us() < until_us)                                      \
            run(room);                                                                             \
        assert_true(condition);                                                                    \
    } while (0)

static void offer(struct room *r, const struct track_selection *tracks, size_t n, bool is_restart)
{
    struct buf sdp = {0}, answer = {0};
    struct error e = {0};

    if (down_stream_offer(r->down, tracks, n, is_restart, &sdp, &e) < 0)
        fail_msg("offer: %s %s", e.place, e.text);
    test_peer_answer(&r->receiver, buf_span(&sdp), &answer);
    if (down_stream_answer(r->down, buf_span(&answer), &e) < 0)
        fail_msg("answer: %s %s", e.place, e.text);
    buf_release(&sdp);
    buf_release(&answer);
}

static void publish(struct room *r, bool is_simulcast)
{
    struct buf sdp = {0}, answer = {0};
    struct error e = {0};

    test_peer_offer(&r->publisher, &sdp, AUDIO_SSRC, VIDEO_SSRC, is_simulcast);
    if (up_stream_offer(r->up, buf_span(&sdp), &answer, &e) < 0)
        fail_msg("up offer: %s %s", e.place, e.text);
    test_peer_take_answer(&r->publisher, buf_span(&answer));
    buf_release(&sdp);
    buf_release(&answer);
}

static void room_init(struct room *r, bool is_crossing)
{
    static const char *const codecs[] = {"vp8", "opus", NULL};
    struct stream_names names = {"lecture", "anna", "stream"};
    struct media_config config = {.n_workers = 2, .listen = "127.0.0.1"};
    struct error e = {0};

    memset(r, 0, sizeof *r);
    r->port = config.udp_port = free_udp_port();
    if (media_new(&r->media, &config, &events, &e) < 0)
        fail_msg("media: %s", e.text);
    test_peer_init(&r->publisher, r->port);
    test_peer_init(&r->receiver, r->port);
    assert_int_equal(0, up_stream_new(&r->up, r->media, &names, codecs, r));
    /* another group has its home on the other, less loaded worker */
    names.group = is_crossing ? "overflow" : "lecture";
    names.client = "bert";
    assert_int_equal(0, down_stream_new(&r->down, r->media, r->up, &names, "camera", r));
    r->audio_seq = 65500;
    r->video_seq = 65000;
    r->video_ts = 4294960000u;
    r->picture_id = 32760;
    r->video_size = 1000;
}

static void room_release(struct room *r)
{
    down_stream_free(r->down);
    up_stream_free(r->up);
    media_free(r->media);
    test_peer_release(&r->publisher);
    test_peer_release(&r->receiver);
}

static void send_video(struct room *r, uint32_t ssrc, const char *rid, bool is_start,
                       bool is_keyframe, bool is_end)
{
    uint8_t payload[1000];
    struct test_rtp h = {.pt = TEST_VIDEO_PT,
                         .seq = r->video_seq++,
                         .rtp_ts = r->video_ts,
                         .ssrc = ssrc,
                         .marker = is_end,
                         .mid = rid ? "1" : NULL,
                         .rid = rid};

    test_vp8(payload, is_start, is_keyframe, r->picture_id & 0x7fff, r->video_size);
    test_peer_send_rtp(&r->publisher, &h, payload, r->video_size);
    if (!is_end)
        return;
    r->video_ts += 3000;
    r->picture_id++;
}

static void send_audio(struct room *r)
{
    uint8_t payload[80];
    struct test_rtp h = {.pt = TEST_AUDIO_PT, .seq = r->audio_seq, .ssrc = AUDIO_SSRC};

    memset(payload, (uint8_t)r->audio_seq, sizeof payload);
    h.rtp_ts = r->audio_seq++ * 960u;
    test_peer_send_rtp(&r->publisher, &h, payload, sizeof payload);
}

static const struct track_selection both[] = {{.track = 0}, {.track = 1}};

static void connect_both(struct room *r)
{
    publish(r, false);
    RUN_UNTIL(r, r->up_counts.connected && r->publisher.is_up);
    offer(r, both, 2, false);
    RUN_UNTIL(r, r->down_counts.connected && r->receiver.is_up);
}

static int64_t stat(struct room *r, const char *metric, const char *label)
{
    struct json_object *all = media_stats(r->media), *value = NULL;
    int64_t result = -1;

    if (json_object_object_get_ex(all, metric, &value) &&
        (!label || json_object_object_get_ex(value, label, &value)))
        result = json_object_get_int64(value);
    json_object_put(all);
    return result;
}

/* ---- tests ---- */

static void check_stream(bool is_crossing)
{
    struct room r;

    room_init(&r, is_crossing);
    connect_both(&r);
    /* a receiver that starts has the publisher asked for a keyframe */
    RUN_UNTIL(&r, r.publisher.n_plis > 0);
    for (unsigned i = 0; i < 200; i++) {
        send_video(&r, VIDEO_SSRC, NULL, true, i == 0, false);
        send_video(&r, VIDEO_SSRC, NULL, false, false, true);
        send_audio(&r);
        run(&r);
    }
    RUN_UNTIL(&r, r.receiver.n_packets >= 600);
    /* each stream arrives whole, in order, renumbered, from one SSRC and starting with the keyframe
     */
    uint16_t next[128] = {0};
    bool has_next[128] = {false};
    unsigned n_video = 0;

    for (size_t i = 0; i < r.receiver.n_packets; i++) {
        const struct test_packet *p = &r.receiver.packets[i];
        const uint8_t *payload = p->data + p->header.payload_at;
        uint8_t pt = p->header.pt;

        if (has_next[pt])
            assert_int_equal(next[pt], p->header.seq);
        else
            assert_true(p->header.seq < 0x8000);
        has_next[pt] = true;
        next[pt] = (uint16_t)(p->header.seq + 1);
        if (pt == TEST_VIDEO_PT) {
            if (n_video++ == 0)
                assert_int_equal(0, payload[4] & 1);
            assert_int_equal(1000, p->header.payload_len);
            assert_int_equal(n_video % 2 == 0, p->header.marker);
            assert_int_not_equal(VIDEO_SSRC, p->header.ssrc);
        } else {
            assert_int_equal(TEST_AUDIO_PT, pt);
            assert_int_equal(80, p->header.payload_len);
        }
    }
    assert_int_equal(400, n_video);
    if (is_crossing)
        assert_true(stat(&r, "worker_crossings_total", "packet") >= 600);
    else
        assert_int_equal(0, stat(&r, "worker_crossings_total", "packet"));
    room_release(&r);
}

static void test_same_worker(void **state)
{
    (void)state;
    check_stream(false);
}

static void test_other_worker(void **state)
{
    (void)state;
    check_stream(true);
}

static void test_receiver_nack(void **state)
{
    struct room r;
    uint8_t out[256];

    (void)state;
    room_init(&r, true);
    connect_both(&r);
    for (unsigned i = 0; i < 10; i++)
        send_video(&r, VIDEO_SSRC, NULL, true, i == 0, true);
    RUN_UNTIL(&r, r.receiver.n_packets >= 10);
    const struct test_packet *lost = &r.receiver.packets[5];
    uint16_t seq = lost->header.seq;
    struct writer w = writer_init(out, sizeof out - SECURE_RTP_TRAILER_MAX);

    rtcp_write_rr(&w, 1, NULL, 0);
    rtcp_write_nack(&w, 1, lost->header.ssrc, &seq, 1);
    test_peer_send_rtcp(&r.receiver, &w, sizeof out);
    RUN_UNTIL(&r, r.receiver.n_packets >= 11);
    const struct test_packet *rtx = &r.receiver.packets[10];
    const uint8_t *payload = rtx->data + rtx->header.payload_at;

    assert_int_equal(TEST_RTX_PT, rtx->header.pt);
    assert_int_not_equal(lost->header.ssrc, rtx->header.ssrc);
    assert_int_equal(lost->header.rtp_ts, rtx->header.rtp_ts);
    assert_int_equal(seq, payload[0] << 8 | payload[1]);
    assert_memory_equal(lost->data + lost->header.payload_at, payload + 2,
                        lost->header.payload_len);
    assert_int_equal(1, stat(&r, "rtp_retransmitted_total", NULL));
    room_release(&r);
}

static void test_publisher_loss(void **state)
{
    struct room r;

    (void)state;
    room_init(&r, false);
    connect_both(&r);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    uint16_t lost = r.video_seq++;

    for (unsigned i = 0; i < 4; i++)
        send_video(&r, VIDEO_SSRC, NULL, true, false, true);
    RUN_UNTIL(&r, r.publisher.n_nacks > 0);
    assert_int_equal(lost, r.publisher.nacked_seq);
    /* repaired by RTX: the receiver's gap is filled under the number that was left open */
    uint8_t payload[102] = {lost >> 8, (uint8_t)lost};
    struct test_rtp h = {.pt = TEST_RTX_PT, .seq = 7, .rtp_ts = 1, .ssrc = VIDEO_SSRC + 1};

    test_vp8(payload + 2, true, false, 5, 100);
    test_peer_send_rtp(&r.publisher, &h, payload, sizeof payload);
    RUN_UNTIL(&r, r.receiver.n_packets >= 6);
    assert_int_equal((uint16_t)(r.receiver.packets[0].header.seq + 1),
                     r.receiver.packets[5].header.seq);
    assert_int_equal(100, r.receiver.packets[5].header.payload_len);
    assert_int_equal(TEST_VIDEO_PT, r.receiver.packets[5].header.pt);
    room_release(&r);
}

static void test_joiner_gets_cached_keyframe(void **state)
{
    struct room r;

    (void)state;
    room_init(&r, true);
    publish(&r, false);
    RUN_UNTIL(&r, r.up_counts.connected && r.publisher.is_up);
    for (unsigned i = 0; i < 20; i++)
        send_video(&r, VIDEO_SSRC, NULL, true, i == 5, true);
    RUN_UNTIL(&r, stat(&r, "rtp_packets_total", "in") >= 20);
    offer(&r, both, 2, false);
    /* nothing more is sent: what comes is the cache from the keyframe on */
    RUN_UNTIL(&r, r.receiver.n_packets >= 15);
    assert_int_equal(0,
                     r.receiver.packets[0].data[r.receiver.packets[0].header.payload_at + 4] & 1);
    assert_int_equal(0, r.publisher.n_plis);
    room_release(&r);
}

static void send_sender_report(struct room *r)
{
    uint8_t out[256];
    struct writer w = writer_init(out, sizeof out - SECURE_RTP_TRAILER_MAX);

    rtcp_write_sr(&w, VIDEO_SSRC, rtcp_ntp(now_realtime_us()), r->video_ts, 1, 1);
    rtcp_write_sdes(&w, VIDEO_SSRC, span_str("publisher-cname"));
    test_peer_send_rtcp(&r->publisher, &w, sizeof out);
}

static size_t n_tracks_in(struct json_object *stats)
{
    struct json_object *tracks = NULL;

    assert_true(json_object_object_get_ex(stats, "tracks", &tracks));
    size_t n = json_object_array_length(tracks);

    json_object_put(stats);
    return n;
}

static void test_reports(void **state)
{
    struct room r;

    (void)state;
    room_init(&r, true);
    connect_both(&r);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0);
    assert_int_equal(0, r.receiver.n_srs);
    send_sender_report(&r);
    RUN_UNTIL(&r, r.receiver.n_srs > 0 && strcmp(r.receiver.cname, "publisher-cname") == 0);
    RUN_UNTIL(&r, r.publisher.n_rembs > 0);
    assert_int_equal(2500000 / 1000, r.publisher.remb_bps / 1000);
    RUN_UNTIL(&r, n_tracks_in(down_stream_stats(r.down)) == 2);
    RUN_UNTIL(&r, n_tracks_in(up_stream_stats(r.up)) == 2);
    room_release(&r);
}

static void test_simulcast_switch(void **state)
{
    static const struct track_selection high[] = {{.track = 1}}, low[] = {{.track = 2}};
    const struct track_info *tracks;
    struct room r;

    (void)state;
    room_init(&r, true);
    publish(&r, true);
    assert_int_equal(3, up_stream_tracks(r.up, &tracks));
    assert_string_equal("h", tracks[1].rid);
    assert_string_equal("l", tracks[2].rid);
    RUN_UNTIL(&r, r.up_counts.connected && r.publisher.is_up);
    offer(&r, high, 1, false);
    RUN_UNTIL(&r, r.down_counts.connected && r.receiver.is_up);
    for (unsigned i = 0; i < 10; i++) {
        send_video(&r, HIGH_SSRC, "h", true, i == 0, true);
        run(&r);
    }
    RUN_UNTIL(&r, r.receiver.n_packets >= 10);
    uint32_t ssrc = r.receiver.packets[0].header.ssrc;
    uint16_t seq = r.receiver.packets[9].header.seq;

    offer(&r, low, 1, false);
    /* the old layer flows until the new one has a keyframe */
    send_video(&r, HIGH_SSRC, "h", true, false, true);
    RUN_UNTIL(&r, r.receiver.n_packets >= 11);
    r.video_seq = 100;
    r.video_ts = 1000;
    for (unsigned i = 0; i < 5; i++) {
        send_video(&r, HIGH_SSRC + 1, "l", true, i == 2, true);
        run(&r);
    }
    RUN_UNTIL(&r, r.receiver.n_packets >= 14);
    for (unsigned i = 10; i < 14; i++) {
        const struct rtp_header *h = &r.receiver.packets[i].header;

        assert_int_equal(ssrc, h->ssrc);
        assert_int_equal((uint16_t)(seq + i - 9), h->seq);
        assert_true(rtp_ts_diff(h->rtp_ts, r.receiver.packets[i - 1].header.rtp_ts) > 0);
    }
    assert_int_equal(0,
                     r.receiver.packets[11].data[r.receiver.packets[11].header.payload_at + 4] & 1);
    room_release(&r);
}

/* The kernel chooses the worker that receives, by the peer's port: try until it is not the owner.
 */
static void publish_across(struct room *r)
{
    for (unsigned i = 0; i < 64; i++) {
        publish(r, true);
        RUN_UNTIL(r, r->publisher.is_up);
        if (stat(r, "worker_crossings_total", "datagram") > 0)
            return;
        up_stream_free(r->up);
        test_peer_release(&r->publisher);
        test_peer_init(&r->publisher, r->port);
        static const char *const codecs[] = {"vp8", "opus", NULL};
        struct stream_names names = {"lecture", "anna", "stream"};

        assert_int_equal(0, up_stream_new(&r->up, r->media, &names, codecs, r));
    }
    fail_msg("all ports lead to one worker");
}

/* More packets than a worker has slots to spare are kept in the caches of another worker's tracks.
 */
static void test_full_caches_across_workers(void **state)
{
    struct room r;
    int64_t n = 0;

    (void)state;
    room_init(&r, false);
    publish_across(&r);
    r.video_size = 50;
    for (unsigned i = 0; i < 1200; i++) {
        send_video(&r, HIGH_SSRC, "h", true, i == 0, true);
        r.video_seq += 10000;
        send_video(&r, HIGH_SSRC + 1, "l", true, i == 0, true);
        r.video_seq -= 10001;
        send_audio(&r);
        n += 3;
        if (i % 32 == 0)
            run(&r);
    }
    RUN_UNTIL(&r, stat(&r, "rtp_packets_total", "in") >= n);
    assert_int_equal(0, stat(&r, "rtp_dropped_total", "slots"));
    assert_int_equal(0, stat(&r, "rtp_dropped_total", "duplicate"));
    room_release(&r);
}

static void test_restart(void **state)
{
    struct room r;

    (void)state;
    room_init(&r, false);
    connect_both(&r);
    offer(&r, both, 2, true);
    RUN_UNTIL(&r, r.receiver.is_checked);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0);
    snprintf(r.publisher.ufrag, sizeof r.publisher.ufrag, "anew");
    publish(&r, false);
    RUN_UNTIL(&r, r.publisher.is_checked);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 1);
    assert_int_equal(0, r.up_counts.failed + r.down_counts.failed);
    room_release(&r);
}

static void test_strangers(void **state)
{
    struct room r;
    struct test_peer stranger;
    uint8_t out[512];
    uint8_t in[64];

    (void)state;
    room_init(&r, false);
    connect_both(&r);
    test_peer_init(&stranger, r.port);
    /* RTP and DTLS from an address that proved nothing */
    memset(out, 0, sizeof out);
    out[0] = 0x80;
    test_peer_send(&stranger, out, 100);
    out[0] = 22;
    test_peer_send(&stranger, out, 100);
    /* a check with the right user name and a wrong password, and one without a user name */
    memcpy(stranger.remote_ufrag, r.publisher.remote_ufrag, sizeof stranger.remote_ufrag);
    snprintf(stranger.remote_pwd, sizeof stranger.remote_pwd, "not-the-password-at-all-1234");
    size_t len = test_peer_build_check(&stranger, out, sizeof out);

    test_peer_send(&stranger, out, len);
    test_peer_send(&stranger, out, 20);
    RUN_UNTIL(&r, stat(&r, "rtp_dropped_total", "address") >= 2 &&
                      stat(&r, "stun_total", "forged") >= 2);
    assert_true(recv(stranger.fd, in, sizeof in, 0) < 0); /* silence */
    /* the publisher's own address, but not protected with its keys */
    int64_t forged = stat(&r, "srtp_failures_total", "auth");

    memset(out, 0, sizeof out);
    out[0] = 0x80;
    out[1] = TEST_VIDEO_PT;
    test_peer_send(&r.publisher, out, 200);
    RUN_UNTIL(&r, stat(&r, "srtp_failures_total", "auth") == forged + 1);
    assert_int_equal(0, r.up_counts.failed);
    test_peer_release(&stranger);
    room_release(&r);
}

static void test_over_rate(void **state)
{
    struct room r;

    (void)state;
    room_init(&r, false);
    connect_both(&r);
    /* as fast as it goes, until the second's allowance is used up */
    int64_t end_us = now_monotonic_us() + DEADLINE_US;

    while (stat(&r, "rtp_dropped_total", "rate") == 0 && now_monotonic_us() < end_us) {
        for (unsigned i = 0; i < 500; i++)
            send_video(&r, VIDEO_SSRC, NULL, true, i == 0, true);
        run(&r);
    }
    assert_true(stat(&r, "rtp_dropped_total", "rate") > 0);
    RUN_UNTIL(&r, r.up_counts.notices > 0);
    room_release(&r);
}

static void test_port_in_use(void **state)
{
    struct room r;
    struct media *second = NULL;
    struct media_config config = {.n_workers = 1, .listen = "127.0.0.1"};
    struct error e = {0};

    (void)state;
    room_init(&r, false);
    config.udp_port = r.port;
    assert_int_equal(ERR_EXISTS, media_new(&second, &config, &events, &e));
    assert_null(second);
    assert_non_null(strstr(e.text, "in use"));
    room_release(&r);
}

static void test_up_stream_ends_first(void **state)
{
    struct room r;

    (void)state;
    room_init(&r, true);
    connect_both(&r);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0);
    up_stream_free(r.up);
    r.up = NULL;
    RUN_UNTIL(&r, stat(&r, "peer_connections", "all") == 1);
    offer(&r, NULL, 0, false);
    run(&r);
    room_release(&r);
}

static void test_no_allocation_no_lock(void **state)
{
    struct room r;

    (void)state;
    if (!CAN_COUNT)
        skip();
    room_init(&r, true);
    r.video_size = 100; /* below the sender's limit */
    connect_both(&r);
    send_sender_report(&r);
    for (unsigned i = 0; i < 1500; i++) {
        send_video(&r, VIDEO_SSRC, NULL, true, i == 0, true);
        if (i % 16 == 0)
            run(&r);
    }
    RUN_UNTIL(&r, r.receiver.n_received >= 1500);
    /* checks are answered by libnice and GnuTLS, which do allocate: none in this window */
    r.publisher.checks_paused = true;
    r.receiver.checks_paused = true;
    for (unsigned i = 0; i < 20; i++)
        run(&r);
    atomic_store(&is_counting, true);
    for (unsigned i = 0; i < 2000; i++) {
        send_video(&r, VIDEO_SSRC, NULL, true, false, true);
        if (i % 16 == 0)
            run(&r);
    }
    RUN_UNTIL(&r, r.receiver.n_received >= 3500);
    atomic_store(&is_counting, false);
    assert_int_equal(0, atomic_load(&n_allocations));
    assert_int_equal(0, atomic_load(&n_locks));
    room_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_worker),
        cmocka_unit_test(test_other_worker),
        cmocka_unit_test(test_receiver_nack),
        cmocka_unit_test(test_publisher_loss),
        cmocka_unit_test(test_joiner_gets_cached_keyframe),
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_simulcast_switch),
        cmocka_unit_test(test_full_caches_across_workers),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_over_rate),
        cmocka_unit_test(test_port_in_use),
        cmocka_unit_test(test_up_stream_ends_first),
        cmocka_unit_test(test_no_allocation_no_lock),
    };

    main_thread = pthread_self();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
