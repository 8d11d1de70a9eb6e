#include "mediad/rtc/binding.h"

#include <stdio.h>
#include <string.h>

#include <stun/constants.h>
#include <stun/usages/ice.h>

#include "common/reader.h"

#define STUN_HEADER_SIZE 20
#define BINDING_REQUEST 0x0001
#define BINDING_SUCCESS 0x0101
#define BINDING_ERROR 0x0111
/* A peer-reflexive candidate's (RFC 8445 section 5.1.2): type 110, one component. The peer, which
 * controls, has its own opinion. */
#define CHECK_PRIORITY ((110u << 24) | (65535u << 8) | 255u)

/* What a request may carry with understanding required; the rest of that range is answered 420. */
static const uint16_t known_attributes[] = {
    STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, STUN_ATTRIBUTE_PRIORITY,
    STUN_ATTRIBUTE_USE_CANDIDATE, 0};

/* What an answer may carry. */
static const uint16_t answer_attributes[] = {
    STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS,
    STUN_ATTRIBUTE_MAPPED_ADDRESS, 0};

struct expected {
    const char *local_ufrag;
    const char *local_pwd;
    const char *remote_ufrag;
};

void binding_init(struct binding *b)
{
    stun_agent_init(&b->agent, known_attributes, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    stun_agent_init(&b->asker, answer_attributes, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
}

/* @return the type, or 0 for what is not a STUN message */
static uint16_t message_type(struct span datagram)
{
    struct reader r = reader_init(datagram);
    uint16_t type = reader_u16(&r);
    uint16_t length = reader_u16(&r);
    uint32_t cookie = reader_u32(&r);
    bool is_stun = !r.bad && datagram.len >= STUN_HEADER_SIZE &&
                   length == datagram.len - STUN_HEADER_SIZE && length % 4 == 0 &&
                   cookie == STUN_MAGIC_COOKIE;

    return is_stun ? type : 0;
}

static bool is_binding_request(struct span datagram)
{
    return message_type(datagram) == BINDING_REQUEST;
}

bool binding_is_answer(struct span datagram)
{
    uint16_t type = message_type(datagram);

    return type == BINDING_SUCCESS || type == BINDING_ERROR;
}

bool binding_peek_ufrag(struct span datagram, struct span *ufrag)
{
    if (!is_binding_request(datagram))
        return false;
    struct reader r = reader_init(span_sub(datagram, STUN_HEADER_SIZE, datagram.len));

    while (reader_left(&r) >= 4) {
        uint16_t type = reader_u16(&r);
        uint16_t length = reader_u16(&r);
        struct span value = reader_span(&r, length);

        reader_skip(&r, (4 - length % 4) % 4);
        if (r.bad)
            return false;
        if (type == STUN_ATTRIBUTE_USERNAME) {
            size_t colon = span_index(value, ':', 0);

            if (colon == 0 || colon == value.len)
                return false;
            *ufrag = span_sub(value, 0, colon);
            return true;
        }
    }
    return false;
}

/* Called by the agent when the request has a user name and an integrity attribute. */
static bool find_password(StunAgent *agent, StunMessage *message, uint8_t *username,
                          uint16_t username_len, uint8_t **password, size_t *password_len,
                          void *user_data)
{
    struct expected *want = user_data;
    struct span name = span_of(username, username_len);
    size_t colon = span_index(name, ':', 0);

    (void)agent;
    (void)message;
    if (colon == name.len || !span_eq_str(span_sub(name, 0, colon), want->local_ufrag))
        return false;
    if (want->remote_ufrag && !span_eq_str(span_sub(name, colon + 1, name.len), want->remote_ufrag))
        return false;
    /* the library's type lacks a const; it only reads */
    *password = (uint8_t *)(uintptr_t)want->local_pwd;
    *password_len = strlen(want->local_pwd);
    return true;
}

static size_t build_error(struct binding *b, const StunMessage *request, StunError code,
                          uint8_t reply[BINDING_REPLY_MAX])
{
    StunMessage response;

    if (!stun_agent_init_error(&b->agent, &response, reply, BINDING_REPLY_MAX, request, code))
        return 0;
    return stun_agent_finish_message(&b->agent, &response, NULL, 0);
}

static size_t build_success(struct binding *b, const StunMessage *request,
                            const struct net_address *source, uint8_t reply[BINDING_REPLY_MAX])
{
    StunMessage response;
    struct sockaddr_storage address;
    socklen_t address_len = net_address_to_sockaddr(source, &address);

    if (!stun_agent_init_response(&b->agent, &response, reply, BINDING_REPLY_MAX, request))
        return 0;
    if (stun_message_append_xor_addr(&response, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &address,
                                     address_len) != STUN_MESSAGE_RETURN_SUCCESS)
        return 0;
    return stun_agent_finish_message(&b->agent, &response, NULL, 0);
}

static struct binding_result refuse(size_t reply_len, struct span datagram)
{
    struct binding_result result = {.verdict = BINDING_REFUSE};

    /* an error that would be larger than what caused it is kept back */
    if (reply_len && reply_len <= datagram.len)
        result.reply_len = reply_len;
    return result;
}

struct binding_result binding_check(struct binding *b, struct span datagram,
                                    const char *local_ufrag, const char *local_pwd,
                                    const char *remote_ufrag, const struct net_address *source,
                                    uint8_t reply[BINDING_REPLY_MAX])
{
    struct binding_result result = {.verdict = BINDING_DROP};
    struct expected want = {local_ufrag, local_pwd, remote_ufrag};
    StunMessage request;
    uint16_t len;

    if (!is_binding_request(datagram))
        return result;
    StunValidationStatus status =
        stun_agent_validate(&b->agent, &request, datagram.data, datagram.len, find_password, &want);

    if (status == STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE)
        return refuse(stun_agent_build_unknown_attributes_error(&b->agent, &(StunMessage){0}, reply,
                                                                BINDING_REPLY_MAX, &request),
                      datagram);
    if (status != STUN_VALIDATION_SUCCESS)
        return result;
    if (stun_message_find32(&request, STUN_ATTRIBUTE_PRIORITY, &result.priority) !=
        STUN_MESSAGE_RETURN_SUCCESS)
        return refuse(build_error(b, &request, STUN_ERROR_BAD_REQUEST, reply), datagram);
    if (stun_message_has_attribute(&request, STUN_ATTRIBUTE_ICE_CONTROLLED))
        return refuse(build_error(b, &request, STUN_ERROR_ROLE_CONFLICT, reply), datagram);
    result.is_nominating = stun_usage_ice_conncheck_use_candidate(&request);
    if (stun_message_find(&request, STUN_ATTRIBUTE_NOMINATION, &len) && len == 4) {
        (void)!stun_message_find32(&request, STUN_ATTRIBUTE_NOMINATION, &result.nomination);
        result.is_nominating = true;
    }
    result.reply_len = build_success(b, &request, source, reply);
    if (result.reply_len && result.reply_len <= datagram.len)
        result.verdict = BINDING_VALID;
    else
        result.reply_len = 0;
    return result;
}

/* The agent knows this transaction afterwards, until forget(). */
static size_t build_question(struct binding *b, const struct binding_question *q, StunMessage *m,
                             uint8_t out[BINDING_CHECK_MAX])
{
    char name[BINDING_CHECK_MAX];
    int n = snprintf(name, sizeof name, "%s:%s", q->remote_ufrag, q->local_ufrag);

    if (n < 0 || (size_t)n >= sizeof name ||
        !stun_agent_init_request(&b->asker, m, out, BINDING_CHECK_MAX, STUN_BINDING))
        return 0;
    memcpy(out + 8, q->id, BINDING_ID_SIZE);
    if (stun_message_append32(m, STUN_ATTRIBUTE_PRIORITY, CHECK_PRIORITY) !=
            STUN_MESSAGE_RETURN_SUCCESS ||
        stun_message_append64(m, STUN_ATTRIBUTE_ICE_CONTROLLED, 0) != STUN_MESSAGE_RETURN_SUCCESS ||
        stun_message_append_string(m, STUN_ATTRIBUTE_USERNAME, name) != STUN_MESSAGE_RETURN_SUCCESS)
        return 0;
    return stun_agent_finish_message(&b->asker, m, (const uint8_t *)q->remote_pwd,
                                     strlen(q->remote_pwd));
}

static void forget(struct binding *b, const StunMessage *m)
{
    StunTransactionId id;

    stun_message_id(m, id);
    (void)stun_agent_forget_transaction(&b->asker, id);
}

size_t binding_ask(struct binding *b, const struct binding_question *q,
                   uint8_t out[BINDING_CHECK_MAX])
{
    StunMessage m;
    size_t len = build_question(b, q, &m, out);

    if (len)
        forget(b, &m);
    return len;
}

bool binding_is_answered(struct binding *b, const struct binding_question *q, struct span datagram)
{
    uint8_t scratch[BINDING_CHECK_MAX];
    StunMessage m, answer;

    /* the agent judges answers to what it has asked: it is told again */
    if (message_type(datagram) != BINDING_SUCCESS || !build_question(b, q, &m, scratch))
        return false;
    StunValidationStatus status =
        stun_agent_validate(&b->asker, &answer, datagram.data, datagram.len, NULL, NULL);

    forget(b, &m);
    return status == STUN_VALIDATION_SUCCESS;
}
