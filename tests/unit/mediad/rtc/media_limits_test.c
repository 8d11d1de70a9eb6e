/* What the media plane bounds and refuses, and what a packet may not cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>

#include "mediad/record/record_queue.h"
#include "mediad/rtc/media_state.h"
#include "mediad/rtc/record_stream.h"
#include "test_room.h"

/* ---- what a packet may not cost: allocations and locks on workers' threads ---- */

static atomic_bool is_counting;
static atomic_uint n_allocations, n_locks;
static pthread_t main_thread;

/* gcc says it by macros, clang by features; both put their own functions here */
#ifdef __has_feature
#define HAS_SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#else
#define HAS_SANITIZER 0
#endif

#if !HAS_SANITIZER
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

/* ---- tests ---- */

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
        struct stream_names names = {"lecture", "anna", "stream", 1};

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
    r.media->steering.is_refused = true; /* as where the kernel cannot end the crossing */
    publish_across(&r);
    r.video_size = 50;
    for (unsigned i = 0; i < 1200; i++) {
        send_video(&r, HIGH_SSRC, "h", true, i == 0, true);
        r.video_seq += 10000;
        send_video(&r, HIGH_SSRC + 1, "l", true, i == 0, true);
        r.video_seq -= 10001;
        send_audio(&r);
        n += 3;
        /* no more under way than the ring between the workers holds, however busy the machine is */
        if (i % 32 == 31)
            RUN_UNTIL(&r, stat(&r, "rtp_packets_total", "in") >= n);
    }
    RUN_UNTIL(&r, stat(&r, "rtp_packets_total", "in") >= n);
    assert_int_equal(0, stat(&r, "rtp_dropped_total", "slots"));
    assert_int_equal(0, stat(&r, "rtp_dropped_total", "duplicate"));
    assert_true(stat(&r, "worker_crossings_total", "datagram") >= n);
    room_release(&r);
}

