/*
 * A client behind a line, in simulated time: a sender that keeps to the estimate (sound, pictures
 * in bursts, probes), a bottleneck with a queue, and a receiver whose connections send
 * transport-wide feedback.
 */
#ifndef NEREID_TEST_LINE_H
#define NEREID_TEST_LINE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/bandwidth.h"

enum {
    LINE_CONNECTIONS_MAX = 12,
    LINE_HISTORY = 4096, /* packets of one connection */
    LINE_QUEUE = 4096,   /* packets */
    LINE_REPORTS = 256,  /* on their way back */
    LINE_REPORT_PACKETS = 512,
    LINE_MTU = 1200,
    LINE_START_US = 1000 * 1000,
};

enum line_outage {
    LINE_OUTAGE_LOSES, /* what is sent during it never arrives */
    LINE_OUTAGE_HOLDS, /* it arrives afterwards */
};

/* How receivers report. */
enum line_reports {
    LINE_REPORTS_FEEDBACK, /* transport-wide */
    LINE_REPORTS_REMB,     /* each connection's own estimate once a second, or when it fell */
    LINE_REPORTS_LOSS,     /* receiver reports once a second */
};

struct line_config {
    enum line_reports reports;
    int64_t bps;         /* of the line */
    int64_t queue_ms;    /* of its queue; 0: a policer, which has none */
    int64_t delay_ms;    /* each way */
    int64_t jitter_us;   /* more or less, of each packet */
    double loss;         /* at random */
    int64_t wish_bps;    /* of all videos, what they would take */
    int64_t n;           /* connections */
    int64_t react_ms;    /* after which a publisher keeps to a new rate */
    bool is_probe_paced; /* probes leave at their rate, in packets as small as may be */
    bool is_paced;       /* pictures leave at 2.5 times the estimate */
    bool has_tcp;        /* a long download shares the line */
    int64_t cross_bps;   /* steady traffic of others that does */
    double drift;        /* of the receiver's clock */
    bool is_scattered;   /* each connection has a clock of its own */
    bool has_layers;     /* of 1500, 500 and 150 kbit/s, of which one is sent */
    bool layers_pause;   /* or none */
    bool is_divided;     /* what is sent was decided elsewhere: */
    int64_t layer_bps;
    bool is_blind; /* nothing can be sent as a probe */
    bool is_deaf;  /* the receiver drops probes */
    int64_t seed;
};

struct line_packet {
    int64_t sent_us;
    int64_t arrival_us; /* our clock; 0: not yet or never */
    uint16_t bytes;
    uint16_t probe;
    bool is_reported; /* as received */
    bool is_lost;     /* as lost */
};

struct line_connection {
    struct bandwidth_clock clock;
    struct bandwidth_remb remb;
    struct bandwidth receiver; /* its own estimate */
    int64_t told_bps, told_us;
    uint64_t sent_bytes, told_bytes;
    uint32_t n_told;   /* of n_sent: in receiver reports */
    int64_t origin_us; /* of the receiver's clock */
    uint32_t n_sent;
    uint32_t n_reported; /* of n_sent: newest number in a report, and one */
    struct line_packet history[LINE_HISTORY];
    int64_t next_report_us, next_audio_us, next_frame_us;
    unsigned n_frames;
    /* of a picture that leaves little by little */
    int64_t frame_left;
    int64_t frame_next_us;
};

/* whose a packet in the queue is */
enum { LINE_TCP = -1, LINE_CROSS = -2 };

struct line_queued {
    int connection;
    uint32_t number;
    uint16_t bytes;
    int64_t entered_us;
};

struct line_report {
    int64_t at_us;
    int connection;
    size_t n;
    struct bandwidth_packet packets[LINE_REPORT_PACKETS];
};

struct line_measure {
    int64_t since_us;
    uint64_t sent_bytes, delivered_bytes, capacity_bits;
    uint64_t probe_bytes;
    unsigned n_sent, n_lost, n_late, n_delivered; /* late: waited over 100 ms */
    int64_t max_wait_us;
    int64_t min_bps, max_bps; /* of the estimate */
    double sum_bps;
    unsigned n_bps;
};

