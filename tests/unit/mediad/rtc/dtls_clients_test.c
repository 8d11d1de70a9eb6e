/* Clients that are no GnuTLS like ours: what other stacks put into their first flight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/dtls_identity.h"
#include "mediad/rtc/dtls_transport.h"

#define DATAGRAMS_MAX 64
#define RECORD_HEADER 13    /* RFC 6347 section 4.1 */
#define HANDSHAKE_HEADER 12 /* section 4.2.2 */
#define PRIVATE_EXTENSION 65280
#define FRAGMENT_NUMBER 40
#define ROUNDS_MAX 20

static const char usual[] = "NORMAL:-VERS-ALL:+VERS-DTLS1.2";

struct wire {
    struct {
        size_t len;
        uint8_t data[2048];
    } queue[DATAGRAMS_MAX];
    unsigned n;
};

static void put(struct wire *w, const void *data, size_t len)
{
    assert_true(w->n < DATAGRAMS_MAX && len <= sizeof w->queue[0].data);
    w->queue[w->n].len = len;
    memcpy(w->queue[w->n++].data, data, len);
}

/* A GnuTLS client, and our server that knows its certificate. */
struct pair {
    gnutls_session_t client;
    gnutls_certificate_credentials_t credentials;
    struct sdp_fingerprint fingerprint;
    struct dtls_identity *identity;
    struct dtls_transport *server;
    struct wire to_server, to_client;
    size_t padding;      /* bytes of an extension that nobody knows */
    size_t fragments[2]; /* the first flight's message is cut into these */
    bool offers_dtls13;
    unsigned n_client; /* datagrams of the client so far */
};

static struct pair *padded; /* GnuTLS's extension callbacks get no pointer of ours */

static void from_server(void *user, const void *datagram, size_t len)
{
    struct pair *p = user;

    put(&p->to_client, datagram, len);
}

static void write_u24(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 16);
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)value;
}

/* One record with one whole handshake message becomes two records with its two halves. */
static void put_fragments(struct pair *p, const uint8_t *record, size_t len)
{
    const uint8_t *body = record + RECORD_HEADER + HANDSHAKE_HEADER;
    size_t offset = 0;

    assert_int_equal(len, RECORD_HEADER + HANDSHAKE_HEADER + p->fragments[0] + p->fragments[1]);
    for (unsigned i = 0; i < 2; i++) {
        uint8_t out[2048];
        size_t n = p->fragments[i];

        memcpy(out, record, RECORD_HEADER + HANDSHAKE_HEADER);
        /* the record's number: the client itself goes on with 1 */
        out[10] = (uint8_t)(out[10] + i * FRAGMENT_NUMBER);
        out[11] = (uint8_t)((HANDSHAKE_HEADER + n) >> 8);
        out[12] = (uint8_t)(HANDSHAKE_HEADER + n);
        write_u24(out + RECORD_HEADER + 6, offset);
        write_u24(out + RECORD_HEADER + 9, n);
        memcpy(out + RECORD_HEADER + HANDSHAKE_HEADER, body + offset, n);
        put(&p->to_server, out, RECORD_HEADER + HANDSHAKE_HEADER + n);
        offset += n;
    }
}

/* Our private extension becomes supported_versions (43) with DTLS 1.3 and 1.2 (RFC 9147 section
 * 5.3), as browsers offer. */
static void offer_dtls13(uint8_t *record, size_t len)
{
    static const uint8_t versions[] = {4, 0xfe, 0xfc, 0xfe, 0xfd};

    for (size_t i = RECORD_HEADER; i + 9 <= len; i++) {
        if (record[i] == PRIVATE_EXTENSION >> 8 && record[i + 1] == (PRIVATE_EXTENSION & 0xff) &&
            record[i + 2] == 0 && record[i + 3] == sizeof versions) {
            record[i] = 0;
            record[i + 1] = 43;
            memcpy(record + i + 4, versions, sizeof versions);
            return;
        }
    }
    fail_msg("the extension is not there");
}

static ssize_t push(gnutls_transport_ptr_t pointer, const void *data, size_t len)
{
    struct pair *p = pointer;
    uint8_t copy[2048];

    assert_true(len <= sizeof copy);
    memcpy(copy, data, len);
    p->n_client++;
    if (p->n_client == 1 && p->offers_dtls13)
        offer_dtls13(copy, len);
    if (p->n_client == 1 && p->fragments[0])
        put_fragments(p, copy, len);
    else
        put(&p->to_server, copy, len);
    return (ssize_t)len;
}

