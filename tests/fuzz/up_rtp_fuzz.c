/*
 * Packets of a publisher that is hostile but has its keys, one after the other, on their way to a
 * receiver (forward.h), with what comes between them. First byte: what was negotiated. Then steps:
 * a byte that says which, and its own bytes. A step that takes a packet as it is has its length in
 * two bytes; one that is built has a header that fits, and what mutations shall reach behind it.
 */
#include "forward.h"
#include "common/reader.h"

enum { STREAMS = 6, PASS_UNIT_US = 250 };

/* What a publisher sends under one SSRC. */
struct stream {
    uint8_t pt;
    uint32_t ssrc;
    uint8_t track;     /* whose numbers it has */
    uint16_t frame;    /* units of the RTP clock from number to number */
    uint8_t extension; /* that says what it is, and the text */
    const char *text;
    bool is_rtx;
};

static const struct stream streams[STREAMS] = {
    {OPUS_PT, SOUND_SSRC, 0, 960, 0, "", false},
    {RED_PT, SOUND_SSRC, 0, 960, 0, "", false},
    {VIDEO_PT, VIDEO_SSRC, 1, 3000, RID_ID, "h", false},
    {RTX_PT, VIDEO_RTX_SSRC, 1, 3000, RRID_ID, "h", true},
    {VIDEO_PT, LOW_SSRC, 2, 3000, RID_ID, "l", false},
    {RTX_PT, LOW_RTX_SSRC, 2, 3000, RRID_ID, "l", true},
};

/* Bits of how a packet is built. */
enum {
    BUILT_MARKER = 1,
    BUILT_NAMED = 2,      /* it says of which section or rid it is */
    BUILT_DESCRIBED = 4,  /* with a dependency descriptor: a byte that is its length, and that */
    BUILT_LEVEL = 8,      /* with an audio level */
    BUILT_SHIFTED = 16,   /* the track's time jumps: four bytes */
    BUILT_RENUMBERED = 32 /* its numbers do: two bytes */
};

/* What a track's next packet follows. */
struct track_line {
    uint16_t seq;
    uint32_t shift;
};

static struct forward forward;

static struct span take(struct reader *r, size_t len)
{
    return reader_span(r, len < reader_left(r) ? len : reader_left(r));
}

static void come_as_it_is(struct reader *r)
{
    struct span packet = take(r, reader_u16(r) % (DATAGRAM_MAX + 1));
    struct packet_slot *slot = slab_take(&forward_worker(&forward)->slab);

    if (!slot)
        return;
    if (packet.len > 0)
        memcpy(slot->data, packet.data, packet.len);
    forward_come(&forward, slot, packet.len);
}

static void come_built(struct reader *r, struct track_line *lines)
{
    const struct stream *s = &streams[reader_u8(r) % STREAMS];
    struct track_line *line = &lines[s->track];
    struct packet_slot *slot = slab_take(&forward_worker(&forward)->slab);
    uint8_t how = reader_u8(r);
    struct rtp_out h = {.pt = s->pt, .ssrc = s->ssrc, .marker = how & BUILT_MARKER};
    struct span payload;

    if (!slot)
        return;
    line->seq = (uint16_t)(line->seq + (int8_t)reader_u8(r));
    if (how & BUILT_RENUMBERED)
        line->seq = reader_u16(r);
    if (how & BUILT_SHIFTED)
        line->shift += reader_u32(r);
    h.seq = line->seq;
    h.rtp_ts = line->seq * (uint32_t)s->frame + line->shift;
    h.transport_cc_id = forward_has(&forward, FORWARD_TRANSPORT_CC) ? TRANSPORT_CC_ID : 0;
    h.transport_cc = forward.transport_cc++;
    if (how & BUILT_NAMED) {
        h.mid_id = s->extension;
        h.mid = span_str(s->text);
    }
    if (how & BUILT_LEVEL) {
        h.audio_level_id = LEVEL_ID;
        h.audio_level = reader_u8(r);
    }
    if (how & BUILT_DESCRIBED) {
        h.dependency_id = DEPENDENCY_ID;
        h.dependency = take(r, reader_u8(r));
    }
    payload = take(r, reader_u8(r));
    forward_come(&forward, slot,
                 s->is_rtx ? rtp_write_rtx(slot->data, DATAGRAM_MAX, &h, line->seq, payload)
                           : rtp_write_packet(slot->data, DATAGRAM_MAX, &h, payload));
}

static void step(struct reader *r, struct track_line *lines)
{
    uint8_t n;

    switch (reader_u8(r) % 8) {
    case 0:
        come_as_it_is(r);
        break;
    case 1:
        n = reader_u8(r);
        forward_pass(&forward, (int64_t)n * n * PASS_UNIT_US); /* up to 16 s */
        break;
    case 2:
        n = reader_u8(r);
        (void)up_connection_tick(forward.up, n % 2);
        down_connection_tick(forward.down, n % 2);
        break;
    case 3:
        forward.up->is_muted = reader_u8(r) % 2;
        break;
    case 4:
        rtcp_feedback_up(forward.up, take(r, reader_u16(r)));
        break;
    case 5:
        rtcp_feedback_down(forward.down, take(r, reader_u16(r)));
        break;
    case 6:
        n = reader_u8(r);
        forward_describe(&forward, n & 1, n & 2);
        break;
    default:
        come_built(r, lines);
        break;
    }
    forward_look(&forward);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_init(span_of(data, size));
    struct track_line lines[3] = {{0}};

    forward_open(&forward, reader_u8(&r));
    while (reader_left(&r) > 0)
        step(&r, lines);
    forward_close(&forward);
    return 0;
}
