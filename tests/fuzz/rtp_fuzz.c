/* rtp_parse: offsets inside the packet; what is read can be written and read again. */
#include <string.h>

#include "mediad/rtc/rtp.h"
#include "check.h"

static void check_written(const struct rtp_header *h, struct span packet)
{
    uint8_t bytes[2048];
    struct rtp_out out = {.marker = h->marker,
                          .pt = h->pt,
                          .seq = h->seq,
                          .rtp_ts = h->rtp_ts,
                          .ssrc = h->ssrc,
                          .mid_id = h->padding_len,
                          .abs_send_time_id = (uint8_t)h->seq,
                          .abs_send_time = h->rtp_ts & 0xffffff};
    struct span payload = span_sub(packet, h->payload_at, h->payload_len);
    struct rtp_header again;
    struct span value = {NULL, 0};
    size_t len;

    if (!rtp_extension(h, packet, h->pt, &out.mid))
        out.mid = span_of(NULL, 0);
    if (payload.len > 1400)
        payload.len = 1400;
    len = rtp_write_rtx(bytes, sizeof bytes, &out, 77, payload);
    check(len > 0);
    check(rtp_parse(&again, span_of(bytes, len)) == 0);
    check(again.marker == h->marker && again.pt == h->pt && again.seq == h->seq);
    check(again.rtp_ts == h->rtp_ts && again.ssrc == h->ssrc);
    if (out.mid_id && out.mid.len > 0 && out.mid.len <= 32 && out.mid_id != out.abs_send_time_id) {
        check(rtp_extension(&again, span_of(bytes, len), out.mid_id, &value) || out.mid_id == 15);
        check(out.mid_id == 15 || span_eq(value, out.mid));
    }
    check(rtp_rtx_unwrap(&again, span_of(bytes, len), 5, 6) == 0);
    check(again.seq == 77 && again.ssrc == 5 && again.pt == 6);
    check(span_eq(span_of(bytes + again.payload_at, again.payload_len), payload));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span packet = span_of(data, size);
    struct rtp_header h;

    (void)rtp_is_rtcp(packet);
    if (rtp_parse(&h, packet) < 0)
        return 0;
    check((size_t)h.payload_at + h.payload_len + h.padding_len == size);
    check((size_t)h.ext_at + h.ext_len <= h.payload_at);
    for (unsigned id = 0; id < 256; id++) {
        struct span value;

        if (rtp_extension(&h, packet, (uint8_t)id, &value))
            check(value.len == 0 || (value.data >= data + h.ext_at &&
                                     value.data + value.len <= data + h.ext_at + h.ext_len));
    }
    check_written(&h, packet);
    return 0;
}
