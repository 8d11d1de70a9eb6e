#include "mediad/rtc/rtcp.h"

enum {
    PT_SR = 200,
    PT_RR = 201,
    PT_SDES = 202,
    PT_BYE = 203,
    PT_RTPFB = 205,
    PT_PSFB = 206,
    PT_XR = 207,
    REPORT_SIZE = 24,
    REMB_NAME = 0x52454D42, /* "REMB" */
    XR_REFERENCE_TIME = 4,
    XR_DLRR = 5,
    RTT_MAX_US = 8 * 1000 * 1000,
};

/* Seconds from 1900 to 1970. */
#define NTP_UNIX_OFFSET 2208988800u

static int32_t sign_extend_24(uint32_t value)
{
    return (value & 0x800000) ? (int32_t)(value | 0xff000000u) : (int32_t)value;
}

/* ---- reading ---- */

static void read_sr(struct reader *r, struct rtcp_packet *p)
{
    p->kind = RTCP_SR;
    p->ssrc = reader_u32(r);
    p->ntp = reader_u64(r);
    p->rtp_ts = reader_u32(r);
    p->n_packets = reader_u32(r);
    p->n_bytes = reader_u32(r);
    p->items = reader_span(r, (size_t)p->count * REPORT_SIZE);
}

static void read_rr(struct reader *r, struct rtcp_packet *p)
{
    p->kind = RTCP_RR;
    p->ssrc = reader_u32(r);
    p->items = reader_span(r, (size_t)p->count * REPORT_SIZE);
}

static void read_rtpfb(struct reader *r, struct rtcp_packet *p)
{
    p->ssrc = reader_u32(r);
    p->media_ssrc = reader_u32(r);
    if (p->count == 1) {
        p->kind = RTCP_NACK;
        p->items = reader_span(r, reader_left(r));
    } else if (p->count == 15) {
        p->kind = RTCP_TRANSPORT_CC;
        p->items = reader_span(r, reader_left(r));
    }
}

/* draft-alvestrand-rmcat-remb section 2.2: "REMB", count, exponent and mantissa, sources. */
static void read_afb(struct reader *r, struct rtcp_packet *p)
{
    uint8_t n;
    uint32_t rate, mantissa;
    unsigned exponent;

    if (reader_left(r) < 8 || reader_u32(r) != REMB_NAME)
        return; /* another application's */
    n = reader_u8(r);
    rate = reader_u24(r);
    exponent = rate >> 18;
    mantissa = rate & 0x3ffff;
    p->kind = RTCP_REMB;
    p->remb_bps = exponent < 44 ? (uint64_t)mantissa << exponent : mantissa ? (uint64_t)1 << 62 : 0;
    p->items = reader_span(r, n * 4u);
}

static void read_psfb(struct reader *r, struct rtcp_packet *p)
{
    p->ssrc = reader_u32(r);
    p->media_ssrc = reader_u32(r);
    switch (p->count) {
    case 1:
        p->kind = RTCP_PLI;
        break;
    case 4:
        p->kind = RTCP_FIR;
        p->items = reader_span(r, reader_left(r));
        break;
    case 15:
        read_afb(r, p);
        break;
    default:
        break;
    }
}

/* RFC 3611 section 3: blocks, each with its type and its length in words behind that. */
static void read_xr(struct reader *r, struct rtcp_packet *p)
{
    p->ssrc = reader_u32(r);
    while (reader_left(r) >= 4 && p->kind == RTCP_OTHER) {
        uint8_t type = reader_u8(r);
        size_t len;
        struct reader block;

        (void)reader_u8(r);
        len = reader_u16(r) * (size_t)4;
        if (len > reader_left(r))
            return; /* what is beside it in the compound is heard all the same */
        block = reader_init(reader_span(r, len));
        if (type != XR_REFERENCE_TIME)
            continue;
        p->ntp = reader_u64(&block);
        if (!block.bad)
            p->kind = RTCP_RRTR;
    }
}

