#include "mediad/rtc/rtp.h"

#include <string.h>

#include "common/reader.h"

enum { EXT_ONE_BYTE = 0xBEDE, EXT_TWO_BYTE = 0x1000 };

bool rtp_is_rtcp(struct span packet)
{
    return packet.len >= 2 && packet.data[1] >= 192 && packet.data[1] <= 223;
}

int rtp_parse(struct rtp_header *out, struct span packet)
{
    struct reader r = reader_init(packet);
    struct rtp_header h = {0};
    uint8_t first = reader_u8(&r);
    uint8_t second = reader_u8(&r);
    size_t left;

    if (packet.len > UINT16_MAX)
        return ERR_SYNTAX;
    h.marker = second >> 7;
    h.pt = second & 0x7f;
    h.seq = reader_u16(&r);
    h.rtp_ts = reader_u32(&r);
    h.ssrc = reader_u32(&r);
    reader_skip(&r, (first & 0x0fu) * 4u); /* CSRCs */
    if (first & 0x10) {
        h.ext_profile = reader_u16(&r);
        h.ext_len = (uint16_t)(reader_u16(&r) * 4u);
        h.ext_at = (uint16_t)(packet.len - reader_left(&r));
        reader_skip(&r, h.ext_len);
    }
    if (r.bad)
        return ERR_TRUNCATED;
    if (first >> 6 != 2)
        return ERR_SYNTAX;
    left = reader_left(&r);
    if (first & 0x20) {
        h.padding_len = left > 0 ? packet.data[packet.len - 1] : 0;
        if (h.padding_len == 0 || h.padding_len > left)
            return ERR_SYNTAX;
    }
    h.payload_at = (uint16_t)(packet.len - left);
    h.payload_len = (uint16_t)(left - h.padding_len);
    *out = h;
    return 0;
}

bool rtp_extension(const struct rtp_header *h, struct span packet, uint8_t id, struct span *out)
{
    struct reader r = reader_init(span_sub(packet, h->ext_at, h->ext_len));
    bool is_one_byte = h->ext_profile == EXT_ONE_BYTE;

    if (id == 0 || (!is_one_byte && (h->ext_profile & 0xfff0) != EXT_TWO_BYTE))
        return false;
    while (reader_left(&r) > 0) {
        uint8_t head = reader_u8(&r);
        uint8_t here, len;
        struct span value;

        if (head == 0)
            continue; /* padding */
        here = is_one_byte ? head >> 4 : head;
        if (is_one_byte && here == 15)
            return false; /* RFC 8285 section 4.2: stop here */
        len = is_one_byte ? (head & 0x0f) + 1 : reader_u8(&r);
        value = reader_span(&r, len);
        if (r.bad)
            return false;
        if (here == id) {
            *out = value;
            return true;
        }
    }
    return false;
}

uint64_t rtp_seq_extend(uint64_t near_seq, uint16_t seq)
{
    int64_t wide = (int64_t)near_seq + rtp_seq_diff(seq, (uint16_t)near_seq);

    return wide < 0 ? seq : (uint64_t)wide;
}

uint32_t rtp_abs_send_time(int64_t now_us)
{
    uint64_t us = (uint64_t)now_us % (64u * 1000000u);

    return (uint32_t)((us << 18) / 1000000u) & 0xffffff;
}

/* An extension of a header. */
struct out_extension {
    uint8_t id;
    uint8_t len;
    const uint8_t *value;
};

/* The packet path writes a header for every receiver: plain stores here, not a struct writer. */
static uint8_t *put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    return put_u16(put_u16(at, (uint16_t)(value >> 16)), (uint16_t)value);
}

/* @return bytes of the words, 0 when they do not fit into `size` */
static size_t write_extensions(uint8_t *out, size_t size, const struct out_extension *x, size_t n)
{
    bool is_two = false;
    size_t len = n; /* one byte in front of each value, or two */

    for (size_t i = 0; i < n; i++) {
        is_two = is_two || x[i].id > 14 || x[i].len > 16;
        len += x[i].len;
    }
    if (is_two)
        len += n;

    size_t padded = (len + 3) & ~(size_t)3;
    uint8_t *at = out;

    if (size < 4 + padded)
        return 0;
    at = put_u16(at, is_two ? EXT_TWO_BYTE : EXT_ONE_BYTE);
    at = put_u16(at, (uint16_t)(padded / 4));
    for (size_t i = 0; i < n; i++) {
        if (is_two)
            at = put_u16(at, (uint16_t)(x[i].id << 8 | x[i].len));
        else
            *at++ = (uint8_t)(x[i].id << 4 | (x[i].len - 1));
        memcpy(at, x[i].value, x[i].len);
        at += x[i].len;
    }
    memset(at, 0, padded - len);
    return 4 + padded;
}