static ssize_t pull(gnutls_transport_ptr_t pointer, void *data, size_t size)
{
    struct pair *p = pointer;
    struct wire *w = &p->to_client;
    size_t len;

    if (!w->n) {
        gnutls_transport_set_errno(p->client, EAGAIN);
        return -1;
    }
    len = w->queue[0].len < size ? w->queue[0].len : size;
    memcpy(data, w->queue[0].data, len);
    memmove(&w->queue[0], &w->queue[1], --w->n * sizeof w->queue[0]);
    return (ssize_t)len;
}

static int pull_timeout(gnutls_transport_ptr_t pointer, unsigned ms)
{
    struct pair *p = pointer;

    (void)ms;
    return p->to_client.n > 0;
}

static int take_nothing(gnutls_session_t session, const unsigned char *data, size_t len)
{
    (void)session;
    (void)data;
    (void)len;
    return 0;
}

static int write_padding(gnutls_session_t session, gnutls_buffer_t extension)
{
    static const uint8_t zeros[2048];

    (void)session;
    return gnutls_buffer_append_data(extension, zeros, padded->padding) < 0 ? GNUTLS_E_MEMORY_ERROR
                                                                            : (int)padded->padding;
}

static void make_certificate(struct pair *p, bool is_rsa)
{
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt;
    unsigned bits = is_rsa ? 2048 : GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
    size_t len = sizeof p->fingerprint.bytes;
    time_t now = time(NULL);

    assert_int_equal(0, gnutls_x509_privkey_init(&key));
    assert_int_equal(
        0, gnutls_x509_privkey_generate(key, is_rsa ? GNUTLS_PK_RSA : GNUTLS_PK_ECDSA, bits, 0));
    assert_int_equal(0, gnutls_x509_crt_init(&crt));
    assert_int_equal(0, gnutls_x509_crt_set_version(crt, 3));
    assert_int_equal(0, gnutls_x509_crt_set_serial(crt, "\1", 1));
    assert_int_equal(0, gnutls_x509_crt_set_activation_time(crt, now - 60));
    assert_int_equal(0, gnutls_x509_crt_set_expiration_time(crt, now + 3600));
    assert_int_equal(0, gnutls_x509_crt_set_dn(crt, "CN=client", NULL));
    assert_int_equal(0, gnutls_x509_crt_set_key(crt, key));
    assert_int_equal(0, gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0));
    assert_int_equal(0, gnutls_certificate_allocate_credentials(&p->credentials));
    assert_true(gnutls_certificate_set_x509_key(p->credentials, &crt, 1, key) >= 0);
    p->fingerprint.hash = SDP_SHA_256;
    assert_int_equal(
        0, gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, p->fingerprint.bytes, &len));
    p->fingerprint.len = (uint8_t)len;
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
}

static void pair_init(struct pair *p, const char *priority, bool is_rsa, size_t padding)
{
    memset(p, 0, sizeof *p);
    p->padding = padding;
    padded = p;
    make_certificate(p, is_rsa);
    assert_int_equal(0, gnutls_init(&p->client, GNUTLS_CLIENT | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK));
    assert_int_equal(0, gnutls_priority_set_direct(p->client, priority, NULL));
    assert_int_equal(0, gnutls_credentials_set(p->client, GNUTLS_CRD_CERTIFICATE, p->credentials));
    assert_int_equal(0, gnutls_srtp_set_profile(p->client, GNUTLS_SRTP_AES128_CM_HMAC_SHA1_80));
    if (padding)
        assert_int_equal(
            0, gnutls_session_ext_register(p->client, "padding", PRIVATE_EXTENSION, GNUTLS_EXT_TLS,
                                           take_nothing, write_padding, NULL, NULL, NULL,
                                           GNUTLS_EXT_FLAG_CLIENT_HELLO | GNUTLS_EXT_FLAG_DTLS));
    gnutls_dtls_set_mtu(p->client, 1900);
    gnutls_transport_set_ptr(p->client, p);
    gnutls_transport_set_push_function(p->client, push);
    gnutls_transport_set_pull_function(p->client, pull);
    gnutls_transport_set_pull_timeout_function(p->client, pull_timeout);
    assert_int_equal(0, dtls_identity_new(&p->identity, NULL));
    assert_int_equal(0, dtls_transport_new(&p->server, p->identity, false, &p->fingerprint, 1,
                                           from_server, p, now_monotonic_us()));
}

static void pair_release(struct pair *p)
{
    gnutls_deinit(p->client);
    gnutls_certificate_free_credentials(p->credentials);
    dtls_transport_free(p->server);
    dtls_identity_free(p->identity);
}

static void deliver(struct pair *p)
{
    for (unsigned i = 0; i < p->to_server.n; i++)
        dtls_transport_receive(p->server,
                               span_of(p->to_server.queue[i].data, p->to_server.queue[i].len),
                               now_monotonic_us());
    p->to_server.n = 0;
}

