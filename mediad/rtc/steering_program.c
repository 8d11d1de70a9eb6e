#include "mediad/rtc/steering_program.h"

#include <netinet/in.h>
#include <stdlib.h>

/* No group has so many sockets. */
#define BY_HASH UINT32_MAX
/* How far a conditional jump reaches. */
#define JUMP_MAX 255

/* The program runs on the UDP payload; headers are at offsets from the network header. */
#define IPV4_START ((uint32_t)SKF_NET_OFF)
#define IPV4_START_NO_OPTIONS 0x45
#define IPV4_SOURCE ((uint32_t)SKF_NET_OFF + 12)
#define IPV4_UDP ((uint32_t)SKF_NET_OFF + 20)
#define IPV6_NEXT_HEADER ((uint32_t)SKF_NET_OFF + 6)
#define IPV6_SOURCE ((uint32_t)SKF_NET_OFF + 8)
#define IPV6_UDP ((uint32_t)SKF_NET_OFF + 40)

struct program {
    struct sock_filter *out;
    size_t n;
    unsigned n_words; /* 32-bit words of an IP address */
};

static void emit(struct program *p, uint16_t code, uint32_t k)
{
    p->out[p->n++] = (struct sock_filter)BPF_STMT(code, k);
}

static void emit_jump(struct program *p, uint16_t code, uint32_t k, size_t if_true, size_t if_false)
{
    p->out[p->n++] = (struct sock_filter)BPF_JUMP(code, k, (uint8_t)if_true, (uint8_t)if_false);
}

static uint32_t word_of(const struct net_address *a, unsigned i)
{
    const uint8_t *at = a->ip + 4 * i;

    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Instructions of one route in a leaf: a load and a comparison for each word, and the answer. */
static size_t route_size(const struct program *p)
{
    return 2 * (size_t)p->n_words + 1;
}

/* The port is in the accumulator, all routes have the same. */
static void emit_leaf(struct program *p, const struct steering_route *routes, size_t n)
{
    _Static_assert(STEERING_PORT_MAX * (2 * 4 + 1) <= JUMP_MAX, "a leaf can be jumped over");
    emit_jump(p, BPF_JMP | BPF_JEQ | BPF_K, routes[0].address.port, 0, n * route_size(p));
    for (size_t i = 0; i < n; i++) {
        for (unsigned word = 0; word < p->n_words; word++) {
            emit(p, BPF_LD | BPF_MEM, word);
            emit_jump(p, BPF_JMP | BPF_JEQ | BPF_K, word_of(&routes[i].address, word), 0,
                      route_size(p) - 2 * (word + 1));
        }
        emit(p, BPF_RET | BPF_K, routes[i].worker);
    }
    emit(p, BPF_RET | BPF_K, BY_HASH);
}

/* The first route of the upper half; all with one port are in the same half. @return n: there is
 * one port only */
static size_t split(const struct steering_route *routes, size_t n)
{
    size_t middle = n / 2;

    while (middle > 0 && routes[middle - 1].address.port == routes[middle].address.port)
        middle--;
    if (middle > 0)
        return middle;
    for (middle = n / 2; middle < n && routes[middle].address.port == routes[0].address.port;)
        middle++;
    return middle;
}

/* A binary search for the port, depth below 10: ports are halved. */
static void emit_tree(struct program *p, const struct steering_route *routes, size_t n)
{
    size_t middle = split(routes, n);

    if (middle == n) {
        emit_leaf(p, routes, n);
        return;
    }
    size_t at = p->n;

    emit_jump(p, BPF_JMP | BPF_JGE | BPF_K, routes[middle].address.port, 0, 0);
    emit_tree(p, routes, middle);
    size_t lower = p->n - at - 1;

    if (lower <= JUMP_MAX) {
        p->out[at].jt = (uint8_t)lower;
    } else {
        /* too far: over a jump that reaches. All jumps are relative, so the lower half can move */
        for (size_t i = p->n++; i > at + 1; i--)
            p->out[i] = p->out[i - 1];
        p->out[at].jf = 1;
        p->out[at + 1] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)lower);
    }
    emit_tree(p, routes + middle, n - middle);
}

/* Words of the source to memory, its port to the accumulator. */
static void emit_head(struct program *p, uint8_t family)
{
    bool is_v4 = family == 4;

    emit(p, BPF_LD | BPF_B | BPF_ABS, is_v4 ? IPV4_START : IPV6_NEXT_HEADER);
    emit_jump(p, BPF_JMP | BPF_JEQ | BPF_K, is_v4 ? IPV4_START_NO_OPTIONS : IPPROTO_UDP, 1, 0);
    emit(p, BPF_RET | BPF_K, BY_HASH);
    for (unsigned word = 0; word < p->n_words; word++) {
        emit(p, BPF_LD | BPF_W | BPF_ABS, (is_v4 ? IPV4_SOURCE : IPV6_SOURCE) + 4 * word);
        emit(p, BPF_ST, word);
    }
    emit(p, BPF_LD | BPF_H | BPF_ABS, is_v4 ? IPV4_UDP : IPV6_UDP);
}

static int compare_ports(const void *a, const void *b)
{
    const struct steering_route *x = a, *y = b;

    return (x->address.port > y->address.port) - (x->address.port < y->address.port);
}

size_t steering_program(uint8_t family, struct steering_route *routes, size_t n,
                        struct sock_filter *out)
{
    struct program p = {.out = out, .n_words = family == 4 ? 1 : 4};

    if (n > 0) {
        qsort(routes, n, sizeof *routes, compare_ports);
        emit_head(&p, family);
        emit_tree(&p, routes, n);
    } else {
        emit(&p, BPF_RET | BPF_K, BY_HASH);
    }
    return p.n;
}
