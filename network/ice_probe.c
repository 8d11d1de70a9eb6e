#include "network/ice_probe.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <stun/constants.h>
#include <stun/usages/bind.h>
#include <stun/usages/turn.h>

#include "network/probe_line.h"
#include "common/now.h"

#define MESSAGE_SIZE 2048
#define ATTEMPTS 4 /* without log-in, with it, and again with a newer nonce */
#define LATE_ANSWERS 8
#define NO_VALUE (-1)

/** One server being asked. */
struct probe {
    struct probe_line line;
    StunAgent agent;
    StunMessage answer;
    uint8_t request_bytes[MESSAGE_SIZE];
    uint8_t answer_bytes[MESSAGE_SIZE];
    uint8_t *username, *password; /* borrowed; the library takes them so */
    size_t username_len, password_len;
    struct probe_result *out;
};

static void put_address(char *text, const struct sockaddr_storage *address, socklen_t len)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (getnameinfo((const struct sockaddr *)address, len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    snprintf(text, PROBE_TEXT_SIZE, address->ss_family == AF_INET6 ? "[%.60s]:%.8s" : "%.60s:%.8s",
             host, port);
}

/* @return PROBE_WORKS when `answer` holds what the server said to this request. Over UDP what was
 * repeated is answered twice: the late answer to the request before is passed over. */
static enum probe_outcome ask(struct probe *p, size_t request_len)
{
    int64_t begin_us = now_monotonic_us();
    StunValidationStatus status = STUN_VALIDATION_UNMATCHED_RESPONSE;

    if (!request_len)
        return PROBE_FAILED;
    for (int i = 0; i < LATE_ANSWERS && status == STUN_VALIDATION_UNMATCHED_RESPONSE; i++) {
        size_t len = 0;
        enum probe_outcome outcome =
            probe_line_ask(&p->line, span_of(p->request_bytes, request_len), p->answer_bytes,
                           sizeof p->answer_bytes, &len, p->out->text);

        if (outcome != PROBE_WORKS)
            return outcome;
        status = stun_agent_validate(&p->agent, &p->answer, p->answer_bytes, len, NULL, NULL);
    }
    p->out->took_us = now_monotonic_us() - begin_us;
    if (status == STUN_VALIDATION_SUCCESS)
        return PROBE_WORKS;
    /* Signed otherwise than by this password: the server knows another one. */
    return status == STUN_VALIDATION_UNAUTHORIZED ? PROBE_UNAUTHORIZED : PROBE_NOT_STUN;
}

static int error_of(StunMessage *answer)
{
    int code = 0;

    if (stun_message_get_class(answer) != STUN_ERROR ||
        stun_message_find_error(answer, &code) != STUN_MESSAGE_RETURN_SUCCESS)
        return 0;
    return code;
}

static enum probe_outcome binding(struct probe *p)
{
    struct sockaddr_storage mapped = {0}, other = {0};
    socklen_t mapped_len = sizeof mapped, other_len = sizeof other;
    StunMessage request;
    enum probe_outcome outcome = ask(
        p, stun_usage_bind_create(&p->agent, &request, p->request_bytes, sizeof p->request_bytes));

    if (outcome != PROBE_WORKS)
        return outcome;
    if (stun_usage_bind_process(&p->answer, (struct sockaddr *)&mapped, &mapped_len,
                                (struct sockaddr *)&other,
                                &other_len) != STUN_USAGE_BIND_RETURN_SUCCESS) {
        p->out->code = error_of(&p->answer);
        return p->out->code ? PROBE_REFUSED : PROBE_NOT_STUN;
    }
    put_address(p->out->text, &mapped, mapped_len);
    return PROBE_WORKS;
}

static enum probe_outcome allocate(struct probe *p, StunMessage *challenge)
{
    StunMessage request;

    return ask(p, stun_usage_turn_create(&p->agent, &request, p->request_bytes,
                                         sizeof p->request_bytes, challenge,
                                         STUN_USAGE_TURN_REQUEST_PORT_NORMAL, NO_VALUE, NO_VALUE,
                                         p->username, p->username_len, p->password, p->password_len,
                                         STUN_USAGE_TURN_COMPATIBILITY_RFC5766));
}

/* So that the server need not keep it for ten minutes. Whether it hears that is its business. */
static void give_back(struct probe *p, StunMessage *challenge)
{
    StunMessage request;

    (void)ask(p, stun_usage_turn_create_refresh(&p->agent, &request, p->request_bytes,
                                                sizeof p->request_bytes, challenge, 0, p->username,
                                                p->username_len, p->password, p->password_len,
                                                STUN_USAGE_TURN_COMPATIBILITY_RFC5766));
}

static enum probe_outcome relay(struct probe *p)
{
    struct sockaddr_storage relayed = {0}, mapped = {0}, other = {0};
    socklen_t relayed_len = sizeof relayed, mapped_len = sizeof mapped, other_len = sizeof other;
    uint32_t bandwidth, lifetime;
    uint8_t challenge_bytes[MESSAGE_SIZE];
    StunMessage challenge;
    bool is_challenged = false;
    int64_t took_us;

    for (int i = 0; i < ATTEMPTS; i++) {
        enum probe_outcome outcome = allocate(p, is_challenged ? &challenge : NULL);

        if (outcome != PROBE_WORKS)
            return outcome;
        if (stun_usage_turn_process(&p->answer, &relayed, &relayed_len, &mapped, &mapped_len,
                                    &other, &other_len, &bandwidth, &lifetime,
                                    STUN_USAGE_TURN_COMPATIBILITY_RFC5766) ==
            STUN_USAGE_TURN_RETURN_MAPPED_SUCCESS) {
            put_address(p->out->text, &relayed, relayed_len);
            took_us = p->out->took_us;
            if (is_challenged)
                give_back(p, &challenge);
            p->out->took_us = took_us;
            return PROBE_WORKS;
        }
        p->out->code = error_of(&p->answer);
        if (p->out->code == STUN_ERROR_UNAUTHORIZED && is_challenged)
            return PROBE_UNAUTHORIZED;
        if (p->out->code != STUN_ERROR_UNAUTHORIZED && p->out->code != STUN_ERROR_STALE_NONCE)
            return p->out->code ? PROBE_REFUSED : PROBE_NOT_STUN;
        /* The answer, kept while the next one is read. */
        memcpy(challenge_bytes, p->answer_bytes, sizeof challenge_bytes);
        challenge = p->answer;
        challenge.buffer = challenge_bytes;
        is_challenged = true;
    }
    return PROBE_UNAUTHORIZED;
}

void ice_probe(struct probe_result *out, const char *url, const char *username,
               const char *password)
{
    struct probe p = {.out = out,
                      .username = (uint8_t *)username,
                      .password = (uint8_t *)password,
                      .username_len = username ? strlen(username) : 0,
                      .password_len = password ? strlen(password) : 0};
    struct ice_url parts;

    *out = (struct probe_result){.outcome = PROBE_BAD_URL};
    if (!ice_url_parse(&parts, span_str(url)))
        return;
    stun_agent_init(&p.agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    parts.is_turn ? STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS
                                  : STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
    out->outcome = probe_line_open(&p.line, &parts, out->text);
    if (out->outcome != PROBE_WORKS)
        return;
    out->outcome = parts.is_turn ? relay(&p) : binding(&p);
    if (out->outcome == PROBE_WORKS)
        out->code = 0;
    probe_line_close(&p.line);
}
