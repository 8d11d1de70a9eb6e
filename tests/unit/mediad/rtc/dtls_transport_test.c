#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/dtls_identity.h"
#include "mediad/rtc/dtls_transport.h"

#define QUEUE_MAX 64
#define DEADLINE_US (20 * US_PER_S)

/* One direction of a wire: datagrams wait in order; some are lost on purpose. */
struct wire {
    struct {
        size_t len;
        uint8_t data[2048];
    } queue[QUEUE_MAX];
    unsigned n;
    unsigned n_sent;
    uint32_t lost; /* bit i: the i-th datagram of all gets lost */
};

struct end {
    struct dtls_identity *identity;
    struct dtls_transport *transport;
    struct wire out;
};

static void put(void *user, const void *datagram, size_t len)
{
    struct wire *w = user;
    bool is_lost = w->n_sent < 32 && (w->lost >> w->n_sent & 1);

    w->n_sent++;
    assert_true(len <= DTLS_MTU);
    if (is_lost)
        return;
    assert_true(w->n < QUEUE_MAX);
    w->queue[w->n].len = len;
    memcpy(w->queue[w->n++].data, datagram, len);
}

static struct sdp_fingerprint fingerprint_of(const struct dtls_identity *identity)
{
    struct sdp_fingerprint f = {.hash = SDP_SHA_256, .len = 32};
    const char *text = dtls_identity_fingerprint(identity);

    assert_int_equal(0, strncmp(text, "sha-256 ", 8));
    for (unsigned i = 0; i < 32; i++) {
        unsigned byte;

        assert_int_equal(1, sscanf(text + 8 + 3 * i, "%02X", &byte));
        f.bytes[i] = (uint8_t)byte;
    }
    return f;
}

static void deliver(struct end *from, struct end *to)
{
    struct wire *w = &from->out;

    for (unsigned i = 0; i < w->n; i++)
        dtls_transport_receive(to->transport, span_of(w->queue[i].data, w->queue[i].len),
                               now_monotonic_us());
    w->n = 0;
}

static bool is_done(const struct end *e)
{
    return dtls_transport_state(e->transport) != DTLS_HANDSHAKING;
}

static void sleep_until(int64_t due_us)
{
    int64_t left_us = due_us - now_monotonic_us();
    struct timespec t = {0, (left_us < 50000 ? left_us : 50000) * 1000};

    if (left_us > 0)
        nanosleep(&t, NULL);
}

/* Timers run by the real clock, since GnuTLS reads it by itself. */
static void shake_hands(struct end *client, struct end *server)
{
    int64_t end_us = now_monotonic_us() + DEADLINE_US;

    while (!(is_done(client) && is_done(server)) && now_monotonic_us() < end_us) {
        dtls_transport_tick(client->transport, now_monotonic_us());
        dtls_transport_tick(server->transport, now_monotonic_us());
        if (!client->out.n && !server->out.n) {
            int64_t a = dtls_transport_due_us(client->transport),
                    b = dtls_transport_due_us(server->transport);

            sleep_until(a < b ? a : b);
        }
        deliver(client, server);
        deliver(server, client);
    }
}

static void ends_init(struct end *client, struct end *server, bool is_client_known,
                      bool is_server_known)
{
    memset(client, 0, sizeof *client);
    memset(server, 0, sizeof *server);
    assert_int_equal(0, dtls_identity_new(&client->identity, NULL));
    assert_int_equal(0, dtls_identity_new(&server->identity, NULL));
    struct sdp_fingerprint of_client = fingerprint_of(client->identity),
                           of_server = fingerprint_of(server->identity);

    of_client.bytes[5] ^= !is_client_known;
    of_server.bytes[5] ^= !is_server_known;
    assert_int_equal(0, dtls_transport_new(&client->transport, client->identity, true, &of_server,
                                           1, put, &client->out, now_monotonic_us()));
    assert_int_equal(0, dtls_transport_new(&server->transport, server->identity, false, &of_client,
                                           1, put, &server->out, now_monotonic_us()));
}

static void ends_release(struct end *client, struct end *server)
{
    dtls_transport_free(client->transport);
    dtls_transport_free(server->transport);
    dtls_identity_free(client->identity);
    dtls_identity_free(server->identity);
}

static void expect_common_keys(struct end *client, struct end *server)
{
    struct dtls_keys a, b;

    assert_int_equal(DTLS_CONNECTED, dtls_transport_state(client->transport));
    assert_int_equal(DTLS_CONNECTED, dtls_transport_state(server->transport));
    assert_int_equal(0, dtls_transport_keys(client->transport, &a));
    assert_int_equal(0, dtls_transport_keys(server->transport, &b));
    assert_memory_equal(a.local, b.remote, sizeof a.local);
    assert_memory_equal(a.remote, b.local, sizeof a.remote);
    assert_memory_not_equal(a.local, a.remote, sizeof a.local);
}

