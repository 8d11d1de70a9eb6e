/* rtcp_next: every question to every packet; what was read of a report is written and read the
 * same. */
#include <string.h>

#include "mediad/rtc/rtcp.h"
#include "check.h"

static void check_report(const struct rtcp_report *report)
{
    uint8_t bytes[64];
    struct writer w = writer_init(bytes, sizeof bytes);
    struct rtcp_packet p;
    struct rtcp_report again;
    struct span rest;

    rtcp_write_rr(&w, 1, report, 1);
    rest = writer_done(&w);
    check(!w.bad && rtcp_next(&rest, &p) == 1 && rtcp_report_at(&p, 0, &again));
    check(report->ssrc == again.ssrc && report->fraction_lost == again.fraction_lost);
    check(report->lost == again.lost && report->highest_seq == again.highest_seq);
    check(report->jitter == again.jitter && report->lsr == again.lsr);
    check(report->dlsr == again.dlsr);
    (void)rtcp_rtt_us(report, 12345678);
}

static void check_cname(const struct rtcp_packet *p)
{
    uint8_t bytes[300];
    struct writer w = writer_init(bytes, sizeof bytes);
    struct rtcp_packet again;
    struct span cname, rest, copy = {NULL, 0};

    if (!rtcp_sdes_cname(p, 1, &cname))
        return;
    rtcp_write_sdes(&w, 9, cname);
    rest = writer_done(&w);
    check(!w.bad && rtcp_next(&rest, &again) == 1 && rtcp_sdes_cname(&again, 9, &copy));
    check(span_eq(cname, copy));
}

static void check_packet(const struct rtcp_packet *p)
{
    struct rtcp_report report;
    uint32_t ssrc;
    uint16_t seq, mask;
    uint8_t number;
    unsigned i;

    for (i = 0; rtcp_report_at(p, i, &report); i++)
        check_report(&report);
    check(i == (p->kind == RTCP_SR || p->kind == RTCP_RR ? p->count : 0u));
    for (i = 0; rtcp_nack_at(p, i, &seq, &mask); i++)
        continue;
    check(p->kind == RTCP_NACK || i == 0);
    for (i = 0; rtcp_fir_at(p, i, &ssrc, &number); i++)
        continue;
    check(p->kind == RTCP_FIR || i == 0);
    check_cname(p);
    (void)rtcp_ntp_us(p->ntp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = span_of(data, size);
    int checked = rtcp_check(rest);
    struct rtcp_packet p;
    int r;

    while ((r = rtcp_next(&rest, &p)) == 1)
        check_packet(&p);
    check(size == 0 || r == checked);
    check(rest.len == 0);
    return 0;
}
