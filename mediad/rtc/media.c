#include "mediad/rtc/media.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/log.h"
#include "mediad/rtc/dtls_identity.h"
#include "mediad/rtc/media_addresses.h"
#include "mediad/rtc/media_mail.h"
#include "mediad/rtc/media_state.h"
#include "mediad/rtc/media_stream.h"
#include "mediad/rtc/secure_rtp.h"
#include "mediad/rtc/secure_rtp_engine.h"
#include "mediad/rtc/worker_loop.h"

static const struct log_ctx log_rtc = {.room = "rtc"};

static unsigned count_cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > WORKERS_MAX ? WORKERS_MAX : (unsigned)n;
}

static int make_parts(struct media *m, const struct media_config *config, struct error *e)
{
    int r = secure_rtp_start(e);

    if (r == 0)
        r = dtls_identity_new(&m->identity, e);
    if (r == 0)
        r = media_addresses_offer(config, &m->candidates, &m->n_candidates, e);
    if (r < 0)
        return r;
    fixed_table_init(&m->streams, sizeof(uint64_t), 0);
    m->workers = calloc(m->n_workers, sizeof *m->workers);
    m->loops = calloc(m->n_workers, sizeof *m->loops);
    m->waiting = calloc(m->n_workers, sizeof *m->waiting);
    if (!m->workers || !m->loops || !m->waiting ||
        placement_init(&m->placement, m->n_workers) < 0 ||
        mailbox_init(&m->mailbox, m->n_workers, WORKER_RING_SIZE) < 0)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    return 0;
}

static int watch(const struct media *m, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};

    return epoll_ctl(m->event_fd, EPOLL_CTL_ADD, fd, &event);
}

/* What wakes the control thread is one descriptor, whatever it is. */
static int make_event_fd(struct media *m, struct error *e)
{
    int r = steering_init(&m->steering, m->workers[0].sockets, m->workers[0].n_sockets, e);
    int fd = r < 0 ? -1 : epoll_create1(EPOLL_CLOEXEC);

    if (r < 0)
        return r;
    if (fd >= 0)
        m->event_fd = fd;
    if (fd < 0 || watch(m, mailbox_fd(&m->mailbox)) < 0 || watch(m, steering_fd(&m->steering)) < 0)
        return error_set_errno(e, NULL, "cannot make an epoll");
    return 0;
}

static int start_workers(struct media *m, const struct media_config *config, struct error *e)
{
    struct net_address listen[UDP_SOCKETS_MAX];
    unsigned n_listen = 0;
    int r = media_addresses_listen(config, listen, &n_listen, e);

    for (unsigned i = 0; r == 0 && i < m->n_workers; i++)
        r = worker_init(&m->workers[i], i, m->workers, m->n_workers, &m->mailbox, m->identity, e);
    for (unsigned i = 0; r == 0 && i < m->n_workers; i++)
        r = worker_loop_init(&m->loops[i], &m->workers[i], listen, n_listen, e);
    if (r == 0)
        r = make_event_fd(m, e);
    for (unsigned i = 0; r == 0 && i < m->n_workers; i++)
        r = worker_loop_start(&m->loops[i], e);
    return r;
}

int media_new(struct media **out, const struct media_config *config,
              const struct media_events *events, struct error *e)
{
    if (config->n_workers > WORKERS_MAX)
        return error_set(e, ERR_INVALID, "workers", "at most %d media workers", WORKERS_MAX);
    struct media *m = calloc(1, sizeof *m);

    if (!m)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    m->events = *events;
    m->n_workers = config->n_workers ? config->n_workers : count_cores();
    int r = make_parts(m, config, e);

    if (r == 0)
        r = start_workers(m, config, e);
    if (r < 0) {
        media_free(m);
        return r;
    }
    log_info(&log_rtc, "media on UDP port %u, %u workers, SRTP by %s", config->udp_port,
             m->n_workers, secure_rtp_engine_choice());
    *out = m;
    return 0;
}

/* ---- the end ---- */

static void stop_workers(struct media *m)
{
    const struct mail stop = {.kind = MAIL_STOP};

    for (unsigned i = 0; i < m->n_workers; i++) {
        media_mail_discard(m, i);
        /* a worker that runs empties its ring */
        while (m->loops[i].is_started && !mailbox_post(&m->workers[i].mailbox, 0, &stop))
            usleep(1000);
        if (m->loops[i].is_started)
            mailbox_notify(&m->workers[i].mailbox);
    }
    for (unsigned i = 0; i < m->n_workers; i++)
        worker_loop_join(&m->loops[i]);
    for (unsigned i = 0; i < m->n_workers; i++)
        worker_loop_close(&m->loops[i]);
    for (unsigned i = 0; i < m->n_workers; i++) {
        if (m->workers[i].workers)
            worker_release(&m->workers[i]);
    }
}