static void read_body(struct reader *r, uint8_t type, struct rtcp_packet *p)
{
    switch (type) {
    case PT_SR:
        read_sr(r, p);
        break;
    case PT_RR:
        read_rr(r, p);
        break;
    case PT_SDES:
        p->kind = RTCP_SDES;
        p->items = reader_span(r, reader_left(r));
        break;
    case PT_BYE:
        p->kind = RTCP_BYE;
        p->items = reader_span(r, p->count * 4u);
        break;
    case PT_RTPFB:
        read_rtpfb(r, p);
        break;
    case PT_PSFB:
        read_psfb(r, p);
        break;
    case PT_XR:
        read_xr(r, p);
        break;
    default:
        break;
    }
}

static int read_packet(struct span *rest, struct rtcp_packet *out)
{
    struct reader r = reader_init(*rest);
    uint8_t first = reader_u8(&r);
    uint8_t type = reader_u8(&r);
    size_t len = reader_u16(&r) * (size_t)4;
    struct span body = reader_span(&r, len);
    struct rtcp_packet p = {.count = first & 0x1f};
    struct reader inner;

    if (r.bad)
        return ERR_TRUNCATED;
    if (first >> 6 != 2)
        return ERR_SYNTAX;
    if (first & 0x20) { /* padding: only the last packet may have it */
        uint8_t padding = body.len > 0 ? body.data[body.len - 1] : 0;

        /* RFC 3550 wants multiples of four; libwebrtc fills up transport-wide feedback with fewer,
         * and may put other packets behind it */
        bool is_odd = type == PT_RTPFB && p.count == 15;

        if (padding == 0 || padding > body.len ||
            (!is_odd && (padding % 4 != 0 || reader_left(&r) > 0)))
            return ERR_SYNTAX;
        body.len -= padding;
    }
    inner = reader_init(body);
    read_body(&inner, type, &p);
    if (inner.bad)
        return ERR_TRUNCATED;
    *rest = span_of(reader_left(&r) ? r.at : NULL, reader_left(&r));
    *out = p;
    return 1;
}

int rtcp_next(struct span *rest, struct rtcp_packet *out)
{
    int r;

    if (rest->len == 0)
        return 0;
    r = read_packet(rest, out);
    if (r < 0)
        *rest = span_of(NULL, 0);
    return r;
}

int rtcp_check(struct span datagram)
{
    struct rtcp_packet p;
    int r;

    if (datagram.len == 0)
        return ERR_TRUNCATED;
    do {
        r = rtcp_next(&datagram, &p);
    } while (r > 0);
    return r;
}

/* A reader at the i-th item of `size` bytes; bad past the last. */
static struct reader item_at(const struct rtcp_packet *p, unsigned i, size_t size)
{
    struct reader r = reader_init(p->items);

    if (i >= p->items.len / size)
        r.bad = true;
    else
        reader_skip(&r, i * size);
    return r;
}

bool rtcp_report_at(const struct rtcp_packet *p, unsigned i, struct rtcp_report *out)
{
    struct reader r = item_at(p, i, REPORT_SIZE);

    if (r.bad || (p->kind != RTCP_SR && p->kind != RTCP_RR))
        return false;
    out->ssrc = reader_u32(&r);
    out->fraction_lost = reader_u8(&r);
    out->lost = sign_extend_24(reader_u24(&r));
    out->highest_seq = reader_u32(&r);
    out->jitter = reader_u32(&r);
    out->lsr = reader_u32(&r);
    out->dlsr = reader_u32(&r);
    return true;
}

bool rtcp_sdes_cname(const struct rtcp_packet *p, uint32_t ssrc, struct span *out)
{
    struct reader r = reader_init(p->items);

    if (p->kind != RTCP_SDES)
        return false;
    for (unsigned i = 0; i < p->count; i++) {
        uint32_t source = reader_u32(&r);
        uint8_t type;

        while ((type = reader_u8(&r)) != 0) {
            struct span text = reader_span(&r, reader_u8(&r));

            if (type == 1 && source == ssrc && !r.bad) {
                *out = text;
                return true;
            }
        }
        if (r.bad)
            return false;
        reader_skip(&r, (size_t)(r.end - r.at) % 4); /* chunks end on a multiple of 4 */
    }
    return false;
}