struct line {
    struct line_config config;
    struct bandwidth bandwidth;
    int64_t now_us;
    uint64_t random;
    struct line_connection connections[LINE_CONNECTIONS_MAX];
    /* the bottleneck */
    struct line_queued queue[LINE_QUEUE];
    unsigned queue_first, queue_n;
    int64_t queue_bytes, credit_bits;
    int64_t outage_until_us;
    enum line_outage outage;
    /* reports on their way */
    struct line_report reports[LINE_REPORTS];
    unsigned reports_first, reports_n;
    /* a probe that leaves */
    struct bandwidth_probe probe;
    int64_t probe_left, probe_next_us;
    uint32_t unsaid_bytes; /* sent since the estimator was told */
    /* the rate to which publishers keep */
    int64_t rates_bps[4096]; /* of each millisecond, modulo */
    /* a download */
    double tcp_window;
    unsigned tcp_flying;
    int64_t tcp_lost_us;
    int64_t tcp_acks_us[8192];
    unsigned tcp_acks_first, tcp_acks_n;
    int64_t cross_credit;
    struct line_measure measure;
    bool is_verbose;
};

/* 0 to 1 */
static double line_random(struct line *l)
{
    l->random = l->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(l->random >> 40) / (double)(1 << 24);
}

static void line_mark(struct line *l)
{
    l->measure = (struct line_measure){.since_us = l->now_us, .min_bps = INT64_MAX};
}

static void line_init(struct line *l, const struct line_config *config)
{
    memset(l, 0, sizeof *l);
    l->config = *config;
    l->now_us = LINE_START_US;
    l->random = 88172645463325252u + (uint64_t)config->seed;
    l->tcp_window = 4;
    bandwidth_init(&l->bandwidth, l->now_us);
    for (int i = 0; i < config->n; i++) {
        struct line_connection *c = &l->connections[i];

        c->origin_us =
            config->is_scattered ? (int64_t)(line_random(l) * 1e13) - 5000000000000 : 7777;
        c->next_audio_us = l->now_us + i * 1700;
        c->told_us = l->now_us;
        bandwidth_init(&c->receiver, l->now_us);
        c->next_frame_us = l->now_us + (int64_t)(line_random(l) * 40000);
        c->next_report_us = l->now_us + 50000 + (int64_t)(line_random(l) * 50000);
    }
    for (unsigned i = 0; i < LENGTH(l->rates_bps); i++)
        l->rates_bps[i] = RATE_CONTROL_START_BPS;
    line_mark(l);
}

/* ---- the bottleneck ---- */

static bool line_enqueue(struct line *l, int connection, uint32_t number, uint16_t bytes)
{
    int64_t most = l->config.bps * l->config.queue_ms / 8000;

    if (l->config.queue_ms == 0)
        most = l->config.bps / 8 / 20; /* a policer's bucket: 50 ms */
    if (most < 3 * LINE_MTU)
        most = 3 * LINE_MTU;
    if (l->queue_bytes + bytes > most || l->queue_n == LINE_QUEUE)
        return false;
    l->queue[(l->queue_first + l->queue_n++) % LINE_QUEUE] =
        (struct line_queued){connection, number, bytes, l->now_us};
    l->queue_bytes += bytes;
    return true;
}

static void line_arrive(struct line *l, struct line_connection *c, uint32_t number, int64_t wait_us)
{
    struct line_packet *p = &c->history[number % LINE_HISTORY];
    int64_t jitter_us = (int64_t)((line_random(l) * 2 - 1) * (double)l->config.jitter_us);

    if (line_random(l) < l->config.loss) {
        l->measure.n_lost++;
        return;
    }
    p->arrival_us = l->now_us + l->config.delay_ms * 1000 + l->config.jitter_us + jitter_us;
    l->measure.n_delivered++;
    l->measure.delivered_bytes += p->bytes;
    if (wait_us > 100000)
        l->measure.n_late++;
    if (wait_us > l->measure.max_wait_us)
        l->measure.max_wait_us = wait_us;
}

static void line_leave(struct line *l, const struct line_queued *q)
{
    if (q->connection >= 0)
        line_arrive(l, &l->connections[q->connection], q->number,
                    l->config.queue_ms ? l->now_us - q->entered_us : 0);
    else if (q->connection == LINE_TCP && l->tcp_acks_n < LENGTH(l->tcp_acks_us))
        l->tcp_acks_us[(l->tcp_acks_first + l->tcp_acks_n++) % LENGTH(l->tcp_acks_us)] =
            l->now_us + 2 * l->config.delay_ms * 1000;
}

