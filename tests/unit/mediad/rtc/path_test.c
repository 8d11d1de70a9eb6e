/* Whose way the media take when addresses change: the peer's, and nobody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mediad/rtc/media_state.h"
#include "mediad/rtc/rate_guard.h"
#include "test_room.h"

/* A peer whose network changes is followed within a second; three times that are given. */
#define MOVE_MAX_US (3 * US_PER_S)

/* Of one packet: more than five times as many are dropped at the door (rate_guard.h), and a loop
 * that waits for something may send for seconds. */
#define STEP_US (5 * US_PER_S / RATE_GUARD_PACKETS_MAX)

static void step(struct room *r, bool is_keyframe)
{
    int64_t end_us = now_monotonic_us() + STEP_US;

    send_video(r, VIDEO_SSRC, NULL, true, is_keyframe, true);
    do
        run(r);
    while (now_monotonic_us() < end_us);
}

struct thief {
    int fd;
    size_t n_sent;
    size_t n_received;
    unsigned n_media;
};

static void thief_send(struct thief *t, const struct test_peer *victim, const uint8_t *data,
                       size_t len)
{
    assert_int_equal(len, sendto(t->fd, data, len, 0, (const struct sockaddr *)&victim->server,
                                 sizeof(struct sockaddr_in)));
    t->n_sent += len;
}

static void thief_run(struct thief *t)
{
    uint8_t data[2048];

    for (ssize_t n; (n = recv(t->fd, data, sizeof data, 0)) > 0;) {
        t->n_received += (size_t)n;
        t->n_media += demux_classify(span_of(data, (size_t)n)) != DEMUX_STUN;
    }
}

static size_t build_check(struct test_peer *p, uint8_t out[512])
{
    StunTransactionId id;
    size_t len = test_peer_build_check(p, out, 512);

    assert_true(len > 0);
    memcpy(id, out + 4, sizeof id);
    stun_agent_forget_transaction(&p->agent, id);
    return len;
}

#define STREAM_STEPS 60

/* Media for a while, and what the thief does at every step of it. */
static void stream_beside(struct room *r, struct thief *t, const uint8_t *check, size_t len)
{
    size_t before = r->receiver.n_packets;

    for (unsigned i = 0; i < STREAM_STEPS; i++) {
        thief_send(t, &r->receiver, check, len);
        step(r, false);
        thief_run(t);
    }
    RUN_UNTIL(r, r->receiver.n_packets >= before + STREAM_STEPS);
    thief_run(t);
}

/* The receiver's own checks, captured, are sent again from another address: one that the server has
 * seen, and one that it has not. */
static void check_thief(bool is_crossing)
{
    uint8_t seen[512], unseen[512];
    struct thief t = {.fd = test_peer_socket()};
    struct room r;

    room_start(&r, is_crossing);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0);
    size_t seen_len = build_check(&r.receiver, seen);
    int64_t n_repeated = stat(&r, "stun_total", "repeated");

    /* the receiver's other checks are valid, too: only its second copy says that the first is known
     */
    test_peer_send(&r.receiver, seen, seen_len);
    test_peer_send(&r.receiver, seen, seen_len);
    RUN_UNTIL(&r, stat(&r, "stun_total", "repeated") > n_repeated);
    n_repeated = stat(&r, "stun_total", "repeated");
    stream_beside(&r, &t, seen, seen_len);
    RUN_UNTIL(&r, stat(&r, "stun_total", "repeated") >= n_repeated + STREAM_STEPS);
    thief_run(&t);
    assert_int_equal(0, t.n_received);
    size_t unseen_len = build_check(&r.receiver, unseen);

    t.n_sent = 0;
    stream_beside(&r, &t, unseen, unseen_len);
    RUN_UNTIL(&r, (thief_run(&t), t.n_received > 0)); /* an answer, and a question */
    assert_int_equal(0, t.n_media);
    assert_true(t.n_received <= 3 * t.n_sent);
    room_release(&r);
    close(t.fd);
}

