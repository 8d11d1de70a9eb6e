/*
 * ICE after the agent's work is done: answers the peer's checks and makes our own for consent
 * (RFC 7675, RFC 8445 section 7), with libnice's STUN library. Bytes in, bytes out.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_KEEPALIVE_H
#define NEREID_TESTS_BENCH_LOADGEN_KEEPALIVE_H

#include <netinet/in.h>
#include <stun/stunagent.h>

#include "common/span.h"

#define KEEPALIVE_MESSAGE_MAX 512

struct keepalive {
    StunAgent agent;
    char local_pwd[257];
    char remote_pwd[257];
    char check_name[520]; /* user name of our checks: remote:local */
    bool is_controlling;
    uint64_t tie;
};

void keepalive_init(struct keepalive *k, const char *local_ufrag, const char *local_pwd,
                    const char *remote_ufrag, const char *remote_pwd, bool is_controlling);
/** @return length of the reply to a check, 0 for everything that needs none */
size_t keepalive_answer(struct keepalive *k, struct span datagram,
                        const struct sockaddr_storage *source, socklen_t source_len,
                        uint8_t out[KEEPALIVE_MESSAGE_MAX]);
/** A check of our own. @return its length */
size_t keepalive_check(struct keepalive *k, uint8_t out[KEEPALIVE_MESSAGE_MAX]);

#endif
