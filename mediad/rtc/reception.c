#include "mediad/rtc/reception.h"

#include "mediad/rtc/rtp.h"

enum {
    RESTART_BEHIND = 256,
    RESTART_AHEAD = 8192,
    SEQ_CYCLE = 65536,
    SECOND_US = 1000 * 1000,
};

void rate_meter_tick(struct rate_meter *m, int64_t now_us)
{
    int64_t passed_us = now_us - m->window_us;

    if (!m->is_running || passed_us < SECOND_US)
        return;
    /* A window that ended late counts over its real length; after a silence it counts nothing. */
    m->rate_bps = passed_us < 2 * SECOND_US ? m->bytes * 8 * SECOND_US / (uint64_t)passed_us : 0;
    m->packets_per_s = passed_us < 2 * SECOND_US
                           ? (uint32_t)((uint64_t)m->packets * SECOND_US / (uint64_t)passed_us)
                           : 0;
    m->window_us = now_us;
    m->bytes = 0;
    m->packets = 0;
}

void rate_meter_add(struct rate_meter *m, size_t size_bytes, int64_t now_us)
{
    if (!m->is_running) {
        m->is_running = true;
        m->window_us = now_us;
    }
    rate_meter_tick(m, now_us);
    m->bytes += size_bytes;
    m->total_bytes += size_bytes;
    m->packets++;
}

void reception_init(struct reception *r, uint32_t clock_rate)
{
    *r = (struct reception){.clock_rate = clock_rate};
}

/* RFC 3550 appendix A.8, in 1/16 of a clock unit. Packets of one frame share a timestamp and leave
 * as a burst, so only the first of each counts. */
static void update_jitter(struct reception *r, uint32_t rtp_ts, int64_t now_us)
{
    uint32_t arrival = (uint32_t)((uint64_t)(now_us / SECOND_US) * r->clock_rate) +
                       (uint32_t)((uint64_t)(now_us % SECOND_US) * r->clock_rate / SECOND_US);
    uint32_t transit = arrival - rtp_ts;
    int32_t distance;

    if (r->has_transit && rtp_ts == r->last_ts)
        return;
    distance = (int32_t)(transit - r->transit);
    if (distance < 0)
        distance = distance == INT32_MIN ? INT32_MAX : -distance;
    /* Over 5 s is a new time line, not jitter. */
    if (r->has_transit && (uint32_t)distance < 5 * r->clock_rate)
        r->jitter_16 += (uint32_t)distance - ((r->jitter_16 + 8) >> 4);
    r->transit = transit;
    r->last_ts = rtp_ts;
    r->has_transit = true;
}

static uint64_t expected_now(const struct reception *r)
{
    return r->has_packet ? r->highest_seq - r->base_seq + 1 : 0;
}

/* A new numbering continues the extended numbers in the next cycle. */
static void restart(struct reception *r, uint16_t seq)
{
    uint64_t expected = expected_now(r);

    if (expected > r->n_received)
        r->lost_before += expected - r->n_received;
    r->base_seq = (r->has_packet ? (r->highest_seq / SEQ_CYCLE + 2) * SEQ_CYCLE : SEQ_CYCLE) + seq;
    r->highest_seq = r->base_seq;
    r->n_received = 0;
    r->prior_expected = 0;
    r->prior_received = 0;
    r->has_transit = false;
    r->has_packet = true;
}

static bool is_stray(struct reception *r, uint16_t seq)
{
    bool is_second = r->has_stray && r->stray_next == seq;

    r->has_stray = !is_second;
    r->stray_next = (uint16_t)(seq + 1);
    return !is_second;
}

static bool is_out_of_range(const struct reception *r, uint64_t wide, bool is_repair)
{
    return wide > r->highest_seq + RESTART_AHEAD ||
           (!is_repair && wide + RESTART_BEHIND < r->highest_seq);
}

static void count_received(struct reception *r, uint32_t rtp_ts, int64_t now_us)
{
    r->n_received++;
    update_jitter(r, rtp_ts, now_us);
}

void reception_late(struct reception *r, uint32_t rtp_ts, size_t size_bytes, int64_t now_us)
{
    rate_meter_add(&r->rate, size_bytes, now_us);
    count_received(r, rtp_ts, now_us);
}

enum reception_event reception_packet(struct reception *r, uint16_t seq, uint32_t rtp_ts,
                                      size_t size_bytes, bool is_repair, int64_t now_us,
                                      uint64_t *ext_seq)
{
    enum reception_event event = RECEPTION_LATE;
    uint64_t wide = rtp_seq_extend(r->highest_seq, seq);
    bool was_empty = !r->has_packet;
    bool is_restart = !was_empty && is_out_of_range(r, wide, is_repair);

    if (is_restart && is_stray(r, seq))
        return RECEPTION_STRAY;
    if (!is_restart)
        r->has_stray = false;
    rate_meter_add(&r->rate, size_bytes, now_us);
    if (was_empty || is_restart) {
        restart(r, seq);
        wide = r->base_seq;
        event = was_empty ? RECEPTION_NEWEST : RECEPTION_RESTART;
    } else if (wide > r->highest_seq) {
        r->highest_seq = wide;
        event = RECEPTION_NEWEST;
    } else if (wide < r->base_seq && !is_repair) {
        r->base_seq = wide; /* reordered at the very start */
    }
    if (is_repair)
        r->n_repaired++;
    else
        count_received(r, rtp_ts, now_us);
    *ext_seq = wide;
    return event;
}

void reception_sr(struct reception *r, uint64_t ntp, int64_t now_us)
{
    r->sr_ntp = ntp;
    r->sr_arrival_us = now_us;
}

uint64_t reception_lost(const struct reception *r)
{
    uint64_t expected = expected_now(r);

    return r->lost_before + (expected > r->n_received ? expected - r->n_received : 0);
}

uint64_t reception_missing(const struct reception *r)
{
    uint64_t lost = reception_lost(r);

    return lost > r->n_repaired ? lost - r->n_repaired : 0;
}

int64_t reception_jitter_us(const struct reception *r)
{
    return r->clock_rate ? (int64_t)((uint64_t)(r->jitter_16 >> 4) * SECOND_US / r->clock_rate) : 0;
}

bool reception_report(struct reception *r, uint32_t ssrc, int64_t now_us, struct rtcp_report *out)
{
    uint64_t expected = expected_now(r);
    uint64_t interval = expected - r->prior_expected;
    uint64_t received = r->n_received - r->prior_received;
    uint64_t lost = reception_lost(r);

    if (!r->has_packet)
        return false;
    *out = (struct rtcp_report){.ssrc = ssrc,
                                .lost = lost > 0x7fffff ? 0x7fffff : (int32_t)lost,
                                /* ours begin one cycle up */
                                .highest_seq = (uint32_t)(r->highest_seq - SEQ_CYCLE),
                                .jitter = r->jitter_16 >> 4};
    if (interval > received) {
        uint64_t fraction = (interval - received) * 256 / interval;

        out->fraction_lost = fraction > 255 ? 255 : (uint8_t)fraction;
    }
    if (r->sr_ntp) {
        uint64_t since_us = now_us > r->sr_arrival_us ? (uint64_t)(now_us - r->sr_arrival_us) : 0;

        out->lsr = rtcp_ntp_middle(r->sr_ntp);
        out->dlsr = (uint32_t)((since_us << 16) / SECOND_US);
    }
    r->prior_expected = expected;
    r->prior_received = r->n_received;
    return true;
}
