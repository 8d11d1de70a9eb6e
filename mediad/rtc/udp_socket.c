#include "mediad/rtc/udp_socket.h"

#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKET_BUFFER_BYTES (4 * 1024 * 1024)
#define RECEIVE_CONTROL_SIZE 128
#define DSCP_AF41 (34 << 2) /* video; audio says EF for itself */

struct udp_receiver_buffers {
    struct mmsghdr messages[UDP_BATCH];
    struct iovec vectors[UDP_BATCH];
    struct sockaddr_storage names[UDP_BATCH];
    _Alignas(8) uint8_t controls[UDP_BATCH][RECEIVE_CONTROL_SIZE];
};

static bool is_wildcard(const struct net_address *a)
{
    static const uint8_t zero[16];

    return memcmp(a->ip, zero, sizeof zero) == 0;
}

static int open_and_bind(const struct net_address *listen, bool is_shared)
{
    struct sockaddr_storage name;
    socklen_t name_len = net_address_to_sockaddr(listen, &name);
    int on = 1;
    int fd = socket(name.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if ((name.ss_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0) ||
        (is_shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0) ||
        bind(fd, (struct sockaddr *)&name, name_len) < 0) {
        int saved = errno;

        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

int udp_port_probe(const struct net_address *listen, struct error *e)
{
    int fd = open_and_bind(listen, false);

    if (fd >= 0) {
        close(fd);
        return 0;
    }
    if (errno == EADDRINUSE)
        return error_set(e, ERR_EXISTS, NULL, "UDP port %u is in use", listen->port);
    if (errno == EAFNOSUPPORT || (errno == EADDRNOTAVAIL && is_wildcard(listen)))
        return error_set(e, ERR_UNSUPPORTED, NULL, "no IPv%u here", listen->family);
    return error_set_errno(e, NULL, "cannot listen on UDP port %u", listen->port);
}

static void set_buffer(int fd, int force, int ordinary)
{
    int size = SOCKET_BUFFER_BYTES;

    if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof size) < 0)
        (void)setsockopt(fd, SOL_SOCKET, ordinary, &size, sizeof size);
}

/* A missing option costs comfort, not function, so failures are passed over. */
static void set_options(int fd, const struct net_address *listen)
{
    int on = 1;
    int tos = DSCP_AF41;

    set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
    set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
    (void)setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    if (listen->family == 4) {
        int discover = IP_PMTUDISC_DONT;

        (void)setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof discover);
        (void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    } else {
        int discover = IPV6_PMTUDISC_DONT;

        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &discover, sizeof discover);
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos);
    }
}

int udp_socket_open(struct udp_socket *out, const struct net_address *listen, struct error *e)
{
    int on = 1;
    int fd = open_and_bind(listen, true);

    if (fd < 0)
        return error_set_errno(e, NULL, "cannot listen on UDP port %u", listen->port);
    set_options(fd, listen);
    /* without this a host with several addresses would answer from the wrong one */
    if (is_wildcard(listen) &&
        (listen->family == 4
             ? setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on)
             : setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on)) < 0) {
        int r = error_set_errno(e, NULL, "cannot ask for packet addresses");

        close(fd);
        return r;
    }
    *out =
        (struct udp_socket){.fd = fd, .family = listen->family, .is_wildcard = is_wildcard(listen)};
    return 0;
}

void udp_socket_close(struct udp_socket *s)
{
    if (s->family)
        close(s->fd);
    s->family = 0;
}

size_t udp_control_put(uint8_t *at, int level, int type, const void *value, size_t len)
{
    struct cmsghdr *c = (struct cmsghdr *)at;

    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(c), value, len);
    return CMSG_SPACE(len);
}