static void test_thief(void **state)
{
    (void)state;
    check_thief(false);
    check_thief(true);
}

/* The receiver moves. @return how long it took until it had another packet */
static int64_t follow(struct room *r)
{
    size_t n = r->receiver.n_packets;
    int64_t start_us = now_monotonic_us();

    test_peer_move(&r->receiver);
    do {
        step(r, false);
        assert_true(now_monotonic_us() - start_us < MOVE_MAX_US);
    } while (r->receiver.n_packets == n);
    return now_monotonic_us() - start_us;
}

/* Somebody who only listens is silent: it answers the question. The kernel gives the new address to
 * one worker or to the other. */
static void test_receiver_moves(void **state)
{
    struct room r;

    (void)state;
    room_start(&r, true);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0);
    for (unsigned i = 0; i < 6; i++)
        print_message("followed after %lld us\n", (long long)follow(&r));
    assert_int_equal(6, stat(&r, "ice_selected_total", "moved"));
    assert_int_equal(0, r.down_counts.failed);
    room_release(&r);
}

/* Whoever does not answer, but sends its reports from there. */
static void test_receiver_reports_from_elsewhere(void **state)
{
    struct room r;
    uint8_t out[256];

    (void)state;
    room_start(&r, true);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0);
    r.receiver.answers_paused = true;
    test_peer_move(&r.receiver);
    RUN_UNTIL(&r, r.receiver.is_checked && r.receiver.n_asked > 0);
    assert_int_equal(0, stat(&r, "ice_selected_total", "moved"));
    size_t n = r.receiver.n_packets;
    struct writer w = writer_init(out, sizeof out - SECURE_RTP_TRAILER_MAX);

    rtcp_write_rr(&w, 1, NULL, 0);
    test_peer_send_rtcp(&r.receiver, &w, sizeof out);
    RUN_UNTIL(&r, stat(&r, "ice_selected_total", "moved") == 1);
    send_video(&r, VIDEO_SSRC, NULL, true, false, true);
    RUN_UNTIL(&r, r.receiver.n_packets > n);
    room_release(&r);
}

/* One participant's check comes from the address of another: that one's packets still find their
 * way, whichever worker the kernel gives the address to. */
static void check_address_of(struct room *r, struct test_peer *maker, struct test_peer *victim)
{
    uint8_t check[512];
    size_t before = r->receiver.n_packets;
    unsigned n_nacks = 0;

    for (unsigned i = 0; i < 10; i++) {
        size_t len = build_check(maker, check);

        test_peer_send(victim, check, len);
        step(r, false);
    }
    RUN_UNTIL(r, r->receiver.n_packets >= before + 10);
    /* and the receiver's reports are heard */
    while (r->receiver.n_packets < before + 11) {
        const struct rtp_header *last =
            &r->receiver.packets[(r->receiver.n_packets - 1) % TEST_PEER_KEPT].header;
        uint16_t seq = last->seq;
        uint8_t out[256];
        struct writer w = writer_init(out, sizeof out - SECURE_RTP_TRAILER_MAX);

        assert_true(n_nacks++ < 10);
        rtcp_write_rr(&w, 1, NULL, 0);
        rtcp_write_nack(&w, 1, last->ssrc, &seq, 1);
        test_peer_send_rtcp(&r->receiver, &w, sizeof out);
        for (unsigned k = 0; k < 20 && r->receiver.n_packets < before + 11; k++)
            run(r);
    }
}

static void test_address_of_another(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct room r;

        room_start(&r, true);
        send_video(&r, VIDEO_SSRC, NULL, true, true, true);
        RUN_UNTIL(&r, r.receiver.n_packets > 0);
        check_address_of(&r, &r.publisher, &r.receiver);
        check_address_of(&r, &r.receiver, &r.publisher);
        room_release(&r);
    }
}

