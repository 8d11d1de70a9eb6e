/*
 * relay: a bad line between clients and a server, for datagrams. See options.c for its usage and
 * tests/bench/README.md for how browsers get onto it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/now.h"
#include "tests/bench/relay/held.h"
#include "tests/bench/relay/options.h"

#define FLOWS_MAX 256
#define DATAGRAM_MAX 65536
#define LINE_MAX_BYTES 512
#define ROUND_MAX 64 /* datagrams from one socket before others have their turn */

/* What epoll's data say; a flow is its number. */
enum { AT_LISTEN = FLOWS_MAX, AT_TIMER, AT_SIGNAL, AT_CONTROL };

/* A client's address and the socket that stands for it towards the server. */
struct flow {
    struct net_address client;
    int fd;
};

struct relay {
    struct options options;
    struct line lines[DIRECTIONS];
    struct held held;
    struct flow flows[FLOWS_MAX];
    unsigned n_flows;
    int epoll_fd, listen_fd, timer_fd, signal_fd;
    int64_t start_us;
    unsigned next_change;
    char said[LINE_MAX_BYTES]; /* of standard input, an unfinished line */
    size_t said_len;
    bool is_ending;
};

static int fail(const char *what)
{
    fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
    return -1;
}

static bool watch(struct relay *r, int fd, uint32_t what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = what};

    return epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static int open_socket(const struct net_address *a)
{
    return socket(a->family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                  0);
}

static bool open_listen(struct relay *r)
{
    struct sockaddr_storage sa;
    socklen_t len = net_address_to_sockaddr(&r->options.listen, &sa);
    struct net_address bound;
    char text[NET_ADDRESS_TEXT_SIZE];

    r->listen_fd = open_socket(&r->options.listen);
    if (r->listen_fd < 0 || bind(r->listen_fd, (struct sockaddr *)&sa, len) < 0)
        return fail("--listen"), false;
    len = sizeof sa;
    if (getsockname(r->listen_fd, (struct sockaddr *)&sa, &len) < 0 ||
        !net_address_from_sockaddr(&bound, &sa) || !watch(r, r->listen_fd, AT_LISTEN))
        return fail("--listen"), false;
    printf("ready: %s:%u\n", net_address_ip_text(&bound, text), bound.port);
    return fflush(stdout) == 0;
}

static bool open_all(struct relay *r)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    r->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        return fail("signals"), false;
    r->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (r->epoll_fd < 0 || r->timer_fd < 0 || r->signal_fd < 0 ||
        !watch(r, r->timer_fd, AT_TIMER) || !watch(r, r->signal_fd, AT_SIGNAL))
        return fail("epoll"), false;
    if (r->options.has_control && !watch(r, STDIN_FILENO, AT_CONTROL))
        return fail("standard input"), false;
    return open_listen(r);
}

/* ---- datagrams ---- */

/* @return its number; -1: no place, or no socket */
static int flow_of(struct relay *r, const struct net_address *client)
{
    struct sockaddr_storage sa;
    socklen_t len = net_address_to_sockaddr(&r->options.to, &sa);

    for (unsigned i = 0; i < r->n_flows; i++) {
        if (net_address_eq(&r->flows[i].client, client))
            return (int)i;
    }
    if (r->n_flows == FLOWS_MAX)
        return -1;
    int fd = open_socket(&r->options.to);

    if (fd < 0)
        return fail("a client's socket");
    if (connect(fd, (struct sockaddr *)&sa, len) < 0 || !watch(r, fd, r->n_flows)) {
        (void)fail("a client's socket");
        close(fd);
        return -1;
    }
    r->flows[r->n_flows] = (struct flow){*client, fd};
    return (int)r->n_flows++;
}

static void enter(struct relay *r, enum direction direction, unsigned flow, const uint8_t *data,
                  size_t len)
{
    int64_t out_us = line_enter(&r->lines[direction], len, now_monotonic_us());
    struct held_datagram what = {
        .out_us = out_us, .flow = flow, .is_down = direction == DIRECTION_DOWN, .len = len};

    if (out_us >= 0 && !held_put(&r->held, &what, data))
        fprintf(stderr, "relay: out of memory, a datagram is lost\n");
}

static void receive(struct relay *r, uint32_t at)
{
    static uint8_t data[DATAGRAM_MAX];
    bool is_up = at == AT_LISTEN;

    for (unsigned i = 0; i < ROUND_MAX; i++) {
        struct sockaddr_storage sa;
        socklen_t sa_len = sizeof sa;
        struct net_address client;
        ssize_t len = recvfrom(is_up ? r->listen_fd : r->flows[at].fd, data, sizeof data, 0,
                               (struct sockaddr *)&sa, &sa_len);
        int flow = (int)at;

        if (len < 0)
            return; /* nothing more, or a port that nobody listens at: that is like a loss */
        if (is_up)
            flow = net_address_from_sockaddr(&client, &sa) ? flow_of(r, &client) : -1;
        if (flow >= 0)
            enter(r, is_up ? DIRECTION_UP : DIRECTION_DOWN, (unsigned)flow, data, (size_t)len);
    }
}

