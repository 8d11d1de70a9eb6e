#include "mediad/rtc/dtls_transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/dtls.h>

#include "common/now.h"
#include "mediad/rtc/dtls_identity_internal.h"
#include "mediad/rtc/secure_rtp_suites.h"

/* A flight is repeated after so long, and then after twice that, and so on. As the client we begin
 * when the path is proven; FFmpeg throws that first flight away when it is not done with ICE. */
#define RETRANSMIT_CLIENT_MS 250
#define RETRANSMIT_SERVER_MS 1000
#define HANDSHAKE_BYTES_MAX 16384
#define RECORDS_PER_CALL 64
#define DRAIN_SIZE 2048

struct dtls_transport {
    gnutls_session_t session;
    enum dtls_state state;
    bool is_client;
    bool is_closing;
    struct sdp_fingerprint fingerprints[SDP_FINGERPRINTS_MAX];
    size_t n_fingerprints;
    struct span incoming; /* the datagram of the present call, until it was pulled */
    bool is_dry; /* GnuTLS asked for more than that datagram: it holds no record any more */
    dtls_send_fn *send;
    void *user;
    int64_t started_us;
    int64_t due_us;
    const char *reason; /* static */
};

static ssize_t push(gnutls_transport_ptr_t pointer, const void *data, size_t len)
{
    struct dtls_transport *t = pointer;

    t->send(t->user, data, len);
    return (ssize_t)len;
}

static ssize_t pull(gnutls_transport_ptr_t pointer, void *data, size_t size)
{
    struct dtls_transport *t = pointer;
    size_t len = t->incoming.len;

    if (!len) {
        t->is_dry = true;
        gnutls_transport_set_errno(t->session, EAGAIN);
        return -1;
    }
    if (len > size)
        len = size;
    memcpy(data, t->incoming.data, len);
    t->incoming = span_of(NULL, 0);
    return (ssize_t)len;
}

static int pull_timeout(gnutls_transport_ptr_t pointer, unsigned ms)
{
    struct dtls_transport *t = pointer;

    (void)ms; /* nothing will come while we are in this call */
    t->is_dry = t->is_dry || !t->incoming.len;
    return t->incoming.len > 0;
}

/* Every suite of ours that this GnuTLS knows. */
static int offer_suites(gnutls_session_t session)
{
    const struct secure_rtp_suite *suite;
    gnutls_srtp_profile_t profile;
    int r = GNUTLS_E_UNIMPLEMENTED_FEATURE;

    for (unsigned i = 0; (suite = secure_rtp_suite_at(i)) != NULL; i++) {
        if (gnutls_srtp_get_profile_id(suite->name, &profile) < 0)
            continue;
        r = gnutls_srtp_set_profile(session, profile);
        if (r < 0)
            return r;
    }
    return r;
}

/* What the peers agreed on, or NULL. */
static const struct secure_rtp_suite *selected_suite(gnutls_session_t session)
{
    gnutls_srtp_profile_t profile;

    if (gnutls_srtp_get_selected_profile(session, &profile) < 0)
        return NULL;
    return secure_rtp_suite_find(gnutls_srtp_get_profile_name(profile));
}

static int set_up_session(struct dtls_transport *t, const struct dtls_identity *identity)
{
    unsigned flags = GNUTLS_DATAGRAM | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS | GNUTLS_NO_SIGNAL;
    int r = gnutls_init(&t->session, flags | (t->is_client ? GNUTLS_CLIENT : GNUTLS_SERVER));

    if (r < 0) {
        t->session = NULL;
        return r;
    }
    r = dtls_identity_apply(identity, t->session);
    if (r >= 0)
        r = offer_suites(t->session);
    if (r < 0)
        return r;
    if (!t->is_client)
        gnutls_certificate_server_set_request(t->session, GNUTLS_CERT_REQUIRE);
    gnutls_dtls_set_mtu(t->session, DTLS_MTU);
    gnutls_dtls_set_timeouts(t->session, t->is_client ? RETRANSMIT_CLIENT_MS : RETRANSMIT_SERVER_MS,
                             (unsigned)(DTLS_HANDSHAKE_MAX_US / US_PER_MS));
    gnutls_handshake_set_max_packet_length(t->session, HANDSHAKE_BYTES_MAX);
    gnutls_transport_set_ptr(t->session, t);
    gnutls_transport_set_push_function(t->session, push);
    gnutls_transport_set_pull_function(t->session, pull);
    gnutls_transport_set_pull_timeout_function(t->session, pull_timeout);
    return 0;
}