static int64_t crossings(struct room *r)
{
    return stat(r, "worker_crossings_total", "datagram");
}

/* @return how many datagrams crossed while so many packets came to the receiver */
static int64_t crossings_while(struct room *r, unsigned n_packets)
{
    size_t n = r->receiver.n_packets;
    int64_t before = crossings(r);

    for (unsigned i = 0; i < n_packets; i++) {
        step(r, i == 0);
    }
    RUN_UNTIL(r, r->receiver.n_packets >= n + n_packets);
    return crossings(r) - before;
}

/* The kernel chooses the worker that receives, by the peer's port: until it is not the owner. */
static void start_across(struct room *r)
{
    for (unsigned n = 0; n == 0 || crossings(r) == 0; n++) {
        if (n > 0)
            room_release(r);
        assert_true(n < 64);
        room_init(r, true);
        publish(r, false);
        RUN_UNTIL(r, r->up_counts.connected && r->publisher.is_up);
    }
    offer(r, both, 2, false);
    RUN_UNTIL(r, r->down_counts.connected && r->receiver.is_up);
    r->video_size = 100; /* far below what a publisher may send */
}

/* Of a hundred packets and some checks: what was under way may still cross. */
static void run_until_nothing_crosses(struct room *r)
{
    int64_t end_us = now_monotonic_us() + DEADLINE_US;

    while (crossings_while(r, 100) > 10 && !r->media->steering.is_refused)
        assert_true(now_monotonic_us() < end_us);
}

/* A publisher whose datagrams the kernel gives to the wrong worker: soon it gives them to the right
 * one, also when others' checks come from the same address; and where it goes next, too. */
static void test_crossing_ends(void **state)
{
    struct room r;

    (void)state;
    start_across(&r);
    for (unsigned i = 0; i < 4; i++) {
        int64_t n_moved = stat(&r, "ice_selected_total", "moved");

        run_until_nothing_crosses(&r);
        check_address_of(&r, &r.receiver, &r.publisher);
        run_until_nothing_crosses(&r);
        test_peer_move(&r.publisher);
        RUN_UNTIL(&r, stat(&r, "ice_selected_total", "moved") > n_moved);
    }
    room_release(&r);
}

/* A publisher's packets say where it is: they flow on, and what the server has to say arrives. */
static void test_publisher_moves(void **state)
{
    struct room r;

    (void)state;
    room_start(&r, true);
    send_video(&r, VIDEO_SSRC, NULL, true, true, true);
    RUN_UNTIL(&r, r.receiver.n_packets > 0);
    r.publisher.answers_paused = true;
    for (unsigned i = 0; i < 4; i++) {
        unsigned n_rembs = r.publisher.n_rembs;
        int64_t deadline_us = now_monotonic_us() + MOVE_MAX_US;

        test_peer_move(&r.publisher);
        while (stat(&r, "ice_selected_total", "moved") <= (int64_t)i ||
               r.publisher.n_rembs == n_rembs) {
            assert_true(now_monotonic_us() < deadline_us);
            step(&r, false);
        }
    }
    assert_int_equal(0, r.up_counts.failed);
    room_release(&r);
}

/* A peer that does not answer connects all the same, if later: each of its datagrams lets some of
 * the handshake through. */
static void check_unanswered(bool is_passive)
{
    struct room r;

    room_init(&r, true);
    r.publisher.answers_paused = r.receiver.answers_paused = true;
    r.publisher.is_passive = r.receiver.is_passive = is_passive;
    connect_both(&r);
    room_release(&r);
}

static void test_unanswered(void **state)
{
    (void)state;
    check_unanswered(false);
    check_unanswered(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thief),
        cmocka_unit_test(test_address_of_another),
        cmocka_unit_test(test_receiver_moves),
        cmocka_unit_test(test_receiver_reports_from_elsewhere),
        cmocka_unit_test(test_crossing_ends),
        cmocka_unit_test(test_publisher_moves),
        cmocka_unit_test(test_unanswered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
