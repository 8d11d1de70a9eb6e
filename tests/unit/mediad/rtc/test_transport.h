/*
 * A transport that is connected from the start: ICE has found a way and there are keys, the same
 * for both sides. What is sent stays in the worker's batch. Include it after cmocka.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_TRANSPORT_H
#define NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_TRANSPORT_H

#include "mediad/rtc/peer_transport.h"
#include "mediad/rtc/secure_rtp_suites.h"
#include "mediad/rtc/send_path.h"

static const struct send_path test_transport_path;

static inline const struct send_path *test_transport_way(const struct ice *ice)
{
    (void)ice;
    return &test_transport_path;
}

static const struct ice_ops test_transport_ops = {.path = test_transport_way};
static struct ice test_transport_ice = {&test_transport_ops};

/* Also starts libsrtp2, which the worker needs: call it before the worker is made.
 * @param peer the other side, or NULL @return 0 or -1 */
static inline int test_transport_keys(struct peer_transport *t, struct secure_rtp *peer)
{
    const struct dtls_keys keys = {.suite = secure_rtp_suite_at(0)};

    *t = (struct peer_transport){.endpoint = {.ice = &test_transport_ice}};
    if (secure_rtp_start(NULL) < 0 || secure_rtp_init(&t->rtp, &keys) < 0 ||
        (peer && secure_rtp_init(peer, &keys) < 0))
        return -1;
    t->has_keys = true;
    return 0;
}

static inline void test_transport_attach(struct peer_transport *t, struct worker *w)
{
    t->worker = w;
    t->endpoint.worker = w;
}

#endif
