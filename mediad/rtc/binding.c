#include "mediad/rtc/binding.h"

#include <string.h>

#include <stun/constants.h>
#include <stun/usages/ice.h>

#include "common/reader.h"

#define STUN_HEADER_SIZE 20
#define BINDING_REQUEST 0x0001

/* What a request may carry with understanding required; the rest of that range is answered 420. */
static const uint16_t known_attributes[] = {
    STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, STUN_ATTRIBUTE_PRIORITY,
    STUN_ATTRIBUTE_USE_CANDIDATE, 0};

struct expected {
    const char *local_ufrag;
    const char *local_pwd;
    const char *remote_ufrag;
};

void binding_init(struct binding *b)
{
    stun_agent_init(&b->agent, known_attributes, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
}

static bool is_binding_request(struct span datagram)
{
    struct reader r = reader_init(datagram);
    uint16_t type = reader_u16(&r);
    uint16_t length = reader_u16(&r);
    uint32_t cookie = reader_u32(&r);

    return !r.bad && datagram.len >= STUN_HEADER_SIZE && type == BINDING_REQUEST &&
           length == datagram.len - STUN_HEADER_SIZE && length % 4 == 0 &&
           cookie == STUN_MAGIC_COOKIE;
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
