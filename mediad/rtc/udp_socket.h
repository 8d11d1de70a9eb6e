/*
 * The media port: UDP sockets that all workers open on one port (SO_REUSEPORT), reading in batches
 * into slots, and paths (from our address to a peer's) prepared for sending.
 */
#ifndef NEREID_MEDIAD_RTC_UDP_SOCKET_H
#define NEREID_MEDIAD_RTC_UDP_SOCKET_H

#include <netinet/in.h>

#include "common/error.h"
#include "mediad/rtc/slab.h"

#define UDP_BATCH 64
#define UDP_SOCKETS_MAX 2 /* IPv4 and IPv6 */
#define UDP_CONTROL_SIZE 64

struct udp_socket {
    int fd;
    uint8_t family;       /* 4 or 6 */
    bool is_wildcard;     /* listens on every address, so that replies must name theirs */
    uint32_t n_overflows; /* datagrams that the kernel dropped, as it last said */
};

/**
 * Is the port ours to have? A second SO_REUSEPORT bind would succeed beside another program's.
 * @param listen address (ip all zero: every address of the family) and port
 * @return 0; ERR_EXISTS "UDP port N is in use"; ERR_UNSUPPORTED: the machine lacks the family;
 *         ERR_IO
 */
int udp_port_probe(const struct net_address *listen, struct error *e) MUST_USE;
/** Non-blocking, 4 MiB buffers, path-MTU discovery off. @return 0, ERR_IO */
int udp_socket_open(struct udp_socket *out, const struct net_address *listen,
                    struct error *e) MUST_USE;
void udp_socket_close(struct udp_socket *s);

/** From us to a peer, in the words of sendmsg(2). */
struct udp_path {
    struct net_address remote;
    struct net_address local; /* port 0; family 0: the kernel chooses */
    uint8_t socket;           /* index into the worker's sockets */
    uint8_t name_len;
    uint8_t control_len; /* 0: no source address to be named */
    union {
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } name;
    _Alignas(8) uint8_t control[UDP_CONTROL_SIZE];
};

/** Write one control message of sendmsg(2): see cmsg(3).
 * @param at aligned for struct cmsghdr, with room for CMSG_SPACE(len)
 * @return bytes that it takes there */
size_t udp_control_put(uint8_t *at, int level, int type, const void *value, size_t len);

/** @param sockets the worker's; they tell whether a source address must be named */
void udp_path_init(struct udp_path *path, const struct net_address *remote,
                   const struct net_address *local, unsigned socket,
                   const struct udp_socket *sockets);

/** Buffers of recvmmsg(2), one per worker. */
struct udp_receiver {
    struct packet_slot *slots[UDP_BATCH]; /* of the last call; whoever keeps one sets it to NULL */
    uint64_t n_discarded;                 /* because the slab was exhausted */
    struct udp_receiver_buffers *buffers;
};

int udp_receiver_init(struct udp_receiver *r) MUST_USE;
void udp_receiver_release(struct udp_receiver *r, struct slab *slab);
/** The slots that wait for datagrams: while none come, they would keep their chunks. */
void udp_receiver_give_back(struct udp_receiver *r, struct slab *slab);
/**
 * One recvmmsg(2).
 * @param slab new slots come from here; when it is exhausted the batch is smaller, and when no slot
 *             is left what waits is read and thrown away: a socket that stays full helps nobody
 * @return datagrams in slots[0…], 0 when none is waiting. One that is longer than DATAGRAM_MAX has
 *         len 0
 */
unsigned udp_receive(struct udp_receiver *r, struct udp_socket *s, unsigned socket_index,
                     struct slab *slab);

#endif
