/* What receivers report, as they may make it up: the estimate stays within its bounds, probes can
 * be sent, and a client that lies hurts nobody's arithmetic. Each step takes its bytes from the
 * input. */
#include "check.h"
#include "common/reader.h"
#include "mediad/rtc/bandwidth.h"

enum { CONNECTIONS = 3, PACKETS = 20 };

struct client {
    struct bandwidth bandwidth;
    struct bandwidth_clock clocks[CONNECTIONS];
    struct bandwidth_remb rembs[CONNECTIONS];
    uint16_t probe;
    int64_t now_us;
};

static int64_t arrival(struct reader *r, int64_t sent_us)
{
    switch (reader_u8(r) % 6) {
    case 0:
        return BANDWIDTH_LOST;
    case 1: /* of any clock */
        return (int64_t)((uint64_t)reader_u32(r) << 32 | reader_u32(r));
    case 2: /* hours later or earlier */
        return sent_us + ((int64_t)reader_u32(r) - (INT64_C(1) << 31)) * 10;
    case 3: /* as early as can be */
        return sent_us;
    default:
        return sent_us + reader_u16(r) * 10;
    }
}

static void report(struct client *c, struct reader *r)
{
    struct bandwidth_packet packets[PACKETS];
    uint8_t which = reader_u8(r);
    size_t n = which / CONNECTIONS % (PACKETS + 1);
    int64_t sent_us = c->now_us - reader_u16(r) * 40;

    for (size_t i = 0; i < n; i++) {
        sent_us += reader_u8(r) * 100;
        if (sent_us > c->now_us)
            sent_us = c->now_us;
        packets[i] = (struct bandwidth_packet){
            .sent_us = sent_us,
            .arrival_us = arrival(r, sent_us),
            .bytes = reader_u16(r),
            .probe = reader_u8(r) % 4 == 0 ? c->probe : 0,
        };
    }
    bandwidth_feedback(&c->bandwidth, &c->clocks[which % CONNECTIONS], packets, n, c->now_us);
}

static void step(struct client *c, struct reader *r)
{
    struct bandwidth_probe probe;
    uint8_t which;

    switch (reader_u8(r) % 8) {
    case 0:
        c->now_us += (int64_t)reader_u32(r) * 16; /* up to 19 hours */
        break;
    case 1:
        which = reader_u8(r);
        bandwidth_remb(&c->bandwidth, &c->rembs[which % CONNECTIONS],
                       (int64_t)((uint64_t)reader_u32(r) << (which % 33)), reader_u32(r),
                       c->now_us);
        break;
    case 2:
        bandwidth_forget_remb(&c->bandwidth, &c->rembs[reader_u8(r) % CONNECTIONS]);
        break;
    case 3:
        which = reader_u8(r) % 2 ? 20 : 0;
        bandwidth_report(&c->bandwidth, reader_u32(r) >> which, reader_u32(r) >> which, c->now_us);
        break;
    case 4:
        bandwidth_sent(&c->bandwidth, reader_u32(r), c->now_us);
        break;
    case 5:
        if (bandwidth_wants_probe(&c->bandwidth, (int64_t)reader_u32(r) << (reader_u8(r) % 30),
                                  c->now_us, &probe)) {
            check(probe.id != 0 && probe.bps > 0 && probe.bytes > 0 && probe.n > 0);
            c->probe = probe.id;
        }
        break;
    default:
        c->now_us += reader_u16(r) * 4;
        report(c, r);
        break;
    }
    check(bandwidth_bps(&c->bandwidth, c->now_us) >= RATE_CONTROL_MIN_BPS);
    check(c->bandwidth.control.bps <= RATE_CONTROL_MAX_BPS);
    check(c->bandwidth.trend.threshold_ms > 0 && c->bandwidth.trend.queue_us >= 0);
    check(c->bandwidth.loss.usual >= 0 && c->bandwidth.loss.usual < 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct client c;
    struct reader r = reader_init(span_of(data, size));

    c = (struct client){.now_us = 10 * 1000 * 1000};
    bandwidth_init(&c.bandwidth, c.now_us);
    while (reader_left(&r) > 0)
        step(&c, &r);
    return 0;
}
