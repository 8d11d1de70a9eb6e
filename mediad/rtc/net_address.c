#include "mediad/rtc/net_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

bool net_address_from_sockaddr(struct net_address *out, const struct sockaddr_storage *sa)
{
    memset(out, 0, sizeof *out);
    if (sa->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)sa;

        memcpy(out->ip, &in->sin_addr, 4);
        out->port = ntohs(in->sin_port);
        out->family = 4;
        return true;
    }
    if (sa->ss_family != AF_INET6)
        return false;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

    out->port = ntohs(in6->sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
        memcpy(out->ip, in6->sin6_addr.s6_addr + 12, 4);
        out->family = 4;
        return true;
    }
    memcpy(out->ip, &in6->sin6_addr, 16);
    out->family = 6;
    if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
        out->scope = in6->sin6_scope_id;
    return true;
}

socklen_t net_address_to_sockaddr(const struct net_address *a, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (a->family == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)out;

        in->sin_family = AF_INET;
        in->sin_port = htons(a->port);
        memcpy(&in->sin_addr, a->ip, 4);
        return sizeof *in;
    }
    if (a->family == 6) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(a->port);
        memcpy(&in6->sin6_addr, a->ip, 16);
        in6->sin6_scope_id = a->scope;
        return sizeof *in6;
    }
    return 0;
}

bool net_address_eq(const struct net_address *a, const struct net_address *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static uint32_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0x9e3779b97f4a7c15);
    x ^= x >> 29;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(x >> 32);
}

static uint32_t prefix_hash(const struct net_address *a, size_t len)
{
    uint64_t prefix = 0;

    memcpy(&prefix, a->ip, len);
    return mix(prefix ^ ((uint64_t)a->family << 60));
}

uint32_t net_address_network_hash(const struct net_address *a)
{
    return prefix_hash(a, a->family == 4 ? 3 : 7);
}

uint32_t net_address_host_hash(const struct net_address *a)
{
    return prefix_hash(a, a->family == 4 ? 4 : 8);
}

bool net_address_parse(struct net_address *out, const char *text)
{
    struct net_address parsed = {0};

    if (inet_pton(AF_INET, text, parsed.ip) == 1) {
        parsed.family = 4;
    } else {
        memset(parsed.ip, 0, sizeof parsed.ip);
        if (inet_pton(AF_INET6, text, parsed.ip) != 1)
            return false;
        parsed.family = 6;
    }
    *out = parsed;
    return true;
}

const char *net_address_ip_text(const struct net_address *a, char text[NET_ADDRESS_TEXT_SIZE])
{
    text[0] = '\0';
    if (a->family)
        inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->ip, text, NET_ADDRESS_TEXT_SIZE);
    return text;
}

/* FNV-1a, whose lowest two bits make room. */
uint64_t net_address_fingerprint(const struct net_address *a)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    if (!a->family)
        return 0;
    for (size_t i = 0; i < sizeof a->ip; i++)
        hash = (hash ^ a->ip[i]) * UINT64_C(0x100000001b3);
    hash = (hash ^ a->port) * UINT64_C(0x100000001b3);
    return (hash & ~UINT64_C(3)) | 2 | (a->protocol == TRANSPORT_TCP ? 1 : 0);
}

bool net_address_is_loopback(const struct net_address *a)
{
    static const uint8_t loopback6[16] = {[15] = 1};

    return a->family == 4 ? a->ip[0] == 127
                          : a->family == 6 && memcmp(a->ip, loopback6, sizeof loopback6) == 0;
}

bool net_address_is_link_local(const struct net_address *a)
{
    return a->family == 4 ? a->ip[0] == 169 && a->ip[1] == 254
                          : a->family == 6 && a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80;
}