bool rtcp_nack_at(const struct rtcp_packet *p, unsigned i, uint16_t *seq, uint16_t *mask)
{
    struct reader r = item_at(p, i, 4);

    if (r.bad || p->kind != RTCP_NACK)
        return false;
    *seq = reader_u16(&r);
    *mask = reader_u16(&r);
    return true;
}

bool rtcp_fir_at(const struct rtcp_packet *p, unsigned i, uint32_t *ssrc, uint8_t *number)
{
    struct reader r = item_at(p, i, 8);

    if (r.bad || p->kind != RTCP_FIR)
        return false;
    *ssrc = reader_u32(&r);
    *number = reader_u8(&r);
    return true;
}

/* ---- writing ---- */

static size_t begin_packet(struct writer *w, uint8_t count, uint8_t type)
{
    size_t start = w->len;

    writer_u8(w, (uint8_t)(0x80 | count));
    writer_u8(w, type);
    writer_u16(w, 0);
    return start;
}

static void end_packet(struct writer *w, size_t start)
{
    if (!w->bad)
        writer_patch_u16(w, start + 2, (uint16_t)((w->len - start) / 4 - 1));
}

void rtcp_write_sr(struct writer *w, uint32_t ssrc, uint64_t ntp, uint32_t rtp_ts,
                   uint32_t n_packets, uint32_t n_bytes)
{
    size_t start = begin_packet(w, 0, PT_SR);

    writer_u32(w, ssrc);
    writer_u64(w, ntp);
    writer_u32(w, rtp_ts);
    writer_u32(w, n_packets);
    writer_u32(w, n_bytes);
    end_packet(w, start);
}

void rtcp_write_rr(struct writer *w, uint32_t ssrc, const struct rtcp_report *reports, size_t n)
{
    size_t count = n > 31 ? 31 : n;
    size_t start = begin_packet(w, (uint8_t)count, PT_RR);

    writer_u32(w, ssrc);
    for (size_t i = 0; i < count; i++) {
        writer_u32(w, reports[i].ssrc);
        writer_u8(w, reports[i].fraction_lost);
        writer_u24(w, (uint32_t)reports[i].lost & 0xffffff);
        writer_u32(w, reports[i].highest_seq);
        writer_u32(w, reports[i].jitter);
        writer_u32(w, reports[i].lsr);
        writer_u32(w, reports[i].dlsr);
    }
    end_packet(w, start);
}

void rtcp_write_sdes(struct writer *w, uint32_t ssrc, struct span cname)
{
    size_t start = begin_packet(w, 1, PT_SDES);
    size_t len = cname.len > 255 ? 255 : cname.len;
    size_t used = 4 + 2 + len; /* of the chunk */

    writer_u32(w, ssrc);
    writer_u8(w, 1);
    writer_u8(w, (uint8_t)len);
    writer_span(w, span_sub(cname, 0, len));
    do { /* at least one zero ends the list, and the chunk ends on a multiple of 4 */
        writer_u8(w, 0);
        used++;
    } while (used % 4 != 0);
    end_packet(w, start);
}

void rtcp_write_remb(struct writer *w, uint32_t sender, uint64_t rate_bps, const uint32_t *ssrcs,
                     size_t n)
{
    size_t start = begin_packet(w, 15, PT_PSFB);
    size_t count = n > 255 ? 255 : n;
    unsigned exponent = 0;

    while (rate_bps >> exponent > 0x3ffff)
        exponent++;
    writer_u32(w, sender);
    writer_u32(w, 0);
    writer_u32(w, REMB_NAME);
    writer_u8(w, (uint8_t)count);
    writer_u24(w, (uint32_t)exponent << 18 | (uint32_t)(rate_bps >> exponent));
    for (size_t i = 0; i < count; i++)
        writer_u32(w, ssrcs[i]);
    end_packet(w, start);
}

