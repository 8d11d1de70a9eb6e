#include "mediad/rtc/rtp.h"

#include <string.h>

#include "common/reader.h"
#include "common/writer.h"

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

/* The extensions of one header: at most three. */
struct out_extension {
    uint8_t id;
    uint8_t len;
    const uint8_t *value;
};

static bool needs_two_bytes(const struct out_extension *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x[i].id > 14 || x[i].len > 16)
            return true;
    return false;
}

static void write_extensions(struct writer *w, const struct out_extension *x, size_t n)
{
    bool is_two = needs_two_bytes(x, n);
    size_t start;

    writer_u16(w, is_two ? EXT_TWO_BYTE : EXT_ONE_BYTE);
    writer_u16(w, 0);
    start = w->len;
    for (size_t i = 0; i < n; i++) {
        if (is_two) {
            writer_u8(w, x[i].id);
            writer_u8(w, x[i].len);
        } else {
            writer_u8(w, (uint8_t)(x[i].id << 4 | (x[i].len - 1)));
        }
        writer_span(w, span_of(x[i].value, x[i].len));
    }
    writer_pad(w, 4);
    writer_patch_u16(w, start - 2, (uint16_t)((w->len - start) / 4));
}

size_t rtp_write_header(uint8_t *out, size_t size, const struct rtp_out *h)
{
    struct writer w = writer_init(out, size);
    struct out_extension x[3];
    uint8_t send_time[3] = {(uint8_t)(h->abs_send_time >> 16), (uint8_t)(h->abs_send_time >> 8),
                            (uint8_t)h->abs_send_time};
    size_t n = 0;

    if (h->abs_send_time_id)
        x[n++] = (struct out_extension){h->abs_send_time_id, 3, send_time};
    if (h->audio_level_id)
        x[n++] = (struct out_extension){h->audio_level_id, 1, &h->audio_level};
    if (h->mid_id && h->mid.len > 0 && h->mid.len <= 32)
        x[n++] = (struct out_extension){h->mid_id, (uint8_t)h->mid.len, h->mid.data};
    writer_u8(&w, n > 0 ? 0x90 : 0x80);
    writer_u8(&w, (uint8_t)((h->marker ? 0x80 : 0) | (h->pt & 0x7f)));
    writer_u16(&w, h->seq);
    writer_u32(&w, h->rtp_ts);
    writer_u32(&w, h->ssrc);
    if (n > 0)
        write_extensions(&w, x, n);
    return w.bad ? 0 : w.len;
}

size_t rtp_write_rtx(uint8_t *out, size_t size, const struct rtp_out *h, uint16_t original_seq,
                     struct span payload)
{
    size_t at = rtp_write_header(out, size, h);

    if (at == 0 || size - at < RTP_RTX_OSN_SIZE || size - at - RTP_RTX_OSN_SIZE < payload.len)
        return 0;
    out[at++] = (uint8_t)(original_seq >> 8);
    out[at++] = (uint8_t)original_seq;
    if (payload.len > 0)
        memcpy(out + at, payload.data, payload.len);
    return at + payload.len;
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
