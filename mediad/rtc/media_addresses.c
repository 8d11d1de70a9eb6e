#include "mediad/rtc/media_addresses.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "mediad/rtc/udp_socket.h"

#define OFFERED_MAX 16

struct address_list {
    struct net_address items[OFFERED_MAX];
    size_t n;
};

int media_addresses_listen(const struct media_config *config, struct net_address *listen,
                           unsigned *n_listen, struct error *e)
{
    struct net_address wanted[UDP_SOCKETS_MAX] = {{.family = 4}, {.family = 6}};
    unsigned n_wanted = UDP_SOCKETS_MAX, n = 0;

    if (config->listen) {
        if (!net_address_parse(&wanted[0], config->listen))
            return error_set(e, ERR_INVALID, "media-listen", "not an IP address");
        n_wanted = 1;
    }
    for (unsigned i = 0; i < n_wanted; i++) {
        wanted[i].port = config->udp_port;
        int r = udp_port_probe(&wanted[i], e);

        /* a machine without IPv6 does without, unless it was asked for by name */
        if (r == ERR_UNSUPPORTED && !config->listen)
            continue;
        if (r < 0)
            return r;
        listen[n++] = wanted[i];
    }
    if (n == 0)
        return error_set(e, ERR_IO, NULL, "no address to listen on");
    *n_listen = n;
    return 0;
}

static void add(struct address_list *list, const struct net_address *a)
{
    for (size_t i = 0; i < list->n; i++) {
        if (memcmp(list->items[i].ip, a->ip, sizeof a->ip) == 0 &&
            list->items[i].family == a->family)
            return;
    }
    if (list->n < OFFERED_MAX)
        list->items[list->n++] = *a;
}

enum rank { RANK_IPV4, RANK_IPV6, RANK_LOOPBACK, RANK_N };

/* IPv6 link-local addresses mean nothing without an interface, and one that is still tentative
 * cannot even be bound: peers on the same link reach us by another. */
static bool rank_of(const struct net_address *a, enum rank *rank)
{
    if (a->family == 6 && net_address_is_link_local(a))
        return false;
    *rank = net_address_is_loopback(a) ? RANK_LOOPBACK : a->family == 4 ? RANK_IPV4 : RANK_IPV6;
    return true;
}

static int add_machine(struct address_list *list, struct error *e)
{
    struct ifaddrs *all;

    if (getifaddrs(&all) < 0)
        return error_set_errno(e, NULL, "cannot list the machine's addresses");
    for (enum rank wanted = 0; wanted < RANK_N; wanted++) {
        for (struct ifaddrs *i = all; i; i = i->ifa_next) {
            struct sockaddr_storage sa = {0};
            struct net_address a;
            enum rank rank;

            if (!i->ifa_addr || !(i->ifa_flags & IFF_UP))
                continue;
            if (i->ifa_addr->sa_family == AF_INET)
                memcpy(&sa, i->ifa_addr, sizeof(struct sockaddr_in));
            else if (i->ifa_addr->sa_family == AF_INET6)
                memcpy(&sa, i->ifa_addr, sizeof(struct sockaddr_in6));
            else
                continue;
            if (net_address_from_sockaddr(&a, &sa) && rank_of(&a, &rank) && rank == wanted)
                add(list, &a);
        }
    }
    freeifaddrs(all);
    return 0;
}

static int collect(struct address_list *list, const struct media_config *config, struct error *e)
{
    struct net_address a;

    for (size_t i = 0; i < config->n_announce; i++) {
        if (!net_address_parse(&a, config->announce[i]))
            return error_set(e, ERR_INVALID, "announce", "not an IP address");
        add(list, &a);
    }
    if (config->n_announce)
        return 0;
    if (config->listen && net_address_parse(&a, config->listen)) {
        add(list, &a);
        return 0;
    }
    return add_machine(list, e);
}

int media_addresses_offer(const struct media_config *config, struct candidate **out, size_t *n,
                          struct error *e)
{
    static const struct log_ctx ctx = {.room = "rtc"};
    struct address_list list = {.n = 0};
    int r = collect(&list, config, e);

    if (r < 0)
        return r;
    struct candidate *candidates = calloc(list.n ? list.n : 1, sizeof *candidates);

    if (!candidates)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    for (size_t i = 0; i < list.n; i++) {
        char text[NET_ADDRESS_TEXT_SIZE];

        candidate_host(&candidates[i], net_address_ip_text(&list.items[i], text), config->udp_port,
                       (unsigned)i);
        log_info(&ctx, "media candidate %s port %u", text, config->udp_port);
    }
    *out = candidates;
    *n = list.n;
    return 0;
}