static bool line_is_out(const struct line *l)
{
    return l->now_us < l->outage_until_us;
}

/* One millisecond. */
static void line_serve(struct line *l)
{
    if (line_is_out(l) && l->outage == LINE_OUTAGE_HOLDS)
        return;
    l->credit_bits += l->config.bps / 1000;
    l->measure.capacity_bits += (uint64_t)l->config.bps / 1000;
    while (l->queue_n > 0) {
        struct line_queued *q = &l->queue[l->queue_first];

        if (l->credit_bits < q->bytes * 8)
            return;
        l->credit_bits -= q->bytes * 8;
        l->queue_bytes -= q->bytes;
        line_leave(l, q);
        l->queue_first = (l->queue_first + 1) % LINE_QUEUE;
        l->queue_n--;
    }
    l->credit_bits = 0;
}

/* ---- the sender ---- */

static void line_send(struct line *l, int connection, uint16_t bytes, uint16_t probe)
{
    struct line_connection *c = &l->connections[connection];
    uint32_t number = c->n_sent++;

    c->history[number % LINE_HISTORY] =
        (struct line_packet){.sent_us = l->now_us, .bytes = bytes, .probe = probe};
    if (l->config.is_probe_paced)
        bandwidth_sent(&l->bandwidth, bytes, l->now_us);
    else
        l->unsaid_bytes += bytes;
    c->sent_bytes += bytes;
    l->measure.sent_bytes += bytes;
    l->measure.n_sent++;
    if (probe)
        l->measure.probe_bytes += bytes;
    if (line_is_out(l) && l->outage == LINE_OUTAGE_LOSES) {
        l->measure.n_lost++;
        return;
    }
    if ((probe && l->config.is_deaf) || !line_enqueue(l, connection, number, bytes))
        l->measure.n_lost++;
}

static int64_t line_video_bps(const struct line *l)
{
    int64_t rate_bps =
        l->rates_bps[(uint64_t)(l->now_us / 1000 - l->config.react_ms) % LENGTH(l->rates_bps)];
    int64_t bps = l->config.is_divided ? l->config.layer_bps : rate_bps - 40000;

    if (bps > l->config.wish_bps)
        bps = l->config.wish_bps;
    if (l->config.has_layers)
        bps = bps >= 1500000                             ? 1500000
              : bps >= 500000                            ? 500000
              : bps >= 150000 || !l->config.layers_pause ? 150000
                                                         : 0;
    return bps > 0 ? bps / l->config.n : 0;
}

static void line_send_frame(struct line *l, struct line_connection *c)
{
    /* a keyframe every ten seconds, five times as large; others vary by a quarter */
    double factor = c->n_frames++ % 250 == 0 ? 5 : 0.75 + line_random(l) / 2;

    c->frame_left += (int64_t)((double)line_video_bps(l) / 25 / 8 * factor);
    c->frame_next_us = l->now_us;
    c->next_frame_us += 40000;
}

static void line_send_media(struct line *l, int i)
{
    struct line_connection *c = &l->connections[i];

    if (i == 0 && l->now_us >= c->next_audio_us) {
        line_send(l, i, 100, 0);
        c->next_audio_us += 20000;
    }
    if (l->now_us >= c->next_frame_us)
        line_send_frame(l, c);
    while (c->frame_left > 0 && l->now_us >= c->frame_next_us) {
        int64_t bytes = c->frame_left < LINE_MTU ? c->frame_left : LINE_MTU;

        line_send(l, i, (uint16_t)(bytes > 60 ? bytes : 60), 0);
        c->frame_left -= bytes;
        if (l->config.is_paced)
            c->frame_next_us += bytes * 8000000 / (line_video_bps(l) * 5 / 2 + 100000);
    }
}

/* Of packets of videos, or, when those would be too large, of padding. */
static uint16_t line_probe_bytes(const struct line *l)
{
    uint32_t bytes = l->probe.bytes / l->probe.n;

    return l->config.is_probe_paced && bytes < LINE_MTU ? (uint16_t)(bytes + 1)
           : bytes < 500                                ? 290
                                                        : LINE_MTU;
}

