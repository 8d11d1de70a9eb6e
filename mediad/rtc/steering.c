#include "mediad/rtc/steering.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/log.h"
#include "common/now.h"

/* Below this a kernel that refuses for want of memory does not want to. */
#define LIMIT_MIN 16

static const struct log_ctx log_rtc = {.room = "rtc"};

int steering_init(struct steering *s, const struct udp_socket *sockets, unsigned n_sockets,
                  struct error *e)
{
    s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (s->timer_fd < 0)
        return error_set_errno(e, NULL, "cannot make a timer");
    for (; s->n_groups < n_sockets; s->n_groups++) {
        struct steering_group *g = &s->groups[s->n_groups];

        g->fd = sockets[s->n_groups].fd;
        g->family = sockets[s->n_groups].family;
        g->limit = STEERING_ROUTES_MAX;
    }
    return 0;
}

void steering_release(struct steering *s)
{
    if (s->n_groups > 0)
        close(s->timer_fd);
    s->n_groups = 0;
}

int steering_fd(const struct steering *s)
{
    return s->timer_fd;
}

/* ---- the table ---- */

static struct steering_group *find_group(struct steering *s, uint8_t family)
{
    for (unsigned i = 0; i < s->n_groups; i++) {
        if (s->groups[i].family == family)
            return &s->groups[i];
    }
    return NULL;
}

static struct steered *find(struct steering_group *g, const struct net_address *address)
{
    for (size_t i = 0; i < g->n; i++) {
        if (net_address_eq(&g->steered[i].route.address, address))
            return &g->steered[i];
    }
    return NULL;
}

/* Nobody makes way: an address would be back with a worker that has heard of it long ago, and may
 * have believed somebody else since. @return NULL: there is none to be had */
static struct steered *claim_place(struct steering_group *g, const struct steered *steered)
{
    size_t n_receivers = 0, n_of_port = 0;

    for (size_t i = 0; i < g->n; i++) {
        n_receivers += !g->steered[i].is_publisher;
        n_of_port += g->steered[i].route.address.port == steered->route.address.port;
    }
    if (g->n >= g->limit || n_of_port >= STEERING_PORT_MAX ||
        (!steered->is_publisher && n_receivers >= g->limit / 2))
        return NULL;
    return &g->steered[g->n++];
}

static void changed(struct steering *s, struct steering_group *g)
{
    const struct itimerspec delay = {.it_value.tv_nsec = STEERING_DELAY_MS * US_PER_MS * 1000};

    g->is_changed = true;
    if (!s->is_waiting)
        s->is_waiting = timerfd_settime(s->timer_fd, 0, &delay, NULL) == 0;
}

void steering_add(struct steering *s, const struct steered *steered)
{
    struct steering_group *g = find_group(s, steered->route.address.family);
    struct steered *place = NULL;

    if (!g || s->is_refused)
        return;
    place = find(g, &steered->route.address);
    if (place && place->route.worker == steered->route.worker) {
        /* told already; its worker's next connection may have taken it over */
        place->connection = steered->connection;
        place->is_publisher = steered->is_publisher;
        return;
    }
    if (!place)
        place = claim_place(g, steered);
    if (!place)
        return;
    *place = *steered;
    changed(s, g);
}

static void remove_at(struct steering *s, struct steering_group *g, struct steered *at)
{
    *at = g->steered[--g->n];
    changed(s, g);
}

void steering_remove(struct steering *s, const struct steering_route *route)
{
    struct steering_group *g = find_group(s, route->address.family);
    struct steered *at = g ? find(g, &route->address) : NULL;

    if (at && at->route.worker == route->worker)
        remove_at(s, g, at);
}

void steering_forget(struct steering *s, uint64_t connection)
{
    for (unsigned i = 0; i < s->n_groups; i++) {
        struct steering_group *g = &s->groups[i];

        for (size_t k = g->n; k-- > 0;) {
            if (g->steered[k].connection == connection)
                remove_at(s, g, &g->steered[k]);
        }
    }
}

/* ---- the kernel ---- */

static int attach(struct steering *s, const struct steering_group *g)
{
    struct steering_route routes[STEERING_ROUTES_MAX];
    size_t n = g->n < g->limit ? g->n : g->limit;
    struct sock_fprog program = {.filter = s->program};

    for (size_t i = 0; i < n; i++)
        routes[i] = g->steered[i].route;
    program.len = (unsigned short)steering_program(g->family, routes, n, s->program);
    return setsockopt(g->fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
}

static void attach_changed(struct steering *s, struct steering_group *g)
{
    int r = attach(s, g);

    /* a program's size is limited (net.core.optmem_max), so fewer may do */
    while (r < 0 && errno == ENOMEM && g->limit > LIMIT_MIN) {
        g->limit /= 2;
        r = attach(s, g);
    }
    g->is_changed = false;
    if (r == 0)
        return;
    s->is_refused = true;
    log_info(&log_rtc, "datagrams cross between media workers, the kernel does not steer them: %s",
             strerror(errno));
}

void steering_run(struct steering *s)
{
    uint64_t times;

    if (!s->is_waiting || read(s->timer_fd, &times, sizeof times) < 0)
        return;
    s->is_waiting = false;
    for (unsigned i = 0; i < s->n_groups && !s->is_refused; i++) {
        if (s->groups[i].is_changed)
            attach_changed(s, &s->groups[i]);
    }
}