/* Without a timer: what is not there after a few turns never comes. */
static int shake_hands(struct pair *p)
{
    int r = GNUTLS_E_AGAIN;

    for (unsigned i = 0; i < ROUNDS_MAX && r < 0 && !gnutls_error_is_fatal(r); i++) {
        r = gnutls_handshake(p->client);
        deliver(p);
    }
    return r;
}

static void expect_connected(struct pair *p, const char *name)
{
    int r = shake_hands(p);

    if (r < 0 || dtls_transport_state(p->server) != DTLS_CONNECTED)
        fail_msg("%s: %s; server: %s", name, gnutls_strerror(r), dtls_transport_reason(p->server));
}

static void test_served(void **state)
{
    static const struct {
        const char *name, *priority;
        bool is_rsa;
    } rows[] = {
        {"as GnuTLS does it", usual, false},
        /* RFC 5746 section 4.2 lets a server take such clients; str0m 0.25 is one */
        {"no renegotiation_info", "NORMAL:-VERS-ALL:+VERS-DTLS1.2:%DISABLE_SAFE_RENEGOTIATION",
         false},
        {"an RSA certificate of 2048 bits", usual, true},
    };
    static struct pair p;

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        pair_init(&p, rows[i].priority, rows[i].is_rsa, 0);
        expect_connected(&p, rows[i].name);
        pair_release(&p);
    }
}

/* RFC 5746 section 4.4 and 5: what is not renegotiated cannot be spliced. */
static void test_second_handshake_is_not_answered(void **state)
{
    static const char *const priorities[] = {
        usual, "NORMAL:-VERS-ALL:+VERS-DTLS1.2:%DISABLE_SAFE_RENEGOTIATION"};
    static struct pair p;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        pair_init(&p, priorities[i], false, 0);
        expect_connected(&p, priorities[i]);
        p.to_client.n = 0;
        (void)gnutls_handshake(p.client);
        assert_true(p.to_server.n > 0);
        deliver(&p);
        assert_int_equal(0, p.to_client.n);
        assert_int_equal(DTLS_CONNECTED, dtls_transport_state(p.server));
        pair_release(&p);
    }
}

/* Bytes of the first flight's message with this much padding. */
static size_t hello_len(const char *priority, size_t padding)
{
    static struct pair p;
    size_t len;

    pair_init(&p, priority, false, padding);
    (void)gnutls_handshake(p.client);
    assert_int_equal(1, p.to_server.n);
    len = p.to_server.queue[0].len - RECORD_HEADER - HANDSHAKE_HEADER;
    pair_release(&p);
    return len;
}

/* Hellos with a post-quantum key share do not fit into one datagram (RFC 6347 section 4.2.3); the
 * sizes are those of browsers and of stacks that cut small. */
static void test_fragmented(void **state)
{
    static const char small[] = "NONE:+VERS-DTLS1.2:+ECDHE-ECDSA:+AES-128-GCM:+AEAD:+COMP-NULL:"
                                "+CTYPE-X509:+GROUP-SECP256R1:+SIGN-ECDSA-SHA256";
    static const size_t rows[][2] = {{1200, 263}, {1408, 103}, {255, 72}};
    static struct pair p;
    size_t base = hello_len(small, 1) - 1;

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        pair_init(&p, small, false, rows[i][0] + rows[i][1] - base);
        memcpy(p.fragments, rows[i], sizeof p.fragments);
        expect_connected(&p, "fragmented");
        pair_release(&p);
    }
}

/* The server answers what offers DTLS 1.3 with its own 1.2. (GnuTLS 3.7 offers none, so the offer
 * is written over an extension behind its back, and the handshake cannot be finished.) */
static void test_offer_of_dtls13(void **state)
{
    static struct pair p;
    const uint8_t *record;

    (void)state;
    pair_init(&p, usual, false, 5);
    p.offers_dtls13 = true;
    (void)gnutls_handshake(p.client);
    deliver(&p);
    assert_int_equal(DTLS_HANDSHAKING, dtls_transport_state(p.server));
    assert_true(p.to_client.n > 0);
    record = p.to_client.queue[0].data;
    assert_int_equal(22, record[0]);            /* handshake */
    assert_int_equal(2, record[RECORD_HEADER]); /* ServerHello */
    assert_int_equal(0xfe, record[RECORD_HEADER + HANDSHAKE_HEADER]);
    assert_int_equal(0xfd, record[RECORD_HEADER + HANDSHAKE_HEADER + 1]);
    pair_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_served),
        cmocka_unit_test(test_second_handshake_is_not_answered),
        cmocka_unit_test(test_fragmented),
        cmocka_unit_test(test_offer_of_dtls13),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
