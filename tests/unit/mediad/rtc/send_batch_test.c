#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mediad/rtc/secure_rtp.h"
#include "mediad/rtc/secure_rtp_suites.h"
#include "mediad/rtc/send_batch.h"

struct rig {
    struct udp_socket socket;
    struct send_batch batch;
    int receivers[2];
    struct send_path paths[2];
};

static int open_receiver(struct net_address *at)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_int_equal(0, bind(fd, (struct sockaddr *)&any, sizeof any));
    assert_int_equal(0, getsockname(fd, (struct sockaddr *)&bound, &len));
    assert_true(net_address_from_sockaddr(at, &bound));
    return fd;
}

static void rig_init(struct rig *r)
{
    struct net_address any = {.family = 4}, local;
    struct error e = {0};

    memset(r, 0, sizeof *r);
    assert_int_equal(0, udp_socket_open(&r->socket, &any, &e)); /* wildcard: names its source */
    assert_int_equal(0, send_batch_init(&r->batch, &r->socket));
    assert_true(net_address_parse(&local, "127.0.0.9"));
    for (unsigned i = 0; i < 2; i++) {
        struct net_address remote;

        r->receivers[i] = open_receiver(&remote);
        udp_path_init(&r->paths[i].udp, &remote, &local, 0, &r->socket);
    }
}

static void rig_release(struct rig *r)
{
    send_batch_release(&r->batch);
    udp_socket_close(&r->socket);
    close(r->receivers[0]);
    close(r->receivers[1]);
}

static void add(struct rig *r, unsigned to, uint8_t mark, size_t len, enum send_class class)
{
    uint8_t *slot = send_batch_slot(&r->batch);

    memset(slot, mark, len);
    send_batch_add(&r->batch, &r->paths[to], len, class);
}

static void expect(struct rig *r, unsigned at, uint8_t mark, size_t len)
{
    uint8_t data[SEND_SLOT_SIZE];
    struct sockaddr_in from;
    socklen_t from_len = sizeof from;
    struct pollfd p = {r->receivers[at], POLLIN, 0};

    assert_int_equal(1, poll(&p, 1, 10000));
    assert_int_equal(
        len, recvfrom(r->receivers[at], data, sizeof data, 0, (struct sockaddr *)&from, &from_len));
    assert_int_equal(mark, data[0]);
    assert_int_equal(mark, data[len - 1]);
    assert_string_equal("127.0.0.9", inet_ntoa(from.sin_addr));
}

static void test_order_and_trains(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r);
    /* three of one size and a shorter one go as one train where the kernel can; all arrive alike */
    add(&r, 0, 1, 1000, SEND_VIDEO);
    add(&r, 0, 2, 1000, SEND_VIDEO);
    add(&r, 0, 3, 1000, SEND_VIDEO);
    add(&r, 0, 4, 400, SEND_VIDEO);
    add(&r, 0, 5, 1000, SEND_VIDEO);
    add(&r, 1, 6, 1000, SEND_VIDEO);
    add(&r, 1, 7, 60, SEND_AUDIO);
    send_batch_flush(&r.batch);
    assert_int_equal(7, r.batch.n_sent);
    assert_int_equal(5460, r.batch.n_bytes);
    if (r.batch.has_gso)
        assert_int_equal(1, r.batch.n_trains);
    expect(&r, 0, 1, 1000);
    expect(&r, 0, 2, 1000);
    expect(&r, 0, 3, 1000);
    expect(&r, 0, 4, 400);
    expect(&r, 0, 5, 1000);
    expect(&r, 1, 6, 1000);
    expect(&r, 1, 7, 60);
    rig_release(&r);
}

static void test_more_than_a_batch(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r);
    for (unsigned i = 0; i < 3 * UDP_BATCH; i++)
        add(&r, i % 2, (uint8_t)i, 100, SEND_VIDEO);
    send_batch_flush(&r.batch);
    for (unsigned i = 0; i < 3 * UDP_BATCH; i++)
        expect(&r, i % 2, (uint8_t)i, 100);
    assert_int_equal(3 * UDP_BATCH, r.batch.n_sent);
    rig_release(&r);
}

static void test_unsendable_among_others(void **state)
{
    struct rig r;
    struct send_path nowhere;
    struct net_address remote, none = {0};

    (void)state;
    rig_init(&r);
    /* broadcast without permission: refused by the kernel, and the neighbours still leave */
    assert_true(net_address_parse(&remote, "255.255.255.255"));
    remote.port = 9;
    udp_path_init(&nowhere.udp, &remote, &none, 0, &r.socket);
    add(&r, 0, 1, 100, SEND_VIDEO);
    memset(send_batch_slot(&r.batch), 9, 100);
    send_batch_add(&r.batch, &nowhere, 100, SEND_VIDEO);
    add(&r, 0, 2, 100, SEND_VIDEO);
    send_batch_flush(&r.batch);
    expect(&r, 0, 1, 100);
    expect(&r, 0, 2, 100);
    assert_int_equal(1, r.batch.n_dropped);
    assert_false(send_batch_is_waiting(&r.batch));
    rig_release(&r);
}

