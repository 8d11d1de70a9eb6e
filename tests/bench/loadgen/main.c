/*
 * loadgen: joins a group as P publishers and S subscribers over the real protocol, sends real VP8,
 * checks every packet that comes back, and prints one JSON object (tests/bench/README.md).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "common/now.h"
#include "tests/bench/loadgen/report.h"
#include "tests/bench/loadgen/reports.h"
#include "tests/bench/loadgen/sender.h"

#define CONNECT_MAX_US (60 * US_PER_S)
#define SETTLE_US (2 * US_PER_S)
#define DRAIN_US (US_PER_S)
#define TICK_MS 2
#define STARTS_AT_ONCE 8 /* clients that are on their way in at the same time */
/* The original never offers some streams to members who publish while others do. */
#define MESH_STARTS_AT_ONCE 1

/* A socket is watched from the moment it is taken over from libnice. */
static void watch_new_sockets(struct run *run, struct client *c)
{
    for (struct peer *p = c->peers; p; p = p->next) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = p};
        int on = 1;
        int size = 4 << 20;

        if (p->fd < 0 || p->feedback_due_us != 0)
            continue;
        p->feedback_due_us = 1;
        setsockopt(p->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
        setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, p->fd, &event) < 0)
            perror("epoll_ctl");
    }
}

static void find_source(struct run *run, struct peer *down)
{
    for (unsigned i = 0; i < run->n_clients; i++) {
        for (struct peer *p = run->clients[i].peers; p; p = p->next) {
            if (p->is_up && strcmp(p->id, down->id) == 0)
                down->source = p;
        }
    }
}

static void start_media(struct run *run, struct client *c, int64_t now_us)
{
    for (struct peer *p = c->peers; p; p = p->next) {
        if (p->state != PEER_CONNECTED || peer_is_impostor(p))
            continue;
        if (!p->is_up && !p->source)
            find_source(run, p);
        if (p->is_up && !p->send_videos[0].sent_us && sender_start(&run->traffic, p, now_us) < 0)
            fprintf(stderr, "loadgen: out of memory\n");
    }
}

static void media_turn(struct run *run, int64_t now_us)
{
    /* Nobody waits in epoll while packets come in: a server on the same machine would pay for
     * waking us once for every datagram. The kernel's receive stamps keep latencies exact. */
    const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
    struct epoll_event events[256];
    int n;

    nanosleep(&tick, NULL);
    n = epoll_wait(run->epoll, events, 256, 0);
    for (int i = 0; i < n; i++)
        traffic_receive(&run->traffic, events[i].data.ptr, now_us);
    for (unsigned i = 0; i < run->n_started; i++) {
        for (struct peer *p = run->clients[i].peers; p; p = p->next) {
            if (p->is_up && p->send_videos[0].sent_us)
                sender_send(&run->traffic, p, now_us);
            traffic_feedback(&run->traffic, p, now_us);
        }
    }
}

static void turn(struct run *run)
{
    int64_t now_us = now_monotonic_us();

    link_loop_service(run->links);
    for (unsigned i = 0; i < run->n_started; i++) {
        client_service(&run->clients[i], now_us);
        watch_new_sockets(run, &run->clients[i]);
        start_media(run, &run->clients[i], now_us);
    }
    media_turn(run, now_us);
}

/* A member of a mesh has come when it publishes: what it receives grows with the others. */
static bool is_from_mesh(const struct run *run, const struct peer *p)
{
    return run->options.is_mesh && !p->is_up;
}

static unsigned still_coming(const struct run *run)
{
    unsigned n = 0;

    for (unsigned i = 0; i < run->n_started; i++) {
        const struct client *c = &run->clients[i];
        bool settled = c->is_joined;

        for (const struct peer *p = c->peers; p; p = p->next)
            settled = settled && (p->state >= PEER_CONNECTED || is_from_mesh(run, p));
        n += !settled && !c->has_failed;
    }
    return n;
}

/* Publishers come first, so that every subscriber finds all of them. */
static bool may_start_next(const struct run *run)
{
    if (run->n_started == run->n_clients)
        return false;
    if (run->n_started >= run->options.publishers &&
        run_connected(run).up < run->options.publishers)
        return false;
    return still_coming(run) < (run->options.is_mesh ? MESH_STARTS_AT_ONCE : STARTS_AT_ONCE);
}

static int connect_all(struct run *run)
{
    struct connected wanted = run_wanted(run);
    int64_t start_us = now_monotonic_us();
    struct connected n;

    do {
        while (may_start_next(run)) {
            unsigned i = run->n_started;

            if (client_start(&run->clients[i], &run->config, run->links, i,
                             i < run->options.publishers) < 0)
                return ERR_UNAVAILABLE;
            run->n_started++;
        }
        turn(run);
        n = run_connected(run);
        run->connect_us = now_monotonic_us() - start_us;
    } while ((n.up < wanted.up || n.down < wanted.down) && n.failed == 0 &&
             run->connect_us < CONNECT_MAX_US);
    return n.up == wanted.up && n.down == wanted.down ? 0 : ERR_UNAVAILABLE;
}