void media_free(struct media *m)
{
    if (!m)
        return;
    if (m->loops && m->waiting)
        stop_workers(m);
    if (m->event_fd > 0)
        close(m->event_fd);
    steering_release(&m->steering);
    mailbox_release(&m->mailbox);
    fixed_table_release(&m->streams);
    dtls_identity_free(m->identity);
    free(m->waiting);
    placement_release(&m->placement);
    free(m->loops);
    free(m->workers);
    free(m->candidates);
    free(m);
}

/* ---- events ---- */

int media_event_fd(const struct media *m)
{
    return m->event_fd;
}

/* Workers never write: a reader of the log that stands still would stop their media. */
static void log_event(const struct media_stream *s, const struct mail *mail)
{
    struct log_ctx ctx = {
        .room = "rtc", .group = s->group, .client = s->client, .pc = (unsigned)s->id};
    const char *direction = s->is_up ? "up" : "down";

    if (mail->number == CONNECTION_CONNECTED)
        log_info(&ctx, "%s connection is up after %llu ms over udp", direction,
                 (unsigned long long)mail->data[0]);
    else if (mail->number == CONNECTION_FAILED)
        log_info(&ctx, "%s connection failed: %s", direction, (const char *)mail->pointer);
    else if (mail->number == CONNECTION_OVER_RATE)
        log_warn(&ctx, "stream is over its rate, part of it is dropped");
}

static void tell_connected(const struct media_events *on, const struct media_stream *s)
{
    void (*connected)(void *) = s->is_lone ? NULL
                                : s->is_up ? on->up_connected
                                           : on->down_connected;

    if (connected)
        connected(s->user);
}

static void tell_failed(const struct media_events *on, const struct media_stream *s,
                        const char *why)
{
    void (*failed)(void *, const char *) = s->is_lone ? on->lone_failed
                                           : s->is_up ? on->up_failed
                                                      : on->down_failed;

    if (failed)
        failed(s->user, why);
}

static void tell(struct media *m, const struct media_stream *s, const struct mail *mail)
{
    const struct media_events *on = &m->events;
    struct down_allocation allocation;
    void *user = s->user;

    _Static_assert(sizeof allocation <= sizeof mail->data, "an allocation fits into a mail");

    switch ((enum connection_event)mail->number) {
    case CONNECTION_CONNECTED:
        tell_connected(on, s);
        break;
    case CONNECTION_FAILED:
        tell_failed(on, s, mail->pointer);
        break;
    case CONNECTION_OVER_RATE:
        if (s->is_up && on->up_notice && !s->is_lone)
            on->up_notice(user, "A stream sends more than is allowed; part of it is dropped.");
        break;
    case CONNECTION_DEMAND:
        if (on->up_demand && !s->is_lone)
            on->up_demand(user, (uint32_t)mail->data[0]);
        break;
    case CONNECTION_LIMIT:
        if (on->up_limit && !s->is_lone)
            on->up_limit(user, (int64_t)mail->data[0]);
        break;
    case CONNECTION_ALLOCATED:
        memcpy(&allocation, mail->data, sizeof allocation);
        if (on->down_allocated && !s->is_lone)
            on->down_allocated(user, &allocation);
        break;
    case CONNECTION_EVENTS:
        break;
    }
}

static void steer(struct media *m, const struct media_stream *s, const struct mail *mail)
{
    struct steered steered = {
        .route.worker = mail->number, .connection = s->id, .is_publisher = s->is_up};

    memcpy(&steered.route.address, mail->data, sizeof steered.route.address);
    if (mail->kind == MAIL_STEER)
        steering_add(&m->steering, &steered);
    else
        steering_remove(&m->steering, &steered.route);
}

void media_dispatch(struct media *m)
{
    struct mail mail;

    mailbox_begin(&m->mailbox);
    for (unsigned i = 0; i < m->n_workers; i++) {
        (void)media_mail_deliver(m, i);
        while (mailbox_take(&m->mailbox, i, &mail)) {
            /* looked up each time: a handler may have freed any stream */
            const struct media_stream *s = fixed_table_find(&m->streams, &mail.id);

            if (!s)
                continue;
            if (mail.kind == MAIL_EVENT) {
                log_event(s, &mail);
                tell(m, s, &mail);
            } else {
                steer(m, s, &mail);
            }
        }
        if (!media_mail_deliver(m, i))
            mailbox_notify(&m->mailbox);
    }
    steering_run(&m->steering);
}