/* A stream socket pair stands for a full UDP socket: it says EAGAIN when its buffer is. */
static void test_full_socket(void **state)
{
    struct rig r;
    int pair[2];
    char filler[4096] = {0};

    (void)state;
    rig_init(&r);
    assert_int_equal(0, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair));
    while (send(pair[0], filler, sizeof filler, 0) > 0)
        ;
    int udp = r.socket.fd;
    struct send_path path = {.udp.remote.family = 4}; /* no name: the pair is connected */

    r.socket.fd = pair[0];
    memset(send_batch_slot(&r.batch), 1, 100);
    send_batch_add(&r.batch, &path, 100, SEND_VIDEO);
    memset(send_batch_slot(&r.batch), 2, 50);
    send_batch_add(&r.batch, &path, 50, SEND_CONTROL);
    send_batch_flush(&r.batch);
    assert_int_equal(1, r.batch.n_dropped); /* video */
    assert_true(send_batch_is_waiting(&r.batch));
    while (recv(pair[1], filler, sizeof filler, 0) > 0)
        ;
    send_batch_flush(&r.batch);
    assert_false(send_batch_is_waiting(&r.batch));
    assert_int_equal(50, recv(pair[1], filler, sizeof filler, 0));
    assert_int_equal(2, filler[0]);
    /* a second refusal in a row ends it */
    while (send(pair[0], filler, sizeof filler, 0) > 0)
        ;
    memset(send_batch_slot(&r.batch), 3, 50);
    send_batch_add(&r.batch, &path, 50, SEND_CONTROL);
    send_batch_flush(&r.batch);
    assert_true(send_batch_is_waiting(&r.batch));
    send_batch_flush(&r.batch);
    assert_false(send_batch_is_waiting(&r.batch));
    /* and a path that ends takes what waits for it along */
    memset(send_batch_slot(&r.batch), 4, 50);
    send_batch_add(&r.batch, &path, 50, SEND_CONTROL);
    send_batch_forget(&r.batch, &path);
    assert_false(send_batch_is_waiting(&r.batch));
    r.socket.fd = udp;
    close(pair[0]);
    close(pair[1]);
    rig_release(&r);
}

/* ---- RTP: protected at the flush ---- */

#define PEERS 2

struct pair {
    struct secure_rtp ours, theirs;
    struct secure_rtp_stream stream;
    uint16_t seq;
};

static void pair_init(struct pair *p, uint8_t mark)
{
    struct dtls_keys ours = {.suite = secure_rtp_suite_at(0), .local = {mark}, .remote = {1, mark}};
    struct dtls_keys theirs = {.suite = ours.suite, .local = {1, mark}, .remote = {mark}};

    memset(p, 0, sizeof *p);
    p->seq = 65500;
    assert_int_equal(0, secure_rtp_init(&p->ours, &ours));
    assert_int_equal(0, secure_rtp_init(&p->theirs, &theirs));
}

static void pair_release(struct pair *p)
{
    secure_rtp_release(&p->ours);
    secure_rtp_release(&p->theirs);
}

static void add_rtp(struct rig *r, struct pair *p, const struct send_path *path, size_t len,
                    enum send_class class)
{
    uint8_t *slot = send_batch_slot(&r->batch);

    memset(slot, 0, 12);
    slot[0] = 0x80;
    slot[2] = (uint8_t)(p->seq >> 8);
    slot[3] = (uint8_t)p->seq;
    memset(slot + 12, (uint8_t)p->seq, len - 12);
    p->seq++;
    assert_int_equal(len + 10,
                     send_batch_add_rtp(&r->batch, path, &p->ours.key, &p->stream, len, class));
}

static void expect_rtp(struct pair *p, int fd, size_t len)
{
    uint8_t data[SEND_SLOT_SIZE];
    struct pollfd poll_fd = {fd, POLLIN, 0};

    assert_int_equal(1, poll(&poll_fd, 1, 10000));
    size_t n = (size_t)recv(fd, data, sizeof data, 0);

    assert_int_equal(len + 10, n);
    assert_int_equal(0, secure_rtp_unprotect(&p->theirs, data, &n));
    assert_int_equal(len, n);
    for (size_t i = 12; i < len; i++)
        assert_int_equal(data[3], data[i]);
}

/* Several batches to two peers, over the wrap of the numbers, among datagrams that stay as they
 * are. */
static void test_protected(void **state)
{
    struct rig r;
    struct pair pairs[PEERS];

    (void)state;
    rig_init(&r);
    for (unsigned i = 0; i < PEERS; i++)
        pair_init(&pairs[i], (uint8_t)(10 + i));
    for (unsigned i = 0; i < 3 * UDP_BATCH; i++) {
        if (i % 5 == 0)
            add(&r, i % PEERS, (uint8_t)i, 100, SEND_CONTROL);
        else
            add_rtp(&r, &pairs[i % PEERS], &r.paths[i % PEERS], 12 + 7 * i, SEND_VIDEO);
    }
    send_batch_flush(&r.batch);
    for (unsigned i = 0; i < 3 * UDP_BATCH; i++) {
        if (i % 5 == 0)
            expect(&r, i % PEERS, (uint8_t)i, 100);
        else
            expect_rtp(&pairs[i % PEERS], r.receivers[i % PEERS], 12 + 7 * i);
    }
    assert_int_equal(3 * UDP_BATCH, r.batch.n_sent);
    for (unsigned i = 0; i < PEERS; i++)
        pair_release(&pairs[i]);
    rig_release(&r);
}