/* As long as the probe is not paced, it leaves at once. */
static void line_send_probe(struct line *l)
{
    if (l->config.is_blind) {
        bandwidth_cannot_probe(&l->bandwidth, l->config.wish_bps + 40000);
        return;
    }
    if (l->probe_left <= 0 && l->now_us % 100000 == 0 &&
        bandwidth_wants_probe(&l->bandwidth, l->config.wish_bps + 40000, l->now_us, &l->probe)) {
        l->probe_left = l->probe.bytes;
        if (l->probe_left < l->probe.n * line_probe_bytes(l))
            l->probe_left = l->probe.n * line_probe_bytes(l);
        l->probe_next_us = l->now_us;
        if (l->is_verbose)
            print_message("%8.3f probe %u of %lld\n", (double)l->now_us / 1e6, l->probe.id,
                          (long long)l->probe.bps);
    }
    while (l->probe_left > 0 && l->now_us >= l->probe_next_us) {
        uint16_t bytes = line_probe_bytes(l);

        line_send(l, 0, bytes, l->probe.id);
        l->probe_left -= bytes;
        if (l->config.is_probe_paced)
            l->probe_next_us += (int64_t)bytes * 8000000 / l->probe.bps;
    }
}

/* ---- others on the line ---- */

static void line_compete(struct line *l)
{
    while (l->tcp_acks_n > 0 && l->tcp_acks_us[l->tcp_acks_first] <= l->now_us) {
        l->tcp_acks_first = (l->tcp_acks_first + 1) % LENGTH(l->tcp_acks_us);
        l->tcp_acks_n--;
        l->tcp_flying--;
        l->tcp_window += 1 / l->tcp_window;
    }
    while (l->config.has_tcp && l->tcp_flying < (unsigned)l->tcp_window) {
        if (line_enqueue(l, LINE_TCP, 0, LINE_MTU)) {
            l->tcp_flying++;
            continue;
        }
        if (l->now_us - l->tcp_lost_us > 200000) {
            l->tcp_window = l->tcp_window / 2 > 2 ? l->tcp_window / 2 : 2;
            l->tcp_lost_us = l->now_us;
        }
        break;
    }
    l->cross_credit += l->config.cross_bps / 8;
    while (l->cross_credit >= LINE_MTU * 1000) {
        l->cross_credit -= LINE_MTU * 1000;
        (void)line_enqueue(l, LINE_CROSS, 0, LINE_MTU);
    }
}

/* ---- reports ---- */

static void line_report(struct line *l, int i)
{
    struct line_connection *c = &l->connections[i];
    struct line_report *r = &l->reports[(l->reports_first + l->reports_n) % LINE_REPORTS];
    uint32_t end = c->n_reported, first;

    c->next_report_us += i % 2 ? 50000 : 66000;
    for (uint32_t k = c->n_reported; k < c->n_sent; k++) {
        const struct line_packet *p = &c->history[k % LINE_HISTORY];

        if (p->arrival_us && p->arrival_us <= l->now_us)
            end = k + 1;
    }
    r->n = 0;
    first = c->n_reported > 300 ? c->n_reported - 300 : 0;
    for (uint32_t k = first; k < end && r->n < LINE_REPORT_PACKETS; k++) {
        struct line_packet *p = &c->history[k % LINE_HISTORY];
        bool has_come = p->arrival_us && p->arrival_us <= l->now_us;
        int64_t arrival_us = BANDWIDTH_LOST;

        if (has_come ? p->is_reported : p->is_lost)
            continue;
        if (has_come)
            arrival_us =
                c->origin_us + (int64_t)((double)p->arrival_us * (1 + l->config.drift)) / 250 * 250;
        p->is_reported = has_come;
        p->is_lost = !has_come;
        r->packets[r->n++] = (struct bandwidth_packet){p->sent_us, arrival_us, p->bytes, p->probe};
    }
    c->n_reported = end;
    if (r->n == 0 || l->reports_n == LINE_REPORTS)
        return;
    r->connection = i;
    r->at_us = l->now_us + l->config.delay_ms * 1000;
    l->reports_n++;
}

