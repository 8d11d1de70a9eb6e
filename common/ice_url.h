/*
 * Addresses of STUN and TURN servers taken apart (RFC 7064, RFC 7065). Pure.
 */
#ifndef NEREID_COMMON_ICE_URL_H
#define NEREID_COMMON_ICE_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/span.h"

#define ICE_HOST_SIZE 256

struct ice_url {
    char host[ICE_HOST_SIZE]; /* a name or an address, without the brackets of IPv6 */
    uint16_t port;            /* the scheme's, where the address has none */
    bool is_turn;
    bool is_tls;
    bool is_tcp; /* TLS is over TCP, too */
};

/** @return false: it is no such address */
bool ice_url_parse(struct ice_url *out, struct span text) MUST_USE;

#endif
