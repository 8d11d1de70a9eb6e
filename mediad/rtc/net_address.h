/*
 * Internet addresses with ports as small values: compared, hashed and used as table keys. IPv4
 * addresses mapped into IPv6 become IPv4.
 */
#ifndef NEREID_MEDIAD_RTC_NET_ADDRESS_H
#define NEREID_MEDIAD_RTC_NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum transport_protocol { TRANSPORT_UDP, TRANSPORT_TCP };

/** Unused bytes are zero, so that equal addresses are equal bytes. Zeroed: no address. */
struct net_address {
    uint8_t ip[16];
    uint32_t scope;   /* interface of a link-local address, else 0 */
    uint16_t port;    /* host order */
    uint8_t family;   /* 4 or 6; 0: none */
    uint8_t protocol; /* enum transport_protocol: a peer by TCP is another one */
};

#define NET_ADDRESS_TEXT_SIZE 80

/** @return false (and no address) for other families */
bool net_address_from_sockaddr(struct net_address *out, const struct sockaddr_storage *sa);
/** @return length of the socket address, 0 for no address */
socklen_t net_address_to_sockaddr(const struct net_address *a, struct sockaddr_storage *out);
bool net_address_eq(const struct net_address *a, const struct net_address *b);
/** The network a source belongs to for limits: IPv4 /24 or IPv6 /56, hashed. */
uint32_t net_address_network_hash(const struct net_address *a);
/** The host: IPv4 address or IPv6 /64, hashed. */
uint32_t net_address_host_hash(const struct net_address *a);
/** Numeric text of the address without its port ("192.0.2.1", "2001:db8::1"). @return false when it
 * is neither */
bool net_address_parse(struct net_address *out, const char *text);
/** @return text, without port and scope */
const char *net_address_ip_text(const struct net_address *a, char text[NET_ADDRESS_TEXT_SIZE]);
/** Address, port and protocol as one number, for comparing where a copy would be torn: 0 for no
 * address, odd for TCP. Two addresses may have the same one. */
uint64_t net_address_fingerprint(const struct net_address *a);
bool net_address_is_loopback(const struct net_address *a);
bool net_address_is_link_local(const struct net_address *a);

#endif
