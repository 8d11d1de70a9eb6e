#include "mediad/rtc/send_batch.h"

#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#define TRAIN_MAX 16
#define TRAIN_BYTES_MAX 60000
#define DSCP_EF (46 << 2)
#define CONTROL_SIZE (UDP_CONTROL_SIZE + 2 * CMSG_SPACE(sizeof(int)))

struct send_batch_buffers {
    uint8_t data[UDP_BATCH][SEND_SLOT_SIZE];
    struct mmsghdr messages[UDP_BATCH];
    struct iovec vectors[UDP_BATCH];
    _Alignas(8) uint8_t controls[UDP_BATCH][CONTROL_SIZE];
    uint8_t n_items[UDP_BATCH]; /* of each message */
};

int send_batch_init(struct send_batch *b, const struct udp_socket *sockets)
{
    struct send_batch_buffers *buffers = calloc(1, sizeof *buffers);

    memset(b, 0, sizeof *b);
    if (!buffers || secure_rtp_engine_init(&b->engine) < 0) {
        free(buffers);
        return ERR_NO_MEMORY;
    }
    b->sockets = sockets;
    b->has_gso = true;
    b->buffers = buffers;
    for (unsigned i = 0; i < UDP_BATCH; i++)
        b->items[i].data = buffers->data[i];
    return 0;
}

void send_batch_release(struct send_batch *b)
{
    secure_rtp_engine_release(&b->engine);
    free(b->buffers);
    b->buffers = NULL;
    b->n_jobs = 0;
    b->n = 0;
}

bool send_batch_is_waiting(const struct send_batch *b)
{
    return b->n > 0;
}

uint8_t *send_batch_slot(struct send_batch *b)
{
    if (b->n == UDP_BATCH)
        send_batch_flush(b);
    /* all were kept for a retry: the oldest gives way */
    if (b->n == UDP_BATCH) {
        struct send_item oldest = b->items[0];

        memmove(&b->items[0], &b->items[1], (UDP_BATCH - 1) * sizeof b->items[0]);
        b->items[UDP_BATCH - 1] = oldest;
        b->n--;
        b->n_dropped++;
    }
    return b->items[b->n].data;
}

void send_batch_add(struct send_batch *b, const struct send_path *path, size_t len,
                    enum send_class send_class)
{
    struct send_item *item = &b->items[b->n++];

    item->path = path;
    item->len = (uint16_t)len;
    item->send_class = (uint8_t)send_class;
    item->is_retry = false;
}

size_t send_batch_add_rtp(struct send_batch *b, const struct send_path *path,
                          const struct secure_rtp_key *key, struct secure_rtp_stream *stream,
                          size_t len, enum send_class send_class)
{
    struct secure_rtp_job *job = &b->jobs[b->n_jobs];

    if (len + SECURE_RTP_TRAILER_MAX > SEND_SLOT_SIZE ||
        !secure_rtp_job_init(job, key, stream, b->items[b->n].data, len))
        return 0;
    b->n_jobs++;
    for (size_t at = 0; at < sizeof *key; at += 64)
        __builtin_prefetch((const uint8_t *)key + at);
    len = secure_rtp_job_size(job);
    send_batch_add(b, path, len, send_class);
    return len;
}

/* What cannot be protected is not sent, nor is anything else of the batch: this has no cause but a
 * broken library. */
static void protect(struct send_batch *b)
{
    if (!b->n_jobs)
        return;
    if (secure_rtp_engine_run(&b->engine, b->jobs, b->n_jobs) < 0) {
        b->n_dropped += b->n;
        b->n = 0;
    }
    b->n_jobs = 0;
}

static void add_int_control(struct msghdr *m, int level, int type, const void *value, size_t len)
{
    uint8_t *at = (uint8_t *)m->msg_control + m->msg_controllen;

    m->msg_controllen += udp_control_put(at, level, type, value, len);
}

/* How many items from `first` on fit into one train: same path and class, same size, the last may
 * be shorter. */
static unsigned train_length(const struct send_batch *b, unsigned first)
{
    const struct send_item *head = &b->items[first];
    unsigned n = 1;

    if (!b->has_gso)
        return 1;
    while (first + n < b->n && n < TRAIN_MAX && (n + 1u) * head->len <= TRAIN_BYTES_MAX) {
        const struct send_item *item = &b->items[first + n];

        if (item->path != head->path || item->send_class != head->send_class ||
            item->len > head->len)
            break;
        n++;
        if (item->len < head->len)
            break;
    }
    return n;
}