static void test_strangers(void **state)
{
    struct room r;
    struct test_peer stranger;
    uint8_t out[512];
    uint8_t in[64];

    (void)state;
    room_start(&r, false);
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
    room_start(&r, false);
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

/* Packets that wait for a writer. */
static unsigned take_recorded(struct record_queue *queue)
{
    struct record r;
    unsigned n = 0;

    for (; record_queue_peek(queue, &r); record_queue_next(queue))
        n += r.kind == RECORD_PACKET;
    return n;
}

/* To a receiver, and to a recording. */
static void test_no_allocation_no_lock(void **state)
{
    static const size_t video = 1;
    struct record_queue *queue = NULL;
    struct record_stream *recorded = NULL;
    struct room r;

    (void)state;
    if (!CAN_COUNT)
        skip();
    room_start(&r, true);
    r.video_size = 100; /* below the sender's limit */
    send_sender_report(&r);
    for (unsigned i = 0; i < 1500; i++) {
        send_video(&r, VIDEO_SSRC, NULL, true, i == 0, true);
        if (i % 16 == 0)
            run(&r);
    }
    RUN_UNTIL(&r, r.receiver.n_received >= 1500);
    assert_int_equal(0, record_queue_new(&queue, 1 << 22));
    assert_int_equal(0, record_stream_new(&recorded, r.media, r.up, queue, &video, 1));
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
    /* what happens once or twice a second may: rings follow the rate, a DTLS session ends */
    assert_in_range(atomic_load(&n_allocations), 0, 20);
    assert_in_range(atomic_load(&n_locks), 0, 20);
    assert_in_range(take_recorded(queue), 2000, 3500);
    assert_int_equal(0, record_queue_take_dropped(queue));
    record_stream_free(recorded);
    room_release(&r);
    record_queue_unref(queue);
}

/* The workers' own limits, so low that two peers reach them; before anybody uses them. */
static void set_limits(struct room *r, unsigned handshakes_per_round, uint32_t unproven_per_s)
{
    for (unsigned i = 0; i < r->media->n_workers; i++) {
        r->media->workers[i].handshakes_per_round = handshakes_per_round;
        r->media->workers[i].unproven.per_s = unproven_per_s;
    }
}

/* Three of one host begin at once, and only one datagram is worked off in a round: the others wait
 * for theirs, and none is turned away. */
static void test_handshakes_of_one_host(void **state)
{
    struct room r;
    struct test_peer others[2];
    struct up_stream *streams[2];
    struct media_abilities abilities = {0};
    static const char *const codecs[] = {"opus", NULL};
    struct stream_names names = {"lecture", "carl", "stream", 3};

    (void)state;
    room_init(&r, false);
    set_limits(&r, 1, SOURCE_LIMIT_STUN_PER_S);
    publish(&r, false);
    for (unsigned i = 0; i < 2; i++) {
        struct buf sdp = {0}, answer = {0};

        test_peer_init(&others[i], r.port);
        assert_int_equal(0, up_stream_new(&streams[i], r.media, &names, codecs, &r));
        test_peer_offer(&others[i], &sdp, AUDIO_SSRC, VIDEO_SSRC, false);
        assert_int_equal(0, up_stream_offer(streams[i], buf_span(&sdp), UINT32_MAX, false,
                                            &abilities, &answer, NULL));
        test_peer_take_answer(&others[i], buf_span(&answer));
        buf_release(&sdp);
        buf_release(&answer);
    }
    int64_t until_us = now_monotonic_us() + DEADLINE_US;

    while (r.up_counts.connected < 3 && now_monotonic_us() < until_us) {
        run(&r);
        test_peer_run(&others[0]);
        test_peer_run(&others[1]);
    }
    assert_int_equal(3, r.up_counts.connected);
    assert_int_equal(3, stat(&r, "dtls_handshakes_total", "done"));
    assert_int_equal(0, stat(&r, "dtls_handshakes_total", "limited"));
    for (unsigned i = 0; i < 2; i++) {
        up_stream_free(streams[i]);
        test_peer_release(&others[i]);
    }
    room_release(&r);
}

/* Checks with a wrong password are looked at only so often, whoever they pretend to be for. */
static void test_wrong_passwords(void **state)
{
    struct room r;
    struct test_peer stranger;
    uint8_t out[512];

    (void)state;
    room_init(&r, false);
    set_limits(&r, WORKER_HANDSHAKES_PER_ROUND, 3);
    publish(&r, false);
    test_peer_init(&stranger, r.port);
    memcpy(stranger.remote_ufrag, r.publisher.remote_ufrag, sizeof stranger.remote_ufrag);
    snprintf(stranger.remote_pwd, sizeof stranger.remote_pwd, "not-the-password-at-all-1234");
    size_t len = test_peer_build_check(&stranger, out, sizeof out);

    for (unsigned i = 0; i < 10; i++)
        test_peer_send(&stranger, out, len);
    /* two seconds' worth at most */
    RUN_UNTIL(&r, stat(&r, "stun_total", "forged") + stat(&r, "stun_total", "limited") >= 10);
    assert_true(stat(&r, "stun_total", "limited") >= 4);
    test_peer_release(&stranger);
    room_release(&r);
}

/* What connections take is known, and given back. */
static void test_memory(void **state)
{
    struct room r;
    int64_t empty;

    (void)state;
    room_start(&r, false);
    RUN_UNTIL(&r, stat(&r, "peer_connection_memory_bytes", NULL) > 0);
    empty = stat(&r, "peer_connection_memory_bytes", NULL);
    assert_true(empty < 256 * 1024);
    /* cached packets are the largest part, and follow what is kept of them */
    for (unsigned i = 0; i < 200; i++)
        send_video(&r, VIDEO_SSRC, NULL, true, i == 0, true);
    RUN_UNTIL(&r, stat(&r, "peer_connection_memory_bytes", NULL) > empty + 150 * SLOT_SIZE);
    RUN_UNTIL(&r, stat(&r, "peer_connection_memory_bytes", NULL) < empty + 100 * SLOT_SIZE);
    up_stream_free(r.up);
    down_stream_free(r.down);
    r.up = NULL;
    r.down = NULL;
    RUN_UNTIL(&r, stat(&r, "peer_connections", "all") == 0);
    assert_int_equal(0, stat(&r, "peer_connection_memory_bytes", NULL));
    room_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_caches_across_workers),
        cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_over_rate),
        cmocka_unit_test(test_port_in_use),
        cmocka_unit_test(test_handshakes_of_one_host),
        cmocka_unit_test(test_wrong_passwords),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_no_allocation_no_lock),
    };

    main_thread = pthread_self();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