size_t rtp_write_header(uint8_t *out, size_t size, const struct rtp_out *h)
{
    struct out_extension x[5];
    uint8_t transport_cc[2] = {(uint8_t)(h->transport_cc >> 8), (uint8_t)h->transport_cc};
    uint8_t send_time[3] = {(uint8_t)(h->abs_send_time >> 16), (uint8_t)(h->abs_send_time >> 8),
                            (uint8_t)h->abs_send_time};
    size_t n = 0;

    if (size < RTP_HEADER_SIZE)
        return 0;
    if (h->abs_send_time_id)
        x[n++] = (struct out_extension){h->abs_send_time_id, 3, send_time};
    if (h->transport_cc_id)
        x[n++] = (struct out_extension){h->transport_cc_id, 2, transport_cc};
    if (h->audio_level_id)
        x[n++] = (struct out_extension){h->audio_level_id, 1, &h->audio_level};
    if (h->mid_id && h->mid.len > 0 && h->mid.len <= 32)
        x[n++] = (struct out_extension){h->mid_id, (uint8_t)h->mid.len, h->mid.data};
    if (h->dependency_id && h->dependency.len > 0 && h->dependency.len <= UINT8_MAX)
        x[n++] = (struct out_extension){h->dependency_id, (uint8_t)h->dependency.len,
                                        h->dependency.data};
    out[0] = n > 0 ? 0x90 : 0x80;
    out[1] = (uint8_t)((h->marker ? 0x80 : 0) | (h->pt & 0x7f));
    put_u32(put_u32(put_u16(out + 2, h->seq), h->rtp_ts), h->ssrc);
    if (n == 0)
        return RTP_HEADER_SIZE;
    size_t len = write_extensions(out + RTP_HEADER_SIZE, size - RTP_HEADER_SIZE, x, n);

    return len ? RTP_HEADER_SIZE + len : 0;
}

static size_t append(uint8_t *out, size_t at, size_t size, struct span payload)
{
    if (at == 0 || size - at < payload.len)
        return 0;
    if (payload.len > 0)
        memcpy(out + at, payload.data, payload.len);
    return at + payload.len;
}

size_t rtp_write_packet(uint8_t *out, size_t size, const struct rtp_out *h, struct span payload)
{
    return append(out, rtp_write_header(out, size, h), size, payload);
}

size_t rtp_write_rtx(uint8_t *out, size_t size, const struct rtp_out *h, uint16_t original_seq,
                     struct span payload)
{
    size_t at = rtp_write_header(out, size, h);

    if (at == 0 || size - at < RTP_RTX_OSN_SIZE)
        return 0;
    put_u16(out + at, original_seq);
    return append(out, at + RTP_RTX_OSN_SIZE, size, payload);
}

size_t rtp_write_padding(uint8_t *out, size_t size, const struct rtp_out *h, uint8_t padding)
{
    size_t len = rtp_write_header(out, size, h);

    if (len == 0 || padding == 0 || size - len < padding)
        return 0;
    out[0] |= 0x20;
    memset(out + len, 0, padding);
    out[len + padding - 1] = padding;
    return len + padding;
}

int rtp_rtx_unwrap(struct rtp_header *h, struct span packet, uint32_t original_ssrc,
                   uint8_t original_pt)
{
    if (h->payload_len < RTP_RTX_OSN_SIZE || (size_t)h->payload_at + RTP_RTX_OSN_SIZE > packet.len)
        return ERR_TRUNCATED;
    h->seq = (uint16_t)(packet.data[h->payload_at] << 8 | packet.data[h->payload_at + 1]);
    h->ssrc = original_ssrc;
    h->pt = original_pt;
    h->payload_at = (uint16_t)(h->payload_at + RTP_RTX_OSN_SIZE);
    h->payload_len = (uint16_t)(h->payload_len - RTP_RTX_OSN_SIZE);
    return 0;
}
