/*
 * RTCP. rtcp_next: every question to every packet; what was read of it is written and read the
 * same. Then it comes to a server in the midst of a call (forward.h), from a receiver and from a
 * publisher.
 */
#include <string.h>

#include "forward.h"

/* Of each track that were sent before. */
#define PACKETS 24

static struct forward forward;

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

/* The only packet of what was written. */
static struct rtcp_packet read_back(struct writer *w)
{
    struct span rest = writer_done(w);
    struct rtcp_packet p;

    check(!w->bad && rtcp_check(rest) == 0);
    check(rtcp_next(&rest, &p) == 1 && rest.len == 0);
    return p;
}

static void check_remb(const struct rtcp_packet *p)
{
    uint8_t bytes[20 + 4 * UINT8_MAX];
    struct writer w = writer_init(bytes, sizeof bytes);
    struct reader sources = reader_init(p->items);
    struct rtcp_packet again;
    uint32_t ssrcs[UINT8_MAX];
    size_t n = 0;

    if (p->kind != RTCP_REMB)
        return;
    while (reader_left(&sources) > 0)
        ssrcs[n++] = reader_u32(&sources);
    rtcp_write_remb(&w, p->ssrc, p->remb_bps, ssrcs, n);
    again = read_back(&w);
    check(again.kind == RTCP_REMB && again.ssrc == p->ssrc && again.remb_bps == p->remb_bps);
    check(span_eq(again.items, p->items));
}

/* A reference time, as its sender writes it, and our answer to it, of which we read nothing. */
static void check_reference_time(const struct rtcp_packet *p)
{
    uint8_t bytes[64];
    struct writer w = writer_init(bytes, sizeof bytes);
    struct rtcp_packet again;

    if (p->kind != RTCP_RRTR)
        return;
    writer_u32(&w, 0x80cf0004); /* XR, four words behind this one */
    writer_u32(&w, p->ssrc);
    writer_u32(&w, 0x04000002); /* the block, two words behind this one */
    writer_u32(&w, (uint32_t)(p->ntp >> 32));
    writer_u32(&w, (uint32_t)p->ntp);
    again = read_back(&w);
    check(again.kind == RTCP_RRTR && again.ssrc == p->ssrc && again.ntp == p->ntp);
    w = writer_init(bytes, sizeof bytes);
    rtcp_write_dlrr(&w, 1, p->ssrc, rtcp_ntp_middle(p->ntp));
    again = read_back(&w);
    check(again.kind == RTCP_OTHER && again.ssrc == 1);
}

static void check_nack(uint16_t seq, uint16_t mask)
{
    uint8_t bytes[64];
    struct writer w = writer_init(bytes, sizeof bytes);
    uint16_t seqs[17] = {seq}, seq_again, mask_again;
    struct rtcp_packet again;
    size_t n = 1;

    for (uint16_t i = 0; i < 16; i++) {
        if (mask >> i & 1)
            seqs[n++] = (uint16_t)(seq + 1 + i);
    }
    rtcp_write_nack(&w, 1, 2, seqs, n);
    again = read_back(&w);
    check(again.kind == RTCP_NACK && again.media_ssrc == 2);
    check(rtcp_nack_at(&again, 0, &seq_again, &mask_again));
    check(seq_again == seq && mask_again == mask);
    check(!rtcp_nack_at(&again, 1, &seq_again, &mask_again));
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
        check_nack(seq, mask);
    check(p->kind == RTCP_NACK || i == 0);
    for (i = 0; rtcp_fir_at(p, i, &ssrc, &number); i++)
        continue;
    check(p->kind == RTCP_FIR || i == 0);
    check_cname(p);
    check_remb(p);
    check_reference_time(p);
    (void)rtcp_ntp_us(p->ntp);
}

static void send_packet(uint8_t pt, uint32_t ssrc, uint16_t seq, uint32_t rtp_ts)
{
    /* VP8: a keyframe first, of one packet each; what is in sound is nothing to us */
    static const uint8_t keyframe[] = {0x10, 0x00, 0x00, 0x00, 0x9d, 0x01,
                                       0x2a, 0x80, 0x02, 0x68, 0x01};
    static const uint8_t frame[] = {0x10, 0x01, 0x00, 0x00};
    struct span payload =
        seq == 0 ? span_of(keyframe, sizeof keyframe) : span_of(frame, sizeof frame);
    struct rtp_out h = {.marker = true, .pt = pt, .ssrc = ssrc, .seq = seq, .rtp_ts = rtp_ts};
    struct packet_slot *slot = slab_take(&forward.room.workers[0].slab);

    check(slot);
    forward_come(&forward, slot, rtp_write_packet(slot->data, DATAGRAM_MAX, &h, payload));
}

static void send_packets(void)
{
    for (uint16_t seq = 0; seq < PACKETS; seq++) {
        send_packet(OPUS_PT, SOUND_SSRC, seq, seq * 960u);
        send_packet(VIDEO_PT, VIDEO_SSRC, seq, seq * 3000u);
        forward_pass(&forward, 20 * US_PER_MS);
    }
}

/* What it says is heard, and acted on by the timers that follow. */
static void come_to_server(struct span datagram)
{
    forward_open(&forward, FORWARD_TRANSPORT_CC);
    send_packets();
    rtcp_feedback_down(forward.down, datagram);
    forward_look(&forward);
    forward_pass(&forward, 300 * US_PER_MS);
    rtcp_feedback_up(forward.up, datagram);
    forward_look(&forward);
    (void)up_connection_tick(forward.up, true);
    down_connection_tick(forward.down, true);
    forward_pass(&forward, 300 * US_PER_MS);
    rtcp_feedback_down(forward.down, datagram);
    forward_look(&forward);
    forward_close(&forward);
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
    if (size <= DATAGRAM_MAX)
        come_to_server(span_of(data, size));
    return 0;
}
