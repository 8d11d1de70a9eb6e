/* binding_check and binding_is_answered: nothing is answered without the password, and never with
 * more bytes than came in. The first byte says whether the target mends the fingerprint and the
 * integrity of the rest, so that what lies behind them is reached too. */
#include <stdlib.h>
#include <string.h>

#include "mediad/rtc/binding.h"
#include "check.h"

#define UFRAG "evtj"
#define PWD "VOkJxbRl1RmTxUk/WvJxBt"

/* The same attributes in a request of our own making: authentic whatever they are. */
static size_t rebuild(uint8_t out[1504], struct span attributes)
{
    static const uint16_t known[] = {STUN_ATTRIBUTE_USERNAME, 0};
    StunAgent agent;
    StunMessage m;

    stun_agent_init(&agent, known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    check(stun_agent_init_request(&agent, &m, out, 1504, STUN_BINDING));
    stun_message_append_string(&m, STUN_ATTRIBUTE_USERNAME, UFRAG ":h6vY");
    while (attributes.len >= 3) {
        uint16_t type = (uint16_t)(attributes.data[0] << 8 | attributes.data[1]);
        size_t len = attributes.data[2] % 32;

        attributes = span_sub(attributes, 3, attributes.len);
        if (len > attributes.len)
            len = attributes.len;
        stun_message_append_bytes(&m, (StunAttribute)type, attributes.data, len);
        attributes = span_sub(attributes, len, attributes.len);
    }
    return stun_agent_finish_message(&agent, &m, (const uint8_t *)PWD, strlen(PWD));
}

static void try(struct binding *b, struct span datagram, bool is_authentic)
{
    struct net_address source = {.family = 4, .ip = {192, 0, 2, 1}, .port = 1};
    uint8_t reply[BINDING_REPLY_MAX];
    struct span ufrag;
    struct binding_result r = binding_check(b, datagram, UFRAG, PWD, NULL, &source, reply);

    check(r.reply_len <= datagram.len && r.reply_len <= sizeof reply);
    check(r.verdict != BINDING_DROP || r.reply_len == 0);
    if (binding_peek_ufrag(datagram, &ufrag))
        check(ufrag.data >= datagram.data &&
              ufrag.data + ufrag.len <= datagram.data + datagram.len);
    else
        check(r.verdict == BINDING_DROP);
    /* it answers nothing that was asked under this transaction id, whose password is another */
    if (binding_is_answer(datagram)) {
        struct binding_question q = {UFRAG, "h6vY", "another-password-of-22", binding_id(datagram)};

        check(r.verdict == BINDING_DROP);
        check(!binding_is_answered(b, &q, datagram));
    }
    /* without the password nobody finds the tag; the RFC's own vector is in the corpus */
    if (!is_authentic && r.verdict != BINDING_DROP)
        check(datagram.len >= 88);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct binding b;
    uint8_t built[1504];

    if (size == 0 || size > 1504)
        return 0;
    binding_init(&b);
    if (data[0] == 'A') {
        size_t len = rebuild(built, span_of(data + 1, size - 1));

        if (len)
            try(&b, span_of(built, len), true);
    } else {
        uint8_t *exact = malloc(size);

        check(exact);
        memcpy(exact, data, size);
        try(&b, span_of(exact, size), false);
        free(exact);
    }
    return 0;
}