static void run_until(struct run *run, int64_t end_us)
{
    while (now_monotonic_us() < end_us)
        turn(run);
}

/* Every receiver wishes for a keyframe within half a second; a good server asks the publisher once.
 */
static void wish_for_keyframes(struct run *run)
{
    for (unsigned i = 0; i < run->n_clients; i++) {
        for (struct peer *p = run->clients[i].peers; p; p = p->next) {
            if (!p->is_up && p->state == PEER_CONNECTED)
                reports_send_pli(p);
        }
    }
}

static uint64_t forwarded(const struct run *run)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < run->n_clients; i++) {
        for (const struct peer *p = run->clients[i].peers; p; p = p->next) {
            if (!p->is_up)
                n += p->receive_video.unique + p->receive_audio.unique +
                     p->receive_video.dropped_by_us + p->receive_audio.dropped_by_us;
        }
    }
    return n;
}

static void read_usage(const struct run *run, struct usage *out)
{
    const struct target *target = &run->options.target;

    process_usage_read_all(out->processes, target->pids, target->n_pids);
    out->own_s = process_usage_own_s();
    if (machine_usage_read(&out->machine) < 0)
        out->machine = (struct machine_usage){0};
}

static uint64_t measure(struct run *run)
{
    const struct target *target = &run->options.target;
    uint64_t before;

    run_until(run, now_monotonic_us() + SETTLE_US);
    run->traffic.keyframe_requests = 0;
    for (unsigned i = 0; i < run->n_clients; i++) {
        for (struct peer *p = run->clients[i].peers; p; p = p->next)
            traffic_start_measuring(&run->traffic, p, now_monotonic_us());
    }
    before = forwarded(run);
    read_usage(run, &run->before);
    run->started_us = now_monotonic_us();
    if (run->options.wants_pli) {
        run_until(run, run->started_us + target->seconds * US_PER_S / 2);
        wish_for_keyframes(run);
    }
    run_until(run, run->started_us + target->seconds * US_PER_S);
    run->ended_us = now_monotonic_us();
    run->traffic.is_over = true;
    read_usage(run, &run->after);
    return forwarded(run) - before;
}

static int set_up(struct run *run, struct error *e)
{
    static const struct link_events events = {client_opened, client_message, client_closed};
    struct options *o = &run->options;
    int r = secure_rtp_start(e);

    if (r == 0)
        r = dtls_identity_new(&run->identity, e);
    if (r == 0)
        r = traffic_init(&run->traffic, o, e);
    if (r == 0)
        r = link_loop_new(&run->links, o->target.url, &events, e);
    if (r < 0)
        return r;
    run->config = (struct client_config){
        .group = o->target.group,
        .password = o->target.password,
        .is_mesh = o->is_mesh,
        .peer = {.local_ip = o->local_ip,
                 .identity = run->identity,
                 .has_audio = o->has_audio,
                 .n_rids = o->n_rids,
                 .feedback = o->feedback,
                 .via_port = (uint16_t)o->via_port,
                 .wants_pictures = o->prints_each,
                 .is_up_impostor = o->has_up_impostors,
                 .is_down_impostor = o->has_down_impostors},
    };
    memcpy(run->config.peer.rids_bps, o->rids_bps, sizeof o->rids_bps);
    run->n_clients = o->publishers + o->subscribers;
    run->clients = calloc(run->n_clients, sizeof *run->clients);
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    return run->clients && run->epoll >= 0 ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory");
}

static void tear_down(struct run *run)
{
    for (unsigned i = 0; i < run->n_started; i++)
        client_release(&run->clients[i]);
    link_loop_free(run->links);
    traffic_release(&run->traffic);
    dtls_identity_free(run->identity);
    free(run->clients);
    if (run->epoll >= 0)
        close(run->epoll);
}

int main(int argc, char **argv)
{
    struct run run = {.epoll = -1};
    struct error e = {0};
    bool connected = false;
    uint64_t packets = 0;
    int status = options_parse(&run.options, argc, argv);
    char text[320];

    if (status != 0)
        return status;
    if (set_up(&run, &e) < 0) {
        fprintf(stderr, "loadgen: %s\n", error_describe(&e, text, sizeof text));
        tear_down(&run);
        return 1;
    }
    connected = connect_all(&run) == 0;
    if (connected) {
        packets = measure(&run);
        for (unsigned i = 0; i < run.n_clients; i++) {
            for (struct peer *p = run.clients[i].peers; p; p = p->next)
                sender_stop(p);
        }
        run_until(&run, now_monotonic_us() + DRAIN_US);
    }
    run_print(&run, packets, connected);
    tear_down(&run);
    return connected ? 0 : 1;
}
