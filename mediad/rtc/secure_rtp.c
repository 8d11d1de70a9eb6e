#include "mediad/rtc/secure_rtp.h"

#include <pthread.h>
#include <string.h>

#include <srtp2/srtp.h>

#include "mediad/rtc/secure_rtp_backend.h"
#include "mediad/rtc/secure_rtp_engine.h"

/* libsrtp2 keeps one state per process and refuses to be started twice. */
static pthread_once_t start_once = PTHREAD_ONCE_INIT;
static const char *start_failure;

static void start(void)
{
    if (srtp_init() != srtp_err_status_ok)
        start_failure = "libsrtp2 does not start";
    else if (secure_rtp_backend_register() < 0)
        start_failure = "libsrtp2 refuses nettle's AES or SHA-1";
    secure_rtp_engine_choose();
}

int secure_rtp_start(struct error *e)
{
    pthread_once(&start_once, start);
    return start_failure ? error_set(e, ERR_CRYPTO, NULL, "%s", start_failure) : 0;
}

static srtp_t libsrtp_session_new(const struct secure_rtp_suite *suite, const uint8_t *key,
                                  srtp_ssrc_type_t ssrc_type)
{
    srtp_profile_t profile = (srtp_profile_t)suite->profile;
    srtp_policy_t policy = {
        .ssrc = {.type = ssrc_type},
        /* the library's type lacks a const; it only reads */
        .key = (unsigned char *)(uintptr_t)key,
        .window_size = SECURE_RTP_WINDOW,
    };
    srtp_t session;

    if (srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile) != srtp_err_status_ok ||
        srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile) != srtp_err_status_ok)
        return NULL;
    return srtp_create(&session, &policy) == srtp_err_status_ok ? session : NULL;
}

int secure_rtp_init(struct secure_rtp *s, const struct dtls_keys *keys)
{
    s->send_rtcp = libsrtp_session_new(keys->suite, keys->local, ssrc_any_outbound);
    s->receive = libsrtp_session_new(keys->suite, keys->remote, ssrc_any_inbound);
    if (!s->send_rtcp || !s->receive) {
        secure_rtp_release(s);
        return ERR_CRYPTO;
    }
    secure_rtp_key_init(&s->key, keys->suite, keys->local);
    return 0;
}

void secure_rtp_release(struct secure_rtp *s)
{
    secure_rtp_key_release(&s->key);
    if (s->send_rtcp)
        srtp_dealloc(s->send_rtcp);
    if (s->receive)
        srtp_dealloc(s->receive);
    s->send_rtcp = NULL;
    s->receive = NULL;
    s->n_sources = 0;
}

int secure_rtp_protect(struct secure_rtp *s, struct secure_rtp_stream *stream, void *packet,
                       size_t *len, size_t size)
{
    struct secure_rtp_job job;

    if (*len + SECURE_RTP_TRAILER_MAX > size)
        return ERR_TOO_LARGE;
    if (!secure_rtp_job_init(&job, &s->key, stream, packet, *len))
        return ERR_WRONG_STATE;
    s->key.suite->protect(&job);
    *len = secure_rtp_job_size(&job);
    return 0;
}

int secure_rtp_protect_rtcp(struct secure_rtp *s, void *packet, size_t *len, size_t size)
{
    int n = (int)*len;

    if (!s->send_rtcp)
        return ERR_WRONG_STATE;
    if (*len + SECURE_RTP_TRAILER_MAX > size)
        return ERR_TOO_LARGE;
    if (srtp_protect_rtcp(s->send_rtcp, packet, &n) != srtp_err_status_ok)
        return ERR_CRYPTO;
    *len = (size_t)n;
    return 0;
}

static int map_status(srtp_err_status_t status)
{
    switch (status) {
    case srtp_err_status_ok:
        return 0;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
    case srtp_err_status_pkt_idx_old:
        return ERR_EXISTS;
    case srtp_err_status_bad_param:
    case srtp_err_status_parse_err:
        return ERR_SYNTAX;
    default:
        return ERR_DENIED;
    }
}

static bool is_known(const struct secure_rtp *s, uint32_t source)
{
    for (unsigned i = 0; i < s->n_sources; i++) {
        if (s->sources[i] == source)
            return true;
    }
    return false;
}

/* @param ssrc_at where the packet has its SSRC; the end of what must be there */
static int unprotect(struct secure_rtp *s, uint8_t *packet, size_t *len, size_t ssrc_at,
                     srtp_err_status_t (*function)(srtp_t session, void *packet, int *len))
{
    int n = (int)*len;
    uint32_t source;

    if (!s->receive)
        return ERR_WRONG_STATE;
    if (*len < ssrc_at + sizeof source)
        return ERR_SYNTAX;
    memcpy(&source, packet + ssrc_at, sizeof source);
    bool is_new = !is_known(s, source);

    if (is_new && s->n_sources == SECURE_RTP_SOURCES_MAX)
        return ERR_TOO_LARGE;
    int r = map_status(function(s->receive, packet, &n));

    if (r < 0)
        return r;
    if (is_new)
        s->sources[s->n_sources++] = source;
    *len = (size_t)n;
    return 0;
}

int secure_rtp_unprotect(struct secure_rtp *s, void *packet, size_t *len)
{
    return unprotect(s, packet, len, 8, srtp_unprotect);
}

int secure_rtp_unprotect_rtcp(struct secure_rtp *s, void *packet, size_t *len)
{
    return unprotect(s, packet, len, 4, srtp_unprotect_rtcp);
}
