#include "mediad/rtc/probe.h"

#include "common/now.h"

#define PROBE_US (20 * US_PER_MS)
#define PROBE_PACKETS 5
/* A report of the last packet should have come by then. */
#define RESULT_MAX_US US_PER_S
/* After one that found a limit, and after the line was full; then twice as long each time. */
#define WAIT_MIN_US (1500 * US_PER_MS)
#define WAIT_MAX_US (3 * US_PER_S)

void prober_init(struct prober *p)
{
    *p = (struct prober){0};
}

bool prober_ask(struct prober *p, int64_t bps, int64_t now_us, struct bandwidth_probe *out)
{
    uint16_t id = (uint16_t)(p->asked.id + 1);
    int64_t next_us = p->next_us, wait_us = p->wait_us;

    if (p->is_open || now_us < p->next_us)
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
        .next_us = next_us,
        .wait_us = wait_us,
    };
    *out = p->asked;
    return true;
}

void prober_packet(struct prober *p, uint16_t id, uint16_t bytes, int64_t sent_us,
                   int64_t arrival_us)
{
    if (!p->is_open || id != p->asked.id)
        return;
    if (p->n == 0) {
        p->sent_first_us = p->sent_last_us = sent_us;
        p->arrival_first_us = p->arrival_last_us = arrival_us;
        p->first_bytes = p->last_bytes = bytes;
    }
    if (sent_us < p->sent_first_us)
        p->sent_first_us = sent_us;
    if (sent_us >= p->sent_last_us) {
        p->sent_last_us = sent_us;
        p->last_bytes = bytes;
    }
    if (arrival_us < p->arrival_first_us) {
        p->arrival_first_us = arrival_us;
        p->first_bytes = bytes;
    }
    if (arrival_us > p->arrival_last_us)
        p->arrival_last_us = arrival_us;
    if (p->n < UINT8_MAX) {
        p->n++;
        p->bytes += bytes;
    }
}

static int64_t rate(int64_t bytes, int64_t span_us, int64_t max_bps)
{
    int64_t bps = span_us > 0 ? bytes * 8 * US_PER_S / span_us : max_bps;

    return bps < max_bps ? bps : max_bps;
}

/* Nothing carries it faster than it was sent; what seems so was held up and let go. */
static int64_t measure(const struct prober *p, bool *is_limited)
{
    int64_t max_bps = p->asked.bps + p->asked.bps / 4;
    int64_t sent_bps =
        rate((int64_t)p->bytes - p->last_bytes, p->sent_last_us - p->sent_first_us, max_bps);
    int64_t received_bps =
        rate((int64_t)p->bytes - p->first_bytes, p->arrival_last_us - p->arrival_first_us, max_bps);

    *is_limited = received_bps < sent_bps / 10 * 9;
    if (*is_limited)
        return received_bps / 20 * 19;
    return received_bps < sent_bps ? received_bps : sent_bps;
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
    bool is_limited;

    if (!p->is_open)
        return PROBE_NONE;
    if (p->n < PROBE_PACKETS || p->bytes < p->asked.bytes - p->asked.bytes / 5) {
        if (now_us - p->asked_us > RESULT_MAX_US) {
            p->is_open = false;
            wait_longer(p, now_us);
        }
        return PROBE_NONE;
    }
    p->is_open = false;
    *bps = measure(p, &is_limited);
    if (is_limited) {
        wait_longer(p, now_us);
        return PROBE_LIMITED;
    }
    p->wait_us = 0;
    return PROBE_PASSED;
}

void prober_hold(struct prober *p, bool is_new, int64_t now_us)
{
    if (is_new)
        p->wait_us = 0;
    if (p->next_us < now_us + WAIT_MIN_US)
        p->next_us = now_us + WAIT_MIN_US;
}