void udp_path_init(struct udp_path *path, const struct net_address *remote,
                   const struct net_address *local, unsigned socket,
                   const struct udp_socket *sockets)
{
    struct sockaddr_storage name;

    memset(path, 0, sizeof *path);
    path->remote = *remote;
    path->local = *local;
    path->socket = (uint8_t)socket;
    path->name_len = (uint8_t)net_address_to_sockaddr(remote, &name);
    memcpy(&path->name, &name, path->name_len);
    if (!sockets[socket].is_wildcard || !local->family)
        return;
    if (local->family == 4) {
        struct in_pktinfo info = {0};

        memcpy(&info.ipi_spec_dst, local->ip, 4);
        path->control_len =
            (uint8_t)udp_control_put(path->control, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    } else {
        struct in6_pktinfo info = {.ipi6_ifindex = local->scope};

        memcpy(&info.ipi6_addr, local->ip, 16);
        path->control_len =
            (uint8_t)udp_control_put(path->control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    }
}

int udp_receiver_init(struct udp_receiver *r)
{
    memset(r, 0, sizeof *r);
    r->buffers = calloc(1, sizeof *r->buffers);
    if (!r->buffers)
        return ERR_NO_MEMORY;
    for (unsigned i = 0; i < UDP_BATCH; i++) {
        struct msghdr *m = &r->buffers->messages[i].msg_hdr;

        m->msg_name = &r->buffers->names[i];
        m->msg_iov = &r->buffers->vectors[i];
        m->msg_iovlen = 1;
        m->msg_control = r->buffers->controls[i];
        r->buffers->vectors[i].iov_len = DATAGRAM_MAX;
    }
    return 0;
}

void udp_receiver_give_back(struct udp_receiver *r, struct slab *slab)
{
    for (unsigned i = 0; i < UDP_BATCH; i++) {
        if (r->slots[i])
            slab_unref(slab, &r->slots[i]->packet);
        r->slots[i] = NULL;
    }
}

void udp_receiver_release(struct udp_receiver *r, struct slab *slab)
{
    udp_receiver_give_back(r, slab);
    free(r->buffers);
    r->buffers = NULL;
}

static void read_control(struct packet_slot *slot, struct udp_socket *s, struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;

            memcpy(&info, CMSG_DATA(c), sizeof info);
            memcpy(slot->local.ip, &info.ipi_addr, 4);
            slot->local.family = 4;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;

            memcpy(&info, CMSG_DATA(c), sizeof info);
            memcpy(slot->local.ip, &info.ipi6_addr, 16);
            slot->local.family = 6;
            if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
                slot->local.scope = info.ipi6_ifindex;
        } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
            memcpy(&s->n_overflows, CMSG_DATA(c), sizeof s->n_overflows);
        }
    }
}

static unsigned fill_slots(struct udp_receiver *r, struct slab *slab)
{
    unsigned n = 0;

    for (; n < UDP_BATCH; n++) {
        struct msghdr *m = &r->buffers->messages[n].msg_hdr;

        if (!r->slots[n])
            r->slots[n] = slab_take(slab);
        if (!r->slots[n])
            break;
        r->buffers->vectors[n].iov_base = r->slots[n]->data;
        m->msg_namelen = sizeof r->buffers->names[n];
        m->msg_controllen = RECEIVE_CONTROL_SIZE;
        m->msg_flags = 0;
    }
    return n;
}

static void discard(struct udp_receiver *r, struct udp_socket *s)
{
    uint8_t byte;

    for (unsigned i = 0; i < UDP_BATCH && recv(s->fd, &byte, 1, MSG_DONTWAIT) >= 0; i++)
        r->n_discarded++;
}

unsigned udp_receive(struct udp_receiver *r, struct udp_socket *s, unsigned socket_index,
                     struct slab *slab)
{
    unsigned room = fill_slots(r, slab);

    if (!room)
        discard(r, s);
    int n = room ? recvmmsg(s->fd, r->buffers->messages, room, MSG_DONTWAIT, NULL) : 0;

    for (int i = 0; i < n; i++) {
        struct mmsghdr *message = &r->buffers->messages[i];
        struct packet_slot *slot = r->slots[i];

        slot->len = (uint16_t)message->msg_len;
        slot->socket = (uint8_t)socket_index;
        slot->is_second_look = false;
        slot->worker = (uint8_t)slab->worker;
        memset(&slot->local, 0, sizeof slot->local);
        read_control(slot, s, &message->msg_hdr);
        if ((message->msg_hdr.msg_flags & MSG_TRUNC) ||
            !net_address_from_sockaddr(&slot->source, &r->buffers->names[i]))
            slot->len = 0;
    }
    return n < 0 ? 0 : (unsigned)n;
}