int dtls_transport_new(struct dtls_transport **out, const struct dtls_identity *identity,
                       bool is_client, const struct sdp_fingerprint *fingerprints,
                       size_t n_fingerprints, dtls_send_fn *send, void *user, int64_t now_us)
{
    if (n_fingerprints == 0 || n_fingerprints > SDP_FINGERPRINTS_MAX)
        return ERR_INVALID;
    struct dtls_transport *t = calloc(1, sizeof *t);

    if (!t)
        return ERR_NO_MEMORY;
    t->is_client = is_client;
    t->send = send;
    t->user = user;
    t->started_us = now_us;
    t->due_us = is_client ? now_us : now_us + DTLS_HANDSHAKE_MAX_US;
    memcpy(t->fingerprints, fingerprints, n_fingerprints * sizeof *fingerprints);
    t->n_fingerprints = n_fingerprints;
    if (set_up_session(t, identity) < 0) {
        dtls_transport_free(t);
        return ERR_CRYPTO;
    }
    *out = t;
    return 0;
}

void dtls_transport_free(struct dtls_transport *t)
{
    if (!t)
        return;
    if (t->session)
        gnutls_deinit(t->session);
    free(t);
}

static enum dtls_state fail(struct dtls_transport *t, const char *reason)
{
    t->state = DTLS_FAILED;
    t->due_us = INT64_MAX;
    t->reason = reason;
    return t->state;
}

static gnutls_digest_algorithm_t digest_of(enum sdp_hash hash)
{
    switch (hash) {
    case SDP_SHA_256:
        return GNUTLS_DIG_SHA256;
    case SDP_SHA_384:
        return GNUTLS_DIG_SHA384;
    case SDP_SHA_512:
        return GNUTLS_DIG_SHA512;
    }
    return GNUTLS_DIG_UNKNOWN;
}

/* The certificate proves nothing by itself: the SDP named its hash over the authenticated channel.
 */
static bool peer_matches(struct dtls_transport *t)
{
    unsigned n_certificates = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(t->session, &n_certificates);

    if (!chain || n_certificates == 0)
        return false;
    for (size_t i = 0; i < t->n_fingerprints; i++) {
        const struct sdp_fingerprint *want = &t->fingerprints[i];
        uint8_t hash[64];
        size_t len = sizeof hash;

        if (gnutls_fingerprint(digest_of(want->hash), &chain[0], hash, &len) == 0 &&
            len == want->len && memcmp(hash, want->bytes, len) == 0)
            return true;
    }
    return false;
}

static enum dtls_state finish(struct dtls_transport *t)
{
    if (!peer_matches(t)) {
        (void)gnutls_alert_send(t->session, GNUTLS_AL_FATAL, GNUTLS_A_BAD_CERTIFICATE);
        return fail(t, "the peer's certificate does not match its fingerprint");
    }
    if (!selected_suite(t->session)) {
        (void)gnutls_alert_send(t->session, GNUTLS_AL_FATAL, GNUTLS_A_HANDSHAKE_FAILURE);
        return fail(t, "no common SRTP profile");
    }
    t->state = DTLS_CONNECTED;
    t->due_us = INT64_MAX;
    return t->state;
}

static enum dtls_state shake(struct dtls_transport *t, int64_t now_us)
{
    if (now_us - t->started_us >= DTLS_HANDSHAKE_MAX_US)
        return fail(t, "handshake timed out");
    int r;
    unsigned rounds = 0;