/* What the receiver's own estimate of one connection makes of it. */
static void line_take_remb(struct line *l, struct line_connection *c, const struct line_report *r)
{
    int64_t passed_us = l->now_us - c->told_us, bps;

    bandwidth_feedback(&c->receiver, &c->clock, r->packets, r->n, l->now_us);
    bps = c->receiver.control.bps;
    if (passed_us < US_PER_S && bps >= c->told_bps / 100 * 97)
        return;
    if (passed_us >= US_PER_S / 4)
        bandwidth_remb(&l->bandwidth, &c->remb, bps,
                       (int64_t)(c->sent_bytes - c->told_bytes) * 8 * US_PER_S / passed_us,
                       l->now_us);
    c->told_bps = bps;
    c->told_us = l->now_us;
    c->told_bytes = c->sent_bytes;
}

static void line_take_loss(struct line *l, struct line_connection *c)
{
    uint32_t lost = 0, expected = 0;

    if (l->now_us - c->told_us < US_PER_S)
        return;
    c->told_us = l->now_us;
    while (c->n_told < c->n_sent) {
        const struct line_packet *p = &c->history[c->n_told % LINE_HISTORY];

        if (p->sent_us > l->now_us - 500000)
            break;
        expected++;
        lost += p->arrival_us == 0;
        c->n_told++;
    }
    bandwidth_report(&l->bandwidth, lost, expected, l->now_us);
}

static void line_take_report(struct line *l, const struct line_report *r)
{
    struct line_connection *c = &l->connections[r->connection];

    switch (l->config.reports) {
    case LINE_REPORTS_FEEDBACK:
        bandwidth_feedback(&l->bandwidth, &c->clock, r->packets, r->n, l->now_us);
        break;
    case LINE_REPORTS_REMB:
        line_take_remb(l, c, r);
        break;
    case LINE_REPORTS_LOSS:
        line_take_loss(l, c);
        break;
    }
}

static void line_take_reports(struct line *l)
{
    while (l->reports_n > 0 && l->reports[l->reports_first].at_us <= l->now_us) {
        struct line_report *r = &l->reports[l->reports_first];
        int64_t before = l->bandwidth.control.bps;

        line_take_report(l, r);
        if (l->is_verbose &&
            (l->bandwidth.control.bps < before || l->bandwidth.control.bps > before + before / 20))
            print_message(
                "%8.3f %lld -> %lld, queue %lld ms, rise %.1f of %.1f, state %d, loss %.3f "
                "usual %.3f%s\n",
                (double)l->now_us / 1e6, (long long)before, (long long)l->bandwidth.control.bps,
                (long long)l->bandwidth.trend.queue_us / 1000, l->bandwidth.trend.rise_ms,
                l->bandwidth.trend.threshold_ms, (int)l->bandwidth.trend.state,
                l->bandwidth.loss.share, l->bandwidth.loss.usual,
                l->bandwidth.loss.is_testing ? " testing" : "");
        l->reports_first = (l->reports_first + 1) % LINE_REPORTS;
        l->reports_n--;
    }
}

/* ---- time ---- */

static void line_step(struct line *l)
{
    int64_t bps;

    l->now_us += 1000;
    line_take_reports(l);
    bps = bandwidth_bps(&l->bandwidth, l->now_us);
    l->rates_bps[(uint64_t)(l->now_us / 1000) % LENGTH(l->rates_bps)] = bps;
    if (bps < l->measure.min_bps)
        l->measure.min_bps = bps;
    if (bps > l->measure.max_bps)
        l->measure.max_bps = bps;
    l->measure.sum_bps += (double)bps;
    l->measure.n_bps++;
    for (int i = 0; i < l->config.n; i++)
        line_send_media(l, i);
    if (l->now_us % 100000 == 0) {
        bandwidth_sent(&l->bandwidth, l->unsaid_bytes, l->now_us);
        l->unsaid_bytes = 0;
    }
    line_send_probe(l);
    line_compete(l);
    line_serve(l);
    for (int i = 0; i < l->config.n; i++) {
        if (l->now_us >= l->connections[i].next_report_us)
            line_report(l, i);
    }
}

static void line_run(struct line *l, int64_t ms)
{
    for (int64_t i = 0; i < ms; i++)
        line_step(l);
}

static inline void line_stop(struct line *l, int64_t ms, enum line_outage outage)
{
    l->outage = outage;
    l->outage_until_us = l->now_us + ms * 1000;
}

#endif
