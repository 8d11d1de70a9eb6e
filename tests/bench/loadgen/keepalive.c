#include "tests/bench/loadgen/keepalive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stun/usages/ice.h>
#include <sys/random.h>

static const uint16_t known_attributes[] = {
    STUN_ATTRIBUTE_USERNAME,       STUN_ATTRIBUTE_MESSAGE_INTEGRITY, STUN_ATTRIBUTE_ERROR_CODE,
    STUN_ATTRIBUTE_PRIORITY,       STUN_ATTRIBUTE_USE_CANDIDATE,     STUN_ATTRIBUTE_FINGERPRINT,
    STUN_ATTRIBUTE_ICE_CONTROLLED, STUN_ATTRIBUTE_ICE_CONTROLLING,   0};

void keepalive_init(struct keepalive *k, const char *local_ufrag, const char *local_pwd,
                    const char *remote_ufrag, const char *remote_pwd, bool is_controlling)
{
    memset(k, 0, sizeof *k);
    stun_agent_init(&k->agent, known_attributes, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    snprintf(k->local_pwd, sizeof k->local_pwd, "%s", local_pwd);
    snprintf(k->remote_pwd, sizeof k->remote_pwd, "%s", remote_pwd);
    snprintf(k->check_name, sizeof k->check_name, "%s:%s", remote_ufrag, local_ufrag);
    k->is_controlling = is_controlling;
    if (getrandom(&k->tie, sizeof k->tie, 0) < 0)
        k->tie = (uint64_t)(uintptr_t)k;
}

static bool validate(StunAgent *agent, StunMessage *message, uint8_t *username,
                     uint16_t username_len, uint8_t **password, size_t *password_len, void *user)
{
    struct keepalive *k = user;

    (void)agent;
    (void)message;
    (void)username;
    (void)username_len;
    *password = (uint8_t *)k->local_pwd;
    *password_len = strlen(k->local_pwd);
    return true;
}

size_t keepalive_answer(struct keepalive *k, struct span datagram,
                        const struct sockaddr_storage *source, socklen_t source_len,
                        uint8_t out[KEEPALIVE_MESSAGE_MAX])
{
    StunMessage request;
    StunMessage reply;
    size_t len = KEEPALIVE_MESSAGE_MAX;
    bool controlling = k->is_controlling;

    if (datagram.len < 20 || (datagram.data[0] & 1) != 0 || datagram.data[1] != 1)
        return 0; /* a reply to one of our checks, or an indication */
    if (stun_agent_validate(&k->agent, &request, datagram.data, datagram.len, validate, k) !=
        STUN_VALIDATION_SUCCESS)
        return 0;
    if (stun_usage_ice_conncheck_create_reply(
            &k->agent, &request, &reply, out, &len, source, source_len, &controlling, k->tie,
            STUN_USAGE_ICE_COMPATIBILITY_RFC5245) != STUN_USAGE_ICE_RETURN_SUCCESS)
        return 0;
    return len;
}

size_t keepalive_check(struct keepalive *k, uint8_t out[KEEPALIVE_MESSAGE_MAX])
{
    StunMessage request;
    StunTransactionId id;
    size_t len;

    len = stun_usage_ice_conncheck_create(&k->agent, &request, out, KEEPALIVE_MESSAGE_MAX,
                                          (const uint8_t *)k->check_name, strlen(k->check_name),
                                          (const uint8_t *)k->remote_pwd, strlen(k->remote_pwd),
                                          k->is_controlling, k->is_controlling, 0x6e001eff, k->tie,
                                          NULL, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    /* Replies are not waited for: consent is the server's business, ours is only to keep it. */
    if (len > 0) {
        stun_message_id(&request, id);
        stun_agent_forget_transaction(&k->agent, id);
    }
    return len;
}