static void fill_message(struct send_batch *b, unsigned message, unsigned first, unsigned n)
{
    const struct send_item *head = &b->items[first];
    const struct udp_path *path = &head->path->udp;
    struct msghdr *m = &b->buffers->messages[message].msg_hdr;

    for (unsigned i = 0; i < n; i++) {
        struct iovec *v = &b->buffers->vectors[first + i];

        v->iov_base = b->items[first + i].data;
        v->iov_len = b->items[first + i].len;
    }
    /* sendmsg(2) only reads the name, its type lacks a const */
    m->msg_name = (void *)(uintptr_t)&path->name;
    m->msg_namelen = path->name_len;
    m->msg_iov = &b->buffers->vectors[first];
    m->msg_iovlen = n;
    m->msg_flags = 0;
    m->msg_control = b->buffers->controls[message];
    m->msg_controllen = path->control_len;
    if (path->control_len)
        memcpy(m->msg_control, path->control, path->control_len);
    if (head->send_class == SEND_AUDIO) {
        int tos = DSCP_EF;

        if (path->remote.family == 4)
            add_int_control(m, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
        else
            add_int_control(m, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos);
    }
    if (n > 1) {
        uint16_t size = head->len;

        add_int_control(m, SOL_UDP, UDP_SEGMENT, &size, sizeof size);
    }
    if (!m->msg_controllen)
        m->msg_control = NULL;
    b->buffers->n_items[message] = (uint8_t)n;
}

/* Items up to `end`, all for one socket. @return how many were dealt with; fewer: it is full */
static unsigned send_run(struct send_batch *b, unsigned first, unsigned end, int fd)
{
    while (first < end) {
        unsigned n_messages = 0;

        for (unsigned at = first; at < end; n_messages++) {
            unsigned n = train_length(b, at);

            if (n > end - at)
                n = end - at;
            fill_message(b, n_messages, at, n);
            at += n;
        }
        int sent = sendmmsg(fd, b->buffers->messages, n_messages, MSG_DONTWAIT);

        b->n_calls++;
        for (int i = 0; i < sent; i++) {
            unsigned n = b->buffers->n_items[i];

            for (unsigned k = 0; k < n; k++)
                b->n_bytes += b->items[first + k].len;
            b->n_sent += n;
            b->n_trains += n > 1;
            first += n;
        }
        if (sent >= 0)
            continue; /* a short count leaves the error to the next call */
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
            break;
        if (errno == EINTR)
            continue;
        if (b->buffers->n_items[0] > 1 && (errno == EIO || errno == EINVAL)) {
            /* no GSO on this kernel or route: never again, and these once more without */
            b->has_gso = false;
            continue;
        }
        /* this one cannot be sent (no route, too large, refused by a filter): the others can */
        b->n_dropped += b->buffers->n_items[0];
        first += b->buffers->n_items[0];
    }
    return first;
}

/* What a full socket left over: video is dropped, the rest moves to the front for one more try. */
static unsigned keep_for_retry(struct send_batch *b, unsigned first, unsigned end, unsigned kept)
{
    for (unsigned i = first; i < end; i++) {
        struct send_item item = b->items[i];

        if (item.send_class == SEND_VIDEO || item.is_retry) {
            b->n_dropped++;
            continue;
        }
        item.is_retry = true;
        b->items[i] = b->items[kept];
        b->items[kept++] = item;
    }
    return kept;
}

void send_batch_flush(struct send_batch *b)
{
    unsigned kept = 0;

    protect(b);
    for (unsigned first = 0; first < b->n;) {
        unsigned socket = b->items[first].path->udp.socket;
        unsigned end = first + 1;

        while (end < b->n && b->items[end].path->udp.socket == socket)
            end++;
        unsigned done = send_run(b, first, end, b->sockets[socket].fd);

        kept = keep_for_retry(b, done, end, kept);
        first = end;
    }
    b->n = kept;
}

void send_batch_forget(struct send_batch *b, const struct send_path *path)
{
    unsigned kept = 0;

    send_batch_flush(b);
    for (unsigned i = 0; i < b->n; i++) {
        struct send_item item = b->items[i];

        if (item.path == path) {
            b->n_dropped++;
            continue;
        }
        b->items[i] = b->items[kept];
        b->items[kept++] = item;
    }
    b->n = kept;
}