/* What the socket had no room for is protected once, and its key may go meanwhile. */
static void test_key_may_go_after_the_flush(void **state)
{
    struct rig r;
    struct pair pair;
    int sockets[2];
    char filler[4096] = {0};
    struct send_path path = {.udp.remote.family = 4};

    (void)state;
    rig_init(&r);
    pair_init(&pair, 7);
    assert_int_equal(0, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets));
    while (send(sockets[0], filler, sizeof filler, 0) > 0)
        ;
    int udp = r.socket.fd;

    r.socket.fd = sockets[0];
    add_rtp(&r, &pair, &path, 200, SEND_CONTROL);
    send_batch_flush(&r.batch);
    assert_true(send_batch_is_waiting(&r.batch));
    secure_rtp_release(&pair.ours);
    while (recv(sockets[1], filler, sizeof filler, 0) > 0)
        ;
    send_batch_flush(&r.batch);
    expect_rtp(&pair, sockets[1], 200);
    r.socket.fd = udp;
    close(sockets[0]);
    close(sockets[1]);
    pair_release(&pair);
    rig_release(&r);
}

static void test_unprotectable(void **state)
{
    struct rig r;
    struct secure_rtp_key none = {0};
    struct secure_rtp_stream stream = {0};
    struct pair pair;

    (void)state;
    rig_init(&r);
    pair_init(&pair, 7);
    memset(send_batch_slot(&r.batch), 0x80, 100);
    assert_int_equal(0, send_batch_add_rtp(&r.batch, &r.paths[0], &none, &stream, 100, SEND_VIDEO));
    assert_int_equal(0,
                     send_batch_add_rtp(&r.batch, &r.paths[0], &pair.ours.key, &stream,
                                        SEND_SLOT_SIZE - SECURE_RTP_TRAILER_MAX + 1, SEND_VIDEO));
    assert_false(send_batch_is_waiting(&r.batch));
    pair_release(&pair);
    rig_release(&r);
}

static int start_srtp(void **state)
{
    (void)state;
    return secure_rtp_start(NULL);
}

static void test_receive(void **state)
{
    struct rig r;
    struct slab slab;
    struct udp_receiver receiver;
    struct sockaddr_storage bound, to;
    socklen_t len = sizeof bound;
    struct net_address at, want;
    uint8_t data[DATAGRAM_MAX + 100];

    (void)state;
    rig_init(&r);
    slab_init(&slab, 0);
    assert_int_equal(0, slab_reserve(&slab, UDP_BATCH));
    assert_int_equal(0, udp_receiver_init(&receiver));
    assert_int_equal(0, getsockname(r.socket.fd, (struct sockaddr *)&bound, &len));
    assert_true(net_address_from_sockaddr(&at, &bound));
    assert_true(net_address_parse(&want, "127.0.0.7"));
    uint16_t port = at.port;

    at = want;
    at.port = port;
    len = net_address_to_sockaddr(&at, &to);
    memset(data, 7, sizeof data);
    assert_int_equal(10, sendto(r.receivers[0], data, 10, 0, (struct sockaddr *)&to, len));
    assert_int_equal(DATAGRAM_MAX,
                     sendto(r.receivers[0], data, DATAGRAM_MAX, 0, (struct sockaddr *)&to, len));
    assert_int_equal(sizeof data,
                     sendto(r.receivers[0], data, sizeof data, 0, (struct sockaddr *)&to, len));
    assert_int_equal(3, udp_receive(&receiver, &r.socket, 0, &slab));
    assert_int_equal(10, receiver.slots[0]->len);
    assert_true(net_address_eq(&want, &receiver.slots[0]->local)); /* which of ours was asked */
    assert_int_equal(DATAGRAM_MAX, receiver.slots[1]->len);
    assert_int_equal(7, receiver.slots[1]->data[DATAGRAM_MAX - 1]);
    assert_int_equal(0, receiver.slots[2]->len); /* too long */
    assert_int_equal(0, udp_receive(&receiver, &r.socket, 0, &slab));
    udp_receiver_release(&receiver, &slab);
    slab_release(&slab);
    rig_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_trains),
        cmocka_unit_test(test_more_than_a_batch),
        cmocka_unit_test(test_unsendable_among_others),
        cmocka_unit_test(test_full_socket),
        cmocka_unit_test(test_protected),
        cmocka_unit_test(test_key_may_go_after_the_flush),
        cmocka_unit_test(test_unprotectable),
        cmocka_unit_test(test_receive),
    };

    return cmocka_run_group_tests(tests, start_srtp, NULL);
}
