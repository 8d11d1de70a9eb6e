#include "mediad/rtc/down_sender.h"

#include <string.h>

#include "mediad/rtc/payload_vp8.h"
#include "mediad/rtc/red.h"
#include "mediad/rtc/rtp.h"

/* Our extensions are left out where they could push a datagram past what an Ethernet carries. */
#define DATAGRAM_SENT_MAX 1472
#define PAYLOAD_WITH_EXTENSIONS_MAX                                                                \
    (DATAGRAM_SENT_MAX - RTP_HEADER_SIZE - RTP_EXT_MAX - RTP_RTX_OSN_SIZE - SECURE_RTP_TRAILER_MAX)

void down_sender_init(struct down_sender *s, struct peer_transport *transport, enum codec codec,
                      uint16_t rtx_seq)
{
    s->transport = transport;
    s->rtx_seq = rtx_seq;
    s->has_mid = true;
    s->is_video = codec_info(codec)->kind == TRACK_VIDEO;
    s->is_vp8 = codec == CODEC_VP8;
}

void down_sender_describe(struct down_sender *s, const struct down_target *target)
{
    const uint8_t *ids = target->route.ext_ids;

    s->ssrc = target->ssrc;
    s->rtx_ssrc = target->rtx_ssrc;
    s->pt = target->route.pt;
    s->rtx_pt = target->route.rtx_pt;
    s->red_pt = target->route.red_pt;
    s->mid_id = ids[HEADER_EXT_MID];
    s->abs_send_time_id = ids[HEADER_EXT_ABS_SEND_TIME];
    s->audio_level_id = ids[HEADER_EXT_AUDIO_LEVEL];
    s->extensions.descriptor_id = ids[HEADER_EXT_DEPENDENCY];
    s->transport_cc_id = ids[HEADER_EXT_TRANSPORT_CC];
    /* without memory there is no feedback, as from peers that know none */
    if (s->transport_cc_id && sent_history_start(&s->transport->sent) < 0)
        s->transport_cc_id = 0;
    memcpy(s->mid, target->mid, sizeof s->mid);
}

bool down_sender_has_rtx(const struct down_sender *s)
{
    return s->rtx_pt && s->rtx_ssrc;
}

/* When it leaves, and its place among all that leave. */
static void fill_times(const struct down_sender *s, struct rtp_out *h)
{
    h->abs_send_time_id = s->abs_send_time_id;
    h->abs_send_time = s->transport->worker->abs_send_time;
    h->transport_cc_id = s->transport_cc_id;
    h->transport_cc = s->transport->sent.next;
}

static void fill_header(const struct down_sender *s, const struct packet *p,
                        const struct outgoing *out, size_t payload_len, struct rtp_out *h)
{
    *h = (struct rtp_out){
        .marker = out->marker,
        .pt = s->pt,
        .seq = out->seq,
        .rtp_ts = sent_clock_ts(&s->clock, p->rtp_ts),
        .ssrc = s->ssrc,
    };
    if (payload_len > PAYLOAD_WITH_EXTENSIONS_MAX)
        return;
    fill_times(s, h);
    if (out->is_spare)
        h->transport_cc_id = 0;
    if (s->has_mid) {
        h->mid_id = s->mid_id;
        h->mid = span_str(s->mid);
    }
    if (p->has_audio_level) {
        h->audio_level_id = s->audio_level_id;
        h->audio_level = p->audio_level;
    }
}

/* VP8's own numbers follow the outgoing stream: shifted where pictures were left out or the rid
 * changed. A receiver that gets the dependency descriptor goes by that one's numbers, and the
 * payload may be encrypted as a whole: then nothing of it is touched. */
static void rewrite_payload(const struct down_sender *s, const struct packet *p,
                            const struct outgoing *out, uint8_t *payload)
{
    struct vp8_descriptor d;

    if (!s->is_vp8 || (!out->picture_id_delta && !s->tl0_offset) ||
        vp8_descriptor_parse(&d, packet_payload(p)) < 0)
        return;
    if (d.picture_id_bits)
        vp8_set_picture_id(payload, &d, (uint16_t)(d.picture_id - out->picture_id_delta));
    if (d.has_tl0picidx)
        vp8_set_tl0picidx(payload, &d, (uint8_t)(d.tl0picidx + s->tl0_offset));
}

