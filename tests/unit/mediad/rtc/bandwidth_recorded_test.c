/*
 * The estimate of a line from what a real browser reported of it (data/feedback-chromium-line.txt):
 * the calls of bandwidth.h while a relay changed the line's rate, with their times. Each row has
 * the microseconds since the one before, AFTER:
 *
 *   l AFTER KBPS               the line carries so much from now on
 *   s AFTER BYTES              bandwidth_sent()
 *   w AFTER BPS                bandwidth_wants_probe()
 *   f AFTER CONNECTION N ...   bandwidth_feedback(); of each of N packets
 *
 * when it was sent, after the packet before; when it arrived, after the one before that arrived, in
 * units of 250 us, or "-"; its bytes; its probe.
 *
 * What was sent followed the estimate of then. Where another one decides otherwise for seconds,
 * what the browser reports of that has to be recorded anew, by printing these calls.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/bandwidth.h"

#define PATH NEREID_SRCDIR "/tests/unit/mediad/rtc/data/feedback-chromium-line.txt"
#define KBPS 1000
#define ARRIVAL_US 250
/* As then: rates are measured in windows that follow the clock. */
#define BEGIN_US INT64_C(71898536354)
/* No more flows: the best rid. */
#define WISH_KBPS 1500
#define FALL_US (1500 * US_PER_MS)
#define RISE_US (5 * US_PER_S)

enum { CONNECTIONS = 4, PACKETS_MAX = 64 };

struct replay {
    FILE *in;
    struct bandwidth bandwidth;
    struct bandwidth_clock clocks[CONNECTIONS];
    int64_t now_us;
    int64_t sent_us[CONNECTIONS], arrival_us[CONNECTIONS];
    int64_t line_kbps, line_us; /* since when */
    unsigned n_lines, n_packets, n_lost;
    unsigned n_judged;
};

static int64_t number(struct replay *r)
{
    int64_t value;

    assert_int_equal(1, fscanf(r->in, "%" SCNd64, &value));
    return value;
}

static void read_packet(struct replay *r, unsigned connection, struct bandwidth_packet *p)
{
    char arrival[24];
    long long units;

    r->sent_us[connection] += number(r);
    assert_int_equal(1, fscanf(r->in, "%23s", arrival));
    p->sent_us = r->sent_us[connection];
    p->arrival_us = BANDWIDTH_LOST;
    if (strcmp(arrival, "-") != 0) {
        assert_int_equal(1, sscanf(arrival, "%lld", &units));
        p->arrival_us = r->arrival_us[connection] += units * ARRIVAL_US;
    }
    p->bytes = (uint16_t)number(r);
    p->probe = (uint16_t)number(r);
    r->n_packets++;
    r->n_lost += p->arrival_us == BANDWIDTH_LOST;
}

/* Soon after it became narrower than what flows no more than it carries is thought of the line;
 * after a while most of that, or of what is wanted. */
static void judge(struct replay *r)
{
    int64_t bps = bandwidth_bps(&r->bandwidth, r->now_us), passed_us = r->now_us - r->line_us;
    int64_t wanted_kbps = r->line_kbps < WISH_KBPS ? r->line_kbps : WISH_KBPS;

    if (!r->line_us || passed_us < FALL_US)
        return;
    r->n_judged++;
    if ((r->line_kbps < WISH_KBPS && bps > r->line_kbps * KBPS / 10 * 12) ||
        (passed_us > RISE_US && bps < wanted_kbps * KBPS / 10 * 6))
        fail_msg("%" PRId64 " kbit/s for %" PRId64 " ms: %" PRId64, r->line_kbps,
                 passed_us / US_PER_MS, bps / KBPS);
}

static void read_feedback(struct replay *r)
{
    struct bandwidth_packet packets[PACKETS_MAX];
    unsigned connection = (unsigned)number(r);
    size_t n = (size_t)number(r);

    assert_true(connection < CONNECTIONS && n <= PACKETS_MAX);
    for (size_t i = 0; i < n; i++)
        read_packet(r, connection, &packets[i]);
    bandwidth_feedback(&r->bandwidth, &r->clocks[connection], packets, n, r->now_us);
    judge(r);
}

static void read_row(struct replay *r, char kind)
{
    struct bandwidth_probe probe;

    r->now_us += number(r);
    switch (kind) {
    case 'l':
        r->line_kbps = number(r);
        r->line_us = r->now_us;
        r->n_lines++;
        break;
    case 's':
        bandwidth_sent(&r->bandwidth, (uint32_t)number(r), r->now_us);
        break;
    case 'w':
        (void)bandwidth_wants_probe(&r->bandwidth, number(r), r->now_us, &probe);
        break;
    case 'f':
        read_feedback(r);
        break;
    default:
        fail_msg("a row of kind %c", kind);
    }
}

static void test_recorded(void **state)
{
    static struct replay r;
    char line[256], kind;

    (void)state;
    r = (struct replay){.in = fopen(PATH, "r")};
    assert_non_null(r.in);
    for (unsigned i = 0; i < 2; i++)
        assert_non_null(fgets(line, sizeof line, r.in)); /* what it is */
    r.now_us = BEGIN_US;
    for (unsigned i = 0; i < CONNECTIONS; i++)
        r.sent_us[i] = BEGIN_US;
    bandwidth_init(&r.bandwidth, BEGIN_US);
    while (fscanf(r.in, " %c", &kind) == 1)
        read_row(&r, kind);
    fclose(r.in);
    assert_int_equal(4, r.n_lines);
    assert_true(r.n_packets > 5000 && r.n_lost > 20);
    assert_true(r.n_judged > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