static void let_out(struct relay *r, int64_t now_us)
{
    const struct held_datagram *first;

    while ((first = held_first(&r->held)) != NULL && first->out_us <= now_us) {
        struct held_datagram *d = held_take(&r->held);
        const struct flow *flow = &r->flows[d->flow];
        struct sockaddr_storage sa;
        socklen_t len = net_address_to_sockaddr(&flow->client, &sa);

        /* a full socket loses it, as a line may */
        if (d->is_down)
            (void)sendto(r->listen_fd, d->data, d->len, 0, (struct sockaddr *)&sa, len);
        else
            (void)send(flow->fd, d->data, d->len, 0);
        free(d);
    }
}

/* ---- changes ---- */

static void apply_changes(struct relay *r, int64_t now_us)
{
    while (r->next_change < r->options.n_changes) {
        const struct change *c = &r->options.changes[r->next_change];

        if (r->start_us + c->at_us > now_us)
            return;
        line_set(&r->lines[c->direction], &c->settings);
        r->next_change++;
    }
}

static void obey(struct relay *r, const char *line)
{
    struct change change;
    char problem[LINE_MAX_BYTES];

    if (change_parse(&change, line, problem, sizeof problem))
        line_set(&r->lines[change.direction], &change.settings);
    else
        fprintf(stderr, "relay: standard input: %s\n", problem);
}

static void hear(struct relay *r)
{
    ssize_t n = read(STDIN_FILENO, r->said + r->said_len, sizeof r->said - 1 - r->said_len);
    char *end;

    if (n <= 0) {
        r->is_ending = true;
        return;
    }
    r->said_len += (size_t)n;
    r->said[r->said_len] = '\0';
    while ((end = strchr(r->said, '\n')) != NULL) {
        *end = '\0';
        obey(r, r->said);
        r->said_len -= (size_t)(end + 1 - r->said);
        memmove(r->said, end + 1, r->said_len + 1);
    }
    if (r->said_len == sizeof r->said - 1) {
        fprintf(stderr, "relay: standard input: a line is too long\n");
        r->said_len = 0;
    }
}

/* ---- the loop ---- */

static void set_timer(struct relay *r)
{
    const struct held_datagram *first = held_first(&r->held);
    int64_t next_us = first ? first->out_us : INT64_MAX;
    struct itimerspec when = {0};

    if (r->next_change < r->options.n_changes &&
        r->start_us + r->options.changes[r->next_change].at_us < next_us)
        next_us = r->start_us + r->options.changes[r->next_change].at_us;
    if (next_us != INT64_MAX) {
        when.it_value.tv_sec = next_us / US_PER_S;
        when.it_value.tv_nsec = next_us % US_PER_S * 1000;
    }
    if (timerfd_settime(r->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) < 0)
        (void)fail("timer");
}

static void run(struct relay *r)
{
    struct epoll_event events[32];

    while (!r->is_ending) {
        int n = epoll_wait(r->epoll_fd, events, 32, -1);

        apply_changes(r, now_monotonic_us());
        for (int i = 0; i < n; i++) {
            uint32_t at = events[i].data.u32;

            if (at == AT_SIGNAL)
                r->is_ending = true;
            else if (at == AT_CONTROL)
                hear(r);
            else if (at != AT_TIMER)
                receive(r, at);
        }
        let_out(r, now_monotonic_us());
        set_timer(r);
    }
}

static void print_line(const char *name, const struct line *l, const char *end)
{
    printf("\"%s\":{\"datagrams_in\":%lld,\"datagrams_out\":%lld,\"bytes_out\":%lld,\"lost\":%lld,"
           "\"queue_full\":%lld,\"reordered\":%lld,\"longest_wait_ms\":%lld}%s",
           name, (long long)l->n_in, (long long)l->n_out, (long long)l->bytes_out,
           (long long)l->n_lost, (long long)l->n_full, (long long)l->n_held,
           (long long)(l->wait_max_us / US_PER_MS), end);
}

static void release(struct relay *r)
{
    for (unsigned i = 0; i < r->n_flows; i++)
        close(r->flows[i].fd);
    held_release(&r->held);
    close(r->listen_fd);
    close(r->timer_fd);
    close(r->signal_fd);
    close(r->epoll_fd);
    free(r);
}

int main(int argc, char **argv)
{
    struct relay *r = calloc(1, sizeof *r);

    if (!r)
        return 1;
    int status = options_parse(&r->options, argc, argv);

    if (status != 0) {
        free(r);
        return status;
    }
    for (int d = 0; d < DIRECTIONS; d++)
        line_init(&r->lines[d], r->options.seed + (uint64_t)d);
    if (!open_all(r)) {
        free(r);
        return 1;
    }
    r->start_us = now_monotonic_us();
    apply_changes(r, r->start_us);
    set_timer(r);
    run(r);
    printf("{\"clients\":%u,", r->n_flows);
    print_line("up", &r->lines[DIRECTION_UP], ",");
    print_line("down", &r->lines[DIRECTION_DOWN], "}\n");
    release(r);
    return 0;
}