/* Hand on what was written into the batch's slot, and count it. */
static size_t queue(struct down_sender *s, const struct send_path *path, const struct rtp_out *h,
                    size_t len, bool as_rtx, bool is_spare)
{
    struct worker *w = s->transport->worker;

    len = peer_transport_send_rtp(s->transport, path, as_rtx ? &s->rtx_stream : &s->stream, len,
                                  s->is_video ? SEND_VIDEO : SEND_AUDIO);
    if (!len)
        return 0;
    if (h->transport_cc_id)
        (void)sent_history_add(&s->transport->sent, len, w->now_us);
    worker_count(w, COUNT_RTP_OUT, 1);
    worker_count(w, COUNT_RTP_OUT_BYTES, len);
    s->sent_bytes += len;
    if (!is_spare) /* whose arrival nobody reports: the estimate lacks it, too */
        rate_meter_add(&s->rate, len, w->now_us);
    s->last_ts = h->rtp_ts;
    return len;
}

bool down_sender_is_redundant(const struct down_sender *s, const struct packet *p)
{
    return s->red_pt && p->red_len;
}

struct span down_sender_payload(const struct down_sender *s, const struct packet *p)
{
    return down_sender_is_redundant(s, p) ? span_of(p->data + p->red_at, p->red_len)
                                          : packet_payload(p);
}

size_t down_sender_send(struct down_sender *s, const struct packet *p, const struct outgoing *out,
                        bool as_rtx)
{
    struct worker *w = s->transport->worker;
    const struct send_path *path = peer_transport_path(s->transport);
    size_t size = SEND_SLOT_SIZE - SECURE_RTP_TRAILER_MAX;
    bool is_red = down_sender_is_redundant(s, p);
    struct span payload = down_sender_payload(s, p);
    uint8_t descriptor[DEPENDENCY_SIZE_MAX];
    struct rtp_out h;
    size_t len;

    if (!path)
        return 0;
    uint8_t *slot = send_batch_slot(&w->batch);

    fill_header(s, p, out, payload.len, &h);
    if (s->extensions.descriptor_id) {
        h.dependency_id = s->extensions.descriptor_id;
        h.dependency = down_extensions_descriptor(&s->extensions, p, descriptor);
    }
    if (as_rtx) {
        h.ssrc = s->rtx_ssrc;
        h.pt = s->rtx_pt;
        h.seq = s->rtx_seq++;
        len = rtp_write_rtx(slot, size, &h, out->seq, payload);
    } else {
        if (is_red)
            h.pt = s->red_pt;
        len = rtp_write_packet(slot, size, &h, payload);
    }
    if (!len)
        return 0;
    if (is_red)
        red_set_block_pt(slot + len - payload.len, s->pt);
    else if (h.dependency.len == 0)
        rewrite_payload(s, p, out, slot + len - payload.len);
    len = queue(s, path, &h, len, as_rtx, out->is_spare);
    if (len && !as_rtx) { /* sender reports are about this SSRC */
        s->n_packets++;
        s->n_bytes += (uint32_t)payload.len;
    }
    return len;
}

size_t down_sender_pad(struct down_sender *s, uint8_t size)
{
    const struct send_path *path = peer_transport_path(s->transport);
    uint8_t *slot = send_batch_slot(&s->transport->worker->batch);
    struct rtp_out h = {.pt = s->rtx_pt, .ssrc = s->rtx_ssrc};

    if (!path || !down_sender_has_rtx(s) || size == 0)
        return 0;
    fill_times(s, &h);
    h.seq = s->rtx_seq++;
    h.rtp_ts = s->last_ts;
    size_t len = rtp_write_padding(slot, SEND_SLOT_SIZE - SECURE_RTP_TRAILER_MAX, &h, size);

    return len ? queue(s, path, &h, len, true, false) : 0;
}
