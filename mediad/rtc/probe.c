#include "mediad/rtc/probe.h"

#include "common/now.h"

#define PROBE_US (20 * US_PER_MS)
#define PROBE_PACKETS 5
/* Fewer say nothing; more are not needed. */
#define ARRIVED_MIN 3
#define PACKETS_MAX 1000
/* Clocks and reports are no finer. */
#define SPAN_NOISE_US 1000
/* A report of the last packet should have come by then. */
#define RESULT_MAX_US US_PER_S
/* After one that found a limit, and after the line was full; then twice as long each time. */
#define WAIT_MIN_US (1500 * US_PER_MS)
#define WAIT_MAX_US (3 * US_PER_S)

/* It was wrong when the line is full so soon; the wait then, twice as long each time. */
#define MISLED_US (2 * US_PER_S)
#define MISLED_WAIT_MIN_US (4 * US_PER_S)
#define MISLED_WAIT_MAX_US (30 * US_PER_S)
/* So many that say nothing are no chance. */
#define VAIN_MIN 2
/* After the one before, however many signs there are. */
#define HURRY_US US_PER_S

bool prober_ask(struct prober *p, int64_t bps, int64_t now_us, struct bandwidth_probe *out)
{
    uint16_t id = (uint16_t)(p->asked.id + 1);
    const struct prober last = *p;

    if (p->is_open || now_us < p->next_us || now_us < p->not_before_us)
        return false;
    if (id == 0)
        id = 1;
    *p = (struct prober){
        .asked = {.id = id,
                  .bps = bps,
                  .bytes = (uint32_t)(bps * PROBE_US / (8 * US_PER_S)),
                  .n = PROBE_PACKETS},
        .is_open = true,
        .asked_us = now_us,
        .next_us = last.next_us,
        .wait_us = last.wait_us,
        .raised_us = last.raised_us,
        .misled_us = last.misled_us,
        .not_before_us = last.not_before_us,
        .n_vain = last.n_vain,
    };
    *out = p->asked;
    return true;
}

/* @return false: it belongs to another one */
static bool count(struct prober *p, uint16_t id, uint16_t bytes, int64_t sent_us)
{
    if (!p->is_open || id != p->asked.id || p->n >= PACKETS_MAX)
        return false;
    if (p->n == 0 || sent_us < p->sent_first_us)
        p->sent_first_us = sent_us;
    if (p->n == 0 || sent_us >= p->sent_last_us) {
        p->sent_last_us = sent_us;
        p->last_bytes = bytes;
    }
    p->n++;
    p->bytes += bytes;
    return true;
}

void prober_lost(struct prober *p, uint16_t id, uint16_t bytes, int64_t sent_us)
{
    if (count(p, id, bytes, sent_us))
        p->n_lost++;
}

void prober_arrived(struct prober *p, uint16_t id, uint16_t bytes, int64_t sent_us,
                    int64_t arrival_us)
{
    bool is_first;

    if (!count(p, id, bytes, sent_us))
        return;
    is_first = p->arrived_bytes == 0;
    if (is_first || arrival_us < p->arrival_first_us) {
        p->arrival_first_us = arrival_us;
        p->first_bytes = bytes;
        p->span_from_us = sent_us;
    }
    if (is_first || arrival_us >= p->arrival_last_us) {
        p->arrival_last_us = arrival_us;
        p->span_to_us = sent_us;
    }
    p->arrived_bytes += bytes;
}

static int64_t rate(int64_t bytes, int64_t span_us, int64_t max_bps)
{
    int64_t bps = span_us > 0 ? bytes * 8 * US_PER_S / span_us : max_bps;

    return bps < max_bps ? bps : max_bps;
}

void prober_sent(struct prober *p, uint32_t bytes, int64_t now_us)
{
    if (p->is_open && now_us >= p->asked_us && now_us - p->asked_us < PROBE_SLOTS * PROBE_SLOT_US)
        p->sent_bytes[(now_us - p->asked_us) / PROBE_SLOT_US] += bytes;
}

/* What all sent meanwhile, but for the probe itself. */
static int64_t others_bytes(const struct prober *p)
{
    int64_t bytes = 0;

    for (unsigned i = 0; i < PROBE_SLOTS; i++) {
        int64_t slot_us = p->asked_us + i * PROBE_SLOT_US;

        if (slot_us + PROBE_SLOT_US > p->sent_first_us && slot_us <= p->sent_last_us)
            bytes += p->sent_bytes[i];
    }
    return bytes > p->bytes ? bytes - p->bytes : 0;
}