    /* GnuTLS says "again" for each repeated record that it throws away, although it holds others or
     * has not pulled the datagram yet */
    t->is_dry = false;
    do {
        r = gnutls_handshake(t->session);
    } while (r < 0 && !(r == GNUTLS_E_AGAIN && t->is_dry) && !gnutls_error_is_fatal(r) &&
             ++rounds < RECORDS_PER_CALL);
    if (r == GNUTLS_E_SUCCESS)
        return finish(t);
    if (r < 0 && gnutls_error_is_fatal(r)) {
        (void)gnutls_alert_send_appropriate(t->session, r);
        return fail(t, gnutls_strerror(r));
    }
    t->due_us = now_us + (int64_t)gnutls_dtls_get_timeout(t->session) * US_PER_MS;
    if (t->due_us < now_us + US_PER_MS)
        t->due_us = now_us + US_PER_MS;
    if (t->due_us > t->started_us + DTLS_HANDSHAKE_MAX_US)
        t->due_us = t->started_us + DTLS_HANDSHAKE_MAX_US;
    return t->state;
}

/* After the handshake: repeat the last flight when it was lost, notice alerts, drop data. */
static enum dtls_state drain(struct dtls_transport *t)
{
    uint8_t data[DRAIN_SIZE];

    t->is_dry = false;
    for (unsigned i = 0; i < RECORDS_PER_CALL; i++) {
        ssize_t n = gnutls_record_recv(t->session, data, sizeof data);

        if (n > 0 || n == GNUTLS_E_WARNING_ALERT_RECEIVED || n == GNUTLS_E_INTERRUPTED ||
            (n == GNUTLS_E_AGAIN && !t->is_dry))
            continue;
        if (n == 0) {
            t->state = DTLS_CLOSED;
        } else if (n == GNUTLS_E_REHANDSHAKE) {
            /* answered by silence: renegotiation is not done (RFC 8827 section 6.5) */
            continue;
        } else if (n == GNUTLS_E_FATAL_ALERT_RECEIVED) {
            t->state = DTLS_CLOSED;
        }
        break;
    }
    return t->state;
}

enum dtls_state dtls_transport_receive(struct dtls_transport *t, struct span datagram,
                                       int64_t now_us)
{
    if (t->state == DTLS_FAILED || t->state == DTLS_CLOSED)
        return t->state;
    t->incoming = datagram;
    enum dtls_state state = t->state == DTLS_HANDSHAKING ? shake(t, now_us) : drain(t);

    t->incoming = span_of(NULL, 0);
    return state;
}

enum dtls_state dtls_transport_tick(struct dtls_transport *t, int64_t now_us)
{
    if (t->state == DTLS_HANDSHAKING && now_us >= t->due_us)
        return shake(t, now_us);
    return t->state;
}

int64_t dtls_transport_due_us(const struct dtls_transport *t)
{
    return t->due_us;
}

enum dtls_state dtls_transport_state(const struct dtls_transport *t)
{
    return t->state;
}

const char *dtls_transport_reason(const struct dtls_transport *t)
{
    return t->reason ? t->reason : "";
}

static void put_master(uint8_t out[SECURE_RTP_MASTER_MAX], const gnutls_datum_t *key,
                       const gnutls_datum_t *salt)
{
    memcpy(out, key->data, key->size);
    memcpy(out + key->size, salt->data, salt->size);
}

int dtls_transport_keys(struct dtls_transport *t, struct dtls_keys *out)
{
    uint8_t material[2 * SECURE_RTP_MASTER_MAX];
    gnutls_datum_t client_key, client_salt, server_key, server_salt;

    if (t->state != DTLS_CONNECTED)
        return ERR_WRONG_STATE;
    const struct secure_rtp_suite *suite = selected_suite(t->session);

    if (!suite || gnutls_srtp_get_keys(t->session, material, sizeof material, &client_key,
                                       &client_salt, &server_key, &server_salt) < 0)
        return ERR_CRYPTO;
    if (client_key.size != suite->key_len || client_salt.size != suite->salt_len ||
        server_key.size != suite->key_len || server_salt.size != suite->salt_len)
        return ERR_CRYPTO;
    out->suite = suite;
    put_master(t->is_client ? out->local : out->remote, &client_key, &client_salt);
    put_master(t->is_client ? out->remote : out->local, &server_key, &server_salt);
    gnutls_memset(material, 0, sizeof material);
    return 0;
}

void dtls_transport_close(struct dtls_transport *t)
{
    if (t->state != DTLS_CONNECTED || t->is_closing)
        return;
    t->is_closing = true;
    (void)gnutls_bye(t->session, GNUTLS_SHUT_WR);
}