static void test_handshake(void **state)
{
    static struct end client, server;
    struct dtls_keys none;

    (void)state;
    ends_init(&client, &server, true, true);
    assert_int_equal(ERR_WRONG_STATE, dtls_transport_keys(server.transport, &none));
    shake_hands(&client, &server);
    expect_common_keys(&client, &server);
    dtls_transport_close(client.transport);
    deliver(&client, &server);
    assert_int_equal(DTLS_CLOSED, dtls_transport_state(server.transport));
    ends_release(&client, &server);
}

/* The server's flight comes twice, each time in one datagram (RFC 6347 section 4.1.1 allows several
 * records in one): GnuTLS says "again" over the repeated records before it pulls the next datagram.
 * Nothing here waits for a timer. */
static void test_repeated_flight(void **state)
{
    static struct end client, server;
    uint8_t flight[sizeof server.out.queue[0].data];
    size_t len = 0;

    (void)state;
    ends_init(&client, &server, true, true);
    dtls_transport_tick(client.transport, now_monotonic_us());
    deliver(&client, &server);
    for (unsigned i = 0; i < server.out.n; i++) {
        assert_true(len + server.out.queue[i].len <= sizeof flight);
        memcpy(flight + len, server.out.queue[i].data, server.out.queue[i].len);
        len += server.out.queue[i].len;
    }
    server.out.n = 0;
    for (unsigned i = 0; i < 2; i++)
        dtls_transport_receive(client.transport, span_of(flight, len), now_monotonic_us());
    for (unsigned i = 0; i < 4; i++) {
        deliver(&client, &server);
        deliver(&server, &client);
    }
    expect_common_keys(&client, &server);
    ends_release(&client, &server);
}

/* A flight whose second half was lost comes again as one datagram: what follows the repeated
 * records in it is not left lying until a timer. */
static void test_half_repeated_flight(void **state)
{
    static struct end client, server;
    uint8_t flight[sizeof server.out.queue[0].data];
    size_t len = 0, half = 0;

    (void)state;
    ends_init(&client, &server, true, true);
    dtls_transport_tick(client.transport, now_monotonic_us());
    deliver(&client, &server);
    for (unsigned i = 0; i < server.out.n; i++) {
        assert_true(len + server.out.queue[i].len <= sizeof flight);
        memcpy(flight + len, server.out.queue[i].data, server.out.queue[i].len);
        len += server.out.queue[i].len;
        if (i + 1 == server.out.n / 2)
            half = len;
    }
    server.out.n = 0;
    assert_true(half > 0);
    dtls_transport_receive(client.transport, span_of(flight, half), now_monotonic_us());
    dtls_transport_receive(client.transport, span_of(flight, len), now_monotonic_us());
    for (unsigned i = 0; i < 4; i++) {
        deliver(&client, &server);
        deliver(&server, &client);
    }
    expect_common_keys(&client, &server);
    ends_release(&client, &server);
}

/* Each row loses some of the first datagrams of either side. */
static void test_loss(void **state)
{
    static const struct {
        const char *name;
        uint32_t client, server;
    } rows[] = {
        {"first hello", 0x1, 0},
        {"half of the server's flight", 0, 0x2},
        {"last flight of the server, both of the client's first", 0x1, 0x4},
    };
    static struct end client, server;

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        print_message("row: %s\n", rows[i].name);
        ends_init(&client, &server, true, true);
        client.out.lost = rows[i].client;
        server.out.lost = rows[i].server;
        shake_hands(&client, &server);
        expect_common_keys(&client, &server);
        ends_release(&client, &server);
    }
}

static void test_wrong_fingerprint(void **state)
{
    static struct end client, server;
    struct dtls_keys none;

    (void)state;
    ends_init(&client, &server, false, true);
    shake_hands(&client, &server);
    assert_int_equal(DTLS_FAILED, dtls_transport_state(server.transport));
    assert_non_null(strstr(dtls_transport_reason(server.transport), "fingerprint"));
    assert_int_equal(ERR_WRONG_STATE, dtls_transport_keys(server.transport, &none));
    ends_release(&client, &server);
}

/* A peer of GnuTLS's own with one thing wrong each. */
static int plain_pull_timeout(gnutls_transport_ptr_t pointer, unsigned ms)
{
    (void)pointer;
    (void)ms;
    return 0;
}

static ssize_t plain_push(gnutls_transport_ptr_t pointer, const void *data, size_t len)
{
    put(pointer, data, len);
    return (ssize_t)len;
}

static struct end *plain_server;

static ssize_t plain_pull(gnutls_transport_ptr_t pointer, void *data, size_t size)
{
    struct wire *w = &plain_server->out;

    (void)pointer;
    if (!w->n) {
        errno = EAGAIN;
        return -1;
    }
    size_t len = w->queue[0].len < size ? w->queue[0].len : size;

    memcpy(data, w->queue[0].data, len);
    memmove(&w->queue[0], &w->queue[1], --w->n * sizeof w->queue[0]);
    return (ssize_t)len;
}