void rtcp_write_dlrr(struct writer *w, uint32_t sender, uint32_t receiver, uint32_t last_rr)
{
    size_t start = begin_packet(w, 0, PT_XR);

    writer_u32(w, sender);
    writer_u8(w, XR_DLRR);
    writer_u8(w, 0);
    writer_u16(w, 3); /* words */
    writer_u32(w, receiver);
    writer_u32(w, last_rr);
    writer_u32(w, 0); /* since then */
    end_packet(w, start);
}

void rtcp_write_pli(struct writer *w, uint32_t sender, uint32_t media_ssrc)
{
    size_t start = begin_packet(w, 1, PT_PSFB);

    writer_u32(w, sender);
    writer_u32(w, media_ssrc);
    end_packet(w, start);
}

void rtcp_write_fir(struct writer *w, uint32_t sender, uint32_t media_ssrc, uint8_t number)
{
    size_t start = begin_packet(w, 4, PT_PSFB);

    writer_u32(w, sender);
    writer_u32(w, 0);
    writer_u32(w, media_ssrc);
    writer_u8(w, number);
    writer_u24(w, 0);
    end_packet(w, start);
}

void rtcp_write_nack(struct writer *w, uint32_t sender, uint32_t media_ssrc, const uint16_t *seqs,
                     size_t n)
{
    size_t start, i = 0;

    if (n == 0)
        return;
    start = begin_packet(w, 1, PT_RTPFB);
    writer_u32(w, sender);
    writer_u32(w, media_ssrc);
    while (i < n) {
        uint16_t first = seqs[i++];
        uint16_t mask = 0;

        for (; i < n; i++) {
            uint16_t distance = (uint16_t)(seqs[i] - first);

            if (distance == 0 || distance > 16)
                break;
            mask |= (uint16_t)(1u << (distance - 1));
        }
        writer_u16(w, first);
        writer_u16(w, mask);
    }
    end_packet(w, start);
}

size_t rtcp_begin_transport_cc(struct writer *w, uint32_t sender, uint32_t media_ssrc)
{
    size_t start = begin_packet(w, 15, PT_RTPFB);

    writer_u32(w, sender);
    writer_u32(w, media_ssrc);
    return start;
}

void rtcp_end_transport_cc(struct writer *w, size_t start)
{
    while ((w->len - start) % 4 != 0 && !w->bad)
        writer_u8(w, 0);
    end_packet(w, start);
}

/* ---- time ---- */

uint64_t rtcp_ntp(int64_t unix_us)
{
    uint64_t us = (uint64_t)unix_us;
    uint64_t seconds = us / 1000000u + NTP_UNIX_OFFSET;
    uint64_t fraction = ((us % 1000000u) << 32) / 1000000u;

    return seconds << 32 | fraction;
}

int64_t rtcp_ntp_us(uint64_t ntp)
{
    int64_t seconds = (int64_t)(ntp >> 32) - (int64_t)NTP_UNIX_OFFSET;
    int64_t fraction = (int64_t)(((ntp & 0xffffffffu) * 1000000u + 0x80000000u) >> 32);

    return seconds * 1000000 + fraction;
}

uint32_t rtcp_ntp_middle(uint64_t ntp)
{
    return (uint32_t)(ntp >> 16);
}

int64_t rtcp_rtt_us(const struct rtcp_report *r, uint32_t now_ntp)
{
    uint32_t rtt = now_ntp - r->lsr - r->dlsr;
    int64_t us;

    if (r->lsr == 0)
        return -1;
    if ((int32_t)rtt < 0 && (int32_t)rtt > -655) /* clocks within 10 ms: no time at all */
        rtt = 0;
    us = (int64_t)(((uint64_t)rtt * 1000000u) >> 16);
    return us > RTT_MAX_US ? -1 : us;
}
