/*
 * Which socket of the media port the kernel gives a datagram to: real sockets over loopback, with
 * the program that the kernel was told. A kernel without it is not tested.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/macros.h"
#include "mediad/rtc/steering.h"

#define N_WORKERS 4
#define N_CLIENTS 300
#define DEADLINE_MS 20000

struct client {
    int fd;
    struct net_address address;
    unsigned by_hash; /* where the kernel leads it by itself */
};

struct port {
    struct udp_socket sockets[N_WORKERS];
    struct sockaddr_storage name;
    socklen_t name_len;
    struct client clients[N_CLIENTS];
    unsigned n_clients;
    struct steering steering;
};

static struct net_address bound_address(int fd)
{
    struct sockaddr_storage sa;
    struct net_address a;
    socklen_t len = sizeof sa;

    assert_int_equal(0, getsockname(fd, (struct sockaddr *)&sa, &len));
    assert_true(net_address_from_sockaddr(&a, &sa));
    return a;
}

/* @param port 0: any @return false: it is in use */
static bool add_client(struct port *p, const char *ip, uint16_t port)
{
    struct net_address a;
    struct sockaddr_storage sa;
    struct client *c = &p->clients[p->n_clients];

    assert_true(net_address_parse(&a, ip));
    a.port = port;
    socklen_t len = net_address_to_sockaddr(&a, &sa);

    c->fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(c->fd >= 0);
    if (bind(c->fd, (struct sockaddr *)&sa, len) < 0) {
        close(c->fd);
        return false;
    }
    c->address = bound_address(c->fd);
    p->n_clients++;
    return true;
}

static void open_port(struct port *p, const char *ip)
{
    struct net_address listen;
    struct error e = {0};

    memset(p, 0, sizeof *p);
    assert_true(net_address_parse(&listen, ip));
    for (unsigned i = 0; i < N_WORKERS; i++) {
        if (udp_socket_open(&p->sockets[i], &listen, &e) < 0)
            fail_msg("%s", e.text);
        listen = bound_address(p->sockets[0].fd);
    }
    p->name_len = net_address_to_sockaddr(&listen, &p->name);
    assert_int_equal(0, steering_init(&p->steering, p->sockets, 1, &e));
}

static void close_port(struct port *p)
{
    steering_release(&p->steering);
    for (unsigned i = 0; i < p->n_clients; i++)
        close(p->clients[i].fd);
    for (unsigned i = 0; i < N_WORKERS; i++)
        udp_socket_close(&p->sockets[i]);
}

/* @return the one socket that gets what a client sends */
static unsigned landing(struct port *p, const struct client *c)
{
    struct pollfd fds[N_WORKERS];
    unsigned to = N_WORKERS;
    uint8_t byte = 7;

    for (unsigned i = 0; i < N_WORKERS; i++)
        fds[i] = (struct pollfd){p->sockets[i].fd, POLLIN, 0};
    assert_int_equal(1, sendto(c->fd, &byte, 1, 0, (struct sockaddr *)&p->name, p->name_len));
    assert_int_equal(1, poll(fds, N_WORKERS, DEADLINE_MS));
    for (unsigned i = 0; i < N_WORKERS; i++) {
        if (fds[i].revents & POLLIN)
            to = i;
    }
    assert_int_equal(1, recv(p->sockets[to].fd, &byte, 1, 0));
    return to;
}

/* The kernel is told when it is time. */
static void run_steering(struct port *p)
{
    struct pollfd fd = {steering_fd(&p->steering), POLLIN, 0};

    assert_int_equal(1, poll(&fd, 1, DEADLINE_MS));
    steering_run(&p->steering);
    assert_int_equal(0, poll(&fd, 1, 0));
    if (p->steering.is_refused) { /* this kernel takes no program: datagrams cross as ever */
        close_port(p);
        skip();
    }
}

static void steer(struct port *p, unsigned client, unsigned worker, bool is_publisher)
{
    const struct steered s = {
        .route = {p->clients[client].address, worker},
        .connection = client,
        .is_publisher = is_publisher,
    };

    steering_add(&p->steering, &s);
}

/* Another worker than the hash would choose. */
static unsigned other(const struct port *p, unsigned client)
{
    return (p->clients[client].by_hash + 1 + client % (N_WORKERS - 1)) % N_WORKERS;
}