static void test_unacceptable_clients(void **state)
{
    static const struct {
        const char *name;
        const char *priority;
        gnutls_srtp_profile_t profile; /* 0: none is offered */
    } rows[] = {
        {"no SRTP", "NORMAL:-VERS-ALL:+VERS-DTLS1.2", 0},
        {"NULL cipher", "NORMAL:-VERS-ALL:+VERS-DTLS1.2", GNUTLS_SRTP_NULL_HMAC_SHA1_80},
        {"short tag", "NORMAL:-VERS-ALL:+VERS-DTLS1.2", GNUTLS_SRTP_AES128_CM_HMAC_SHA1_32},
        {"DTLS 1.0", "NORMAL:-VERS-ALL:+VERS-DTLS1.0", GNUTLS_SRTP_AES128_CM_HMAC_SHA1_80},
        {"no forward secrecy", "NORMAL:-VERS-ALL:+VERS-DTLS1.2:-KX-ALL:+RSA",
         GNUTLS_SRTP_AES128_CM_HMAC_SHA1_80},
        {"CBC", "NORMAL:-VERS-ALL:+VERS-DTLS1.2:-CIPHER-ALL:+AES-128-CBC",
         GNUTLS_SRTP_AES128_CM_HMAC_SHA1_80},
    };
    static struct end client, server;
    static struct wire wire;

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        gnutls_session_t session;
        gnutls_certificate_credentials_t credentials;
        int64_t end_us = now_monotonic_us() + DEADLINE_US;

        print_message("row: %s\n", rows[i].name);
        ends_init(&client, &server, true, true);
        memset(&wire, 0, sizeof wire);
        plain_server = &server;
        assert_int_equal(0, gnutls_certificate_allocate_credentials(&credentials));
        assert_int_equal(0,
                         gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK));
        assert_int_equal(0, gnutls_priority_set_direct(session, rows[i].priority, NULL));
        assert_int_equal(0, gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials));
        if (rows[i].profile)
            assert_int_equal(0, gnutls_srtp_set_profile(session, rows[i].profile));
        gnutls_transport_set_ptr(session, &wire);
        gnutls_transport_set_push_function(session, plain_push);
        gnutls_transport_set_pull_function(session, plain_pull);
        gnutls_transport_set_pull_timeout_function(session, plain_pull_timeout);
        int r = GNUTLS_E_AGAIN;

        while (!is_done(&server) && now_monotonic_us() < end_us) {
            if (r == GNUTLS_E_AGAIN || (r < 0 && !gnutls_error_is_fatal(r)))
                r = gnutls_handshake(session);
            for (unsigned k = 0; k < wire.n; k++)
                dtls_transport_receive(server.transport,
                                       span_of(wire.queue[k].data, wire.queue[k].len),
                                       now_monotonic_us());
            wire.n = 0;
            if (r < 0 && gnutls_error_is_fatal(r))
                break;
        }
        assert_int_not_equal(DTLS_CONNECTED, dtls_transport_state(server.transport));
        gnutls_deinit(session);
        gnutls_certificate_free_credentials(credentials);
        ends_release(&client, &server);
    }
}

static void test_garbage(void **state)
{
    static struct end client, server;
    uint8_t garbage[300];

    (void)state;
    ends_init(&client, &server, true, true);
    srandom(3);
    for (unsigned round = 0; round < 200; round++) {
        size_t len = 1 + (size_t)random() % sizeof garbage;

        for (size_t i = 0; i < len; i++)
            garbage[i] = (uint8_t)random();
        garbage[0] = 22;
        dtls_transport_receive(server.transport, span_of(garbage, len), now_monotonic_us());
    }
    assert_int_not_equal(DTLS_CONNECTED, dtls_transport_state(server.transport));
    ends_release(&client, &server);
}

static void test_gives_up(void **state)
{
    static struct end client, server;
    int64_t now_us = now_monotonic_us();

    (void)state;
    ends_init(&client, &server, true, true);
    assert_true(dtls_transport_due_us(server.transport) <= now_us + 2 * DTLS_HANDSHAKE_MAX_US);
    assert_int_equal(DTLS_HANDSHAKING, dtls_transport_tick(server.transport, now_us));
    assert_int_equal(DTLS_FAILED,
                     dtls_transport_tick(server.transport, now_us + 2 * DTLS_HANDSHAKE_MAX_US));
    assert_true(dtls_transport_due_us(server.transport) == INT64_MAX);
    ends_release(&client, &server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake),         cmocka_unit_test(test_loss),
        cmocka_unit_test(test_repeated_flight),   cmocka_unit_test(test_half_repeated_flight),
        cmocka_unit_test(test_wrong_fingerprint), cmocka_unit_test(test_unacceptable_clients),
        cmocka_unit_test(test_garbage),           cmocka_unit_test(test_gives_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
