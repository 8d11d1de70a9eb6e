/* The packets of AV1 and H.264; a part of record_rig.h. */
#ifndef NEREID_TESTS_RIG_CODECS_H
#define NEREID_TESTS_RIG_CODECS_H

/* One NAL unit: whole, or in fragments (RFC 6184 section 5.8). */
static inline void rig_send_nal(struct rig *rig, struct rig_track *t, int64_t us, struct span nal,
                                bool is_key, bool is_last_nal)
{
    uint8_t packet[RIG_PACKET + 2];

    if (nal.len <= RIG_PACKET) {
        rig_put(rig, t, us, is_last_nal, is_key, nal);
        return;
    }
    for (size_t at = 1; at < nal.len; at += RIG_PACKET) {
        struct span part = span_sub(nal, at, RIG_PACKET);
        bool is_last = at + part.len == nal.len;

        packet[0] = (uint8_t)((nal.data[0] & 0x60) | 28);
        packet[1] = (uint8_t)((nal.data[0] & 0x1f) | (at == 1 ? 0x80 : 0) | (is_last ? 0x40 : 0));
        memcpy(packet + 2, part.data, part.len);
        rig_put(rig, t, us, is_last && is_last_nal, is_key && at == 1,
                span_of(packet, part.len + 2));
    }
}

/* The next NAL unit of an Annex B stream. */
static inline struct span rig_next_nal(struct span *rest)
{
    static const uint8_t code[] = {0, 0, 1};
    const uint8_t *start = rest->len ? memmem(rest->data, rest->len, code, sizeof code) : NULL;
    const uint8_t *end;
    struct span nal;
    size_t at;

    if (!start)
        return span_of(NULL, 0);
    at = (size_t)(start - rest->data) + 3;
    end = memmem(rest->data + at, rest->len - at, code, sizeof code);
    nal = span_sub(*rest, at, end ? (size_t)(end - rest->data) - at : rest->len - at);
    *rest = end ? span_sub(*rest, (size_t)(end - rest->data), rest->len) : span_of(NULL, 0);
    while (end && nal.len > 0 && nal.data[nal.len - 1] == 0)
        nal.len--;
    return nal;
}

/* Parameter sets go together (STAP-A), everything else alone. */
static inline void rig_send_h264(struct rig *rig, struct rig_track *t, int64_t us,
                                 struct span frame, bool is_key)
{
    uint8_t together[RIG_PACKET];
    struct writer w = writer_init(together, sizeof together);
    struct span nal = rig_next_nal(&frame);

    writer_u8(&w, 24);
    while (nal.len > 0) {
        struct span next = rig_next_nal(&frame);
        unsigned type = nal.data[0] & 0x1f;

        if (type == 7 || type == 8) {
            writer_u16(&w, (uint16_t)nal.len);
            writer_span(&w, nal);
            if (type == 8)
                rig_put(rig, t, us, false, true, writer_done(&w));
        } else if (type != 9) {
            rig_send_nal(rig, t, us, nal, is_key, next.len == 0);
        }
        nal = next;
    }
}

static inline struct span rig_next_obu(struct span *rest)
{
    size_t at = 1, len = 0;
    unsigned shift = 0;
    struct span obu;

    if (rest->len < 2)
        return span_of(NULL, 0);
    if (rest->data[0] & 0x04)
        at++;
    assert_true(rest->data[0] & 0x02); /* its size is there */
    do
        len |= (size_t)(rest->data[at] & 0x7f) << shift, shift += 7;
    while (rest->data[at++] & 0x80);
    obu = span_sub(*rest, 0, at + len);
    *rest = span_sub(*rest, at + len, rest->len);
    return obu;
}

/* An OBU without its size, in elements of one packet each (AV1 RTP section 4.4: W = 1). */
static inline void rig_send_obu(struct rig *rig, struct rig_track *t, int64_t us, struct span obu,
                                bool is_key, bool is_first_obu, bool is_last_obu)
{
    uint8_t *bare = malloc(obu.len), packet[RIG_PACKET + 1];
    size_t at = obu.data[0] & 0x04 ? 2 : 1, len = at;

    memcpy(bare, obu.data, at);
    bare[0] &= (uint8_t)~0x02;
    while (obu.data[at++] & 0x80)
        ;
    memcpy(bare + len, obu.data + at, obu.len - at);
    len += obu.len - at;
    for (size_t from = 0; from < len; from += RIG_PACKET) {
        struct span part = span_sub(span_of(bare, len), from, RIG_PACKET);
        bool is_last = from + part.len == len;

        packet[0] = (uint8_t)(0x10 | (from > 0 ? 0x80 : 0) | (is_last ? 0 : 0x40) |
                              (is_key && is_first_obu && from == 0 ? 0x08 : 0));
        memcpy(packet + 1, part.data, part.len);
        rig_put(rig, t, us, is_last && is_last_obu, is_key && is_first_obu && from == 0,
                span_of(packet, part.len + 1));
    }
    free(bare);
}

static inline void rig_send_av1(struct rig *rig, struct rig_track *t, int64_t us, struct span frame,
                                bool is_key)
{
    struct span obu = rig_next_obu(&frame);
    bool is_first = true;

    while (obu.len > 0) {
        struct span next = rig_next_obu(&frame);

        if ((obu.data[0] >> 3 & 0x0f) != 2) { /* temporal delimiters are not sent */
            rig_send_obu(rig, t, us, obu, is_key, is_first, next.len == 0);
            is_first = false;
        }
        obu = next;
    }
}

#endif
