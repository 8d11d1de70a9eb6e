/*
 * A classic BPF program that says which socket of a SO_REUSEPORT group a datagram goes to, by its
 * source address (socket(7), SO_ATTACH_REUSEPORT_CBPF). Pure: builds the instructions, nothing
 * else.
 */
#ifndef NEREID_MEDIAD_RTC_STEERING_PROGRAM_H
#define NEREID_MEDIAD_RTC_STEERING_PROGRAM_H

#include <linux/filter.h>

#include "mediad/rtc/net_address.h"

/** Routes in one program: it stays below BPF_MAXINSNS whatever they are. */
#define STEERING_ROUTES_MAX 256
/** And so many addresses with one port: as far as a jump reaches. */
#define STEERING_PORT_MAX 28

struct steering_route {
    struct net_address address;
    unsigned worker; /* the index of its socket in the group */
};

/**
 * Datagrams of these addresses go to their workers; for all others, and for what has IPv4 options
 * or IPv6 extension headers, the program names a socket that does not exist, and the kernel chooses
 * by its own hash.
 * @param family 4 or 6, of all routes: an IPv4 socket and an IPv6 one are in different groups
 * @param routes are brought into another order; at most STEERING_ROUTES_MAX, and
 *               STEERING_PORT_MAX of one port
 * @param out    BPF_MAXINSNS instructions
 * @return how many there are
 */
size_t steering_program(uint8_t family, struct steering_route *routes, size_t n,
                        struct sock_filter *out);

#endif