/* Many clients, some of which share a port; half of them are steered. */
static void check_landing(const char *ip, const char *second_ip)
{
    static struct port p;

    open_port(&p, ip);
    while (p.n_clients < N_CLIENTS - 1) {
        assert_true(add_client(&p, ip, 0));
        if (p.n_clients % 3 == 0 && second_ip)
            (void)add_client(&p, second_ip, p.clients[p.n_clients - 1].address.port);
    }
    unsigned n_each[N_WORKERS] = {0};

    for (unsigned i = 0; i < p.n_clients; i++) {
        p.clients[i].by_hash = landing(&p, &p.clients[i]);
        n_each[p.clients[i].by_hash]++;
    }
    for (unsigned i = 0; i < N_WORKERS; i++)
        assert_true(n_each[i] > 0);
    for (unsigned i = 0; i < p.n_clients; i += 2)
        steer(&p, i, other(&p, i), i % 4 == 0);
    run_steering(&p);
    for (unsigned i = 0; i < p.n_clients; i++)
        assert_int_equal(i % 2 ? p.clients[i].by_hash : other(&p, i), landing(&p, &p.clients[i]));
    /* some move to another worker, some are let go of, some of these by a worker that has none */
    for (unsigned i = 0; i < p.n_clients; i += 2) {
        const struct steering_route route = {p.clients[i].address, other(&p, i)};
        const struct steering_route wrong = {p.clients[i].address, p.clients[i].by_hash};

        if (i % 8 == 0)
            steer(&p, i, p.clients[i].by_hash, true);
        else if (i % 8 == 2)
            steering_remove(&p.steering, &route);
        else if (i % 8 == 4)
            steering_forget(&p.steering, i);
        else
            steering_remove(&p.steering, &wrong);
    }
    run_steering(&p);
    for (unsigned i = 0; i < p.n_clients; i++)
        assert_int_equal(i % 8 == 6 ? other(&p, i) : p.clients[i].by_hash,
                         landing(&p, &p.clients[i]));
    /* nobody is left */
    for (unsigned i = 0; i < p.n_clients; i++)
        steering_forget(&p.steering, i);
    run_steering(&p);
    for (unsigned i = 0; i < p.n_clients; i++)
        assert_int_equal(p.clients[i].by_hash, landing(&p, &p.clients[i]));
    close_port(&p);
}

static void test_landing_ipv4(void **state)
{
    (void)state;
    check_landing("127.0.0.1", "127.0.0.2");
}

static void test_landing_ipv6(void **state)
{
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool has_ipv6 = fd >= 0 && bind(fd, (struct sockaddr *)&loopback, sizeof loopback) == 0;

    (void)state;
    if (fd >= 0)
        close(fd);
    if (!has_ipv6)
        skip();
    check_landing("::1", NULL);
}

/* More than a program holds: receivers have half of it, and who has a place keeps it. */
static void test_full(void **state)
{
    static struct port p;

    (void)state;
    open_port(&p, "127.0.0.1");
    while (p.n_clients < N_CLIENTS)
        assert_true(add_client(&p, "127.0.0.1", 0));
    for (unsigned i = 0; i < N_CLIENTS; i++)
        p.clients[i].by_hash = landing(&p, &p.clients[i]);
    for (unsigned i = 0; i < N_CLIENTS; i++)
        steer(&p, i, other(&p, i), i >= 150);
    run_steering(&p);
    if (p.steering.groups[0].limit == STEERING_ROUTES_MAX) {
        unsigned n_receivers = STEERING_ROUTES_MAX / 2;
        unsigned n_publishers = STEERING_ROUTES_MAX - n_receivers;

        for (unsigned i = 0; i < N_CLIENTS; i++) {
            bool is_steered = i < 150 ? i < n_receivers : i < 150 + n_publishers;

            assert_int_equal(is_steered ? other(&p, i) : p.clients[i].by_hash,
                             landing(&p, &p.clients[i]));
        }
    } else {
        /* a kernel that takes fewer: those that came first */
        for (unsigned i = 0; i < N_CLIENTS; i++)
            assert_int_equal(i < p.steering.groups[0].limit ? other(&p, i) : p.clients[i].by_hash,
                             landing(&p, &p.clients[i]));
    }
    close_port(&p);
}

/* The largest programs fit, also when many addresses have one port, or each its own. */
static void test_program_size(void **state)
{
    static struct sock_filter out[BPF_MAXINSNS + 1];
    static const unsigned n_ports[] = {10, 11, 32, 100, 255, 256};
    static const uint8_t families[] = {4, 6};

    (void)state;
    for (unsigned f = 0; f < LENGTH(families); f++) {
        for (unsigned k = 0; k < LENGTH(n_ports); k++) {
            struct steering_route routes[STEERING_ROUTES_MAX] = {0};

            for (unsigned i = 0; i < STEERING_ROUTES_MAX; i++) {
                routes[i].address.family = families[f];
                routes[i].address.ip[3] = (uint8_t)i;
                routes[i].address.port = (uint16_t)(1 + i % n_ports[k] * 250);
            }
            size_t n = steering_program(families[f], routes, STEERING_ROUTES_MAX, out);

            assert_in_range(n, 1, BPF_MAXINSNS);
        }
    }
}

/* Many addresses with one port: the first are steered, and none wrongly. */
static void test_one_port(void **state)
{
    static struct port p;
    uint16_t port = 0;

    (void)state;
    open_port(&p, "127.0.0.1");
    for (unsigned i = 0; p.n_clients < 60; i++) {
        char ip[16];

        assert_true(i < 250);
        snprintf(ip, sizeof ip, "127.0.0.%u", 2 + i);
        if (add_client(&p, ip, port))
            port = p.clients[0].address.port;
    }
    for (unsigned i = 0; i < p.n_clients; i++) {
        p.clients[i].by_hash = landing(&p, &p.clients[i]);
        steer(&p, i, other(&p, i), true);
    }
    run_steering(&p);
    for (unsigned i = 0; i < p.n_clients; i++)
        assert_int_equal(i < STEERING_PORT_MAX ? other(&p, i) : p.clients[i].by_hash,
                         landing(&p, &p.clients[i]));
    close_port(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_landing_ipv4), cmocka_unit_test(test_landing_ipv6),
        cmocka_unit_test(test_full),         cmocka_unit_test(test_program_size),
        cmocka_unit_test(test_one_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