/* How long it would take at the rate that was asked for; packets that leave at once are drawn apart
 * by the line. */
static int64_t asked_span_us(const struct prober *p)
{
    int64_t bits = ((int64_t)p->arrived_bytes - p->first_bytes) * 8;
    int64_t asked_us = p->asked.bps > 0 ? bits * US_PER_S / p->asked.bps : 0;
    int64_t sent_us = p->span_to_us - p->span_from_us;

    return sent_us > asked_us ? sent_us : asked_us;
}

/* Nothing carries it faster than it was sent; what seems so was held up and let go. Some of it may
 * get lost on any line: as long as the rest keeps its distances, it passed. */
static int64_t measure(const struct prober *p, bool *is_limited)
{
    int64_t max_bps = p->asked.bps + p->asked.bps / 4;
    int64_t sent_bps =
        rate((int64_t)p->bytes - p->last_bytes, p->sent_last_us - p->sent_first_us, max_bps);
    int64_t arrival_span_us = p->arrival_last_us - p->arrival_first_us;
    int64_t arrived_bps = rate((int64_t)p->arrived_bytes - p->first_bytes + others_bytes(p),
                               arrival_span_us, max_bps);
    int64_t span_us = asked_span_us(p);

    *is_limited = arrival_span_us > span_us + span_us / 8 + SPAN_NOISE_US || p->n_lost * 3 > p->n;
    if (*is_limited)
        return arrived_bps / 100 * (100 - PROBE_SPARE_PERCENT);
    if (arrived_bps > p->asked.bps)
        return sent_bps < arrived_bps ? sent_bps : arrived_bps;
    return sent_bps < p->asked.bps ? sent_bps : p->asked.bps;
}

static void wait_longer(struct prober *p, int64_t now_us)
{
    p->wait_us = p->wait_us == 0 ? WAIT_MIN_US : p->wait_us * 2;
    if (p->wait_us > WAIT_MAX_US)
        p->wait_us = WAIT_MAX_US;
    p->next_us = now_us + p->wait_us;
}

enum probe_result prober_update(struct prober *p, int64_t now_us, int64_t *bps)
{
    bool is_limited, is_late;

    if (!p->is_open)
        return PROBE_NONE;
    is_late = now_us - p->asked_us > RESULT_MAX_US;
    if (!is_late && (p->n < PROBE_PACKETS || p->bytes < p->asked.bytes))
        return PROBE_NONE;
    p->is_open = false;
    if (p->n - p->n_lost < ARRIVED_MIN || p->bytes < p->asked.bytes / 2) {
        p->n_vain++;
        wait_longer(p, now_us);
        return PROBE_NONE;
    }
    p->n_vain = 0;
    *bps = measure(p, &is_limited);
    if (is_limited) {
        wait_longer(p, now_us);
        return PROBE_LIMITED;
    }
    p->wait_us = 0;
    return PROBE_PASSED;
}

bool prober_is_vain(const struct prober *p)
{
    return p->n_vain >= VAIN_MIN;
}

void prober_hurry(struct prober *p)
{
    if (p->next_us > p->asked_us + HURRY_US)
        p->next_us = p->asked_us + HURRY_US;
}

void prober_raised(struct prober *p, int64_t now_us)
{
    p->raised_us = now_us;
}

/* The line is full soon after a probe passed: a burst gets more of a line that others use than what
 * can be sent all the time. */
static void judge_raise(struct prober *p, int64_t now_us)
{
    if (p->raised_us == 0)
        return;
    if (now_us - p->raised_us > MISLED_US) {
        p->misled_us = 0;
    } else {
        p->misled_us = p->misled_us == 0 ? MISLED_WAIT_MIN_US : p->misled_us * 2;
        if (p->misled_us > MISLED_WAIT_MAX_US)
            p->misled_us = MISLED_WAIT_MAX_US;
        p->not_before_us = now_us + p->misled_us;
    }
    p->raised_us = 0;
}

void prober_hold(struct prober *p, bool is_new, int64_t now_us)
{
    judge_raise(p, now_us);
    if (is_new)
        p->wait_us = 0;
    if (p->next_us < now_us + WAIT_MIN_US)
        p->next_us = now_us + WAIT_MIN_US;
}
