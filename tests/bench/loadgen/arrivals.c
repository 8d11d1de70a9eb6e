#include "tests/bench/loadgen/arrivals.h"

#include "mediad/rtc/rtp.h"

#define NUMBERS_MAX 420 /* of one message: 60 chunks */
#define SYMBOLS 7       /* of a status vector chunk with two bits each */
#define CHUNK_TWO_BITS 0xC000
#define TICK_US 250
#define REFERENCE_US 64000
#define RTPFB 205
#define TRANSPORT_CC 15

enum symbol { NOT_RECEIVED, SMALL_DELTA, LARGE_DELTA };

static int64_t *arrival(struct arrivals *a, uint64_t number)
{
    return &a->at_us[number % ARRIVALS_RING];
}

void arrivals_add(struct arrivals *a, uint16_t number16, int64_t at_us)
{
    uint64_t number;

    if (!a->is_started) {
        a->is_started = true;
        /* room below, so that a packet that was overtaken has a number */
        a->next = a->highest = (UINT64_C(1) << 32) + number16;
    }
    number = rtp_seq_extend(a->highest, number16);
    if (number + ARRIVALS_RING <= a->highest)
        return;
    for (uint64_t n = a->highest + 1; n <= number; n++)
        *arrival(a, n) = 0;
    if (number > a->highest)
        a->highest = number;
    if (a->next + ARRIVALS_RING <= a->highest)
        a->next = a->highest - ARRIVALS_RING + 1;
    /* One that comes late is reported late, as browsers do. */
    if (number < a->next)
        a->next = number;
    *arrival(a, number) = at_us;
}

/* A message being made. */
struct message {
    int64_t reference; /* 64 ms */
    int64_t ticks;     /* of the last packet that arrived */
    unsigned n;        /* numbers */
    uint8_t symbols[NUMBERS_MAX];
    int16_t deltas[NUMBERS_MAX];
};

/* @return false: its delta does not fit, and it begins another message */
static bool message_add(struct message *m, int64_t at_us)
{
    int64_t ticks = at_us / TICK_US;
    int64_t delta = ticks - m->ticks;

    if (at_us == 0) {
        m->symbols[m->n++] = NOT_RECEIVED;
        return true;
    }
    if (delta < INT16_MIN || delta > INT16_MAX)
        return false;
    m->symbols[m->n] = delta >= 0 && delta <= UINT8_MAX ? SMALL_DELTA : LARGE_DELTA;
    m->deltas[m->n++] = (int16_t)delta;
    m->ticks = ticks;
    return true;
}

static void write_body(struct writer *w, const struct message *m)
{
    for (unsigned i = 0; i < m->n; i += SYMBOLS) {
        uint16_t chunk = CHUNK_TWO_BITS;

        for (unsigned k = 0; k < SYMBOLS && i + k < m->n; k++)
            chunk |= (uint16_t)(m->symbols[i + k] << (2 * (SYMBOLS - 1 - k)));
        writer_u16(w, chunk);
    }
    for (unsigned i = 0; i < m->n; i++) {
        if (m->symbols[i] == SMALL_DELTA)
            writer_u8(w, (uint8_t)m->deltas[i]);
        else if (m->symbols[i] == LARGE_DELTA)
            writer_u16(w, (uint16_t)m->deltas[i]);
    }
}

bool arrivals_write(struct arrivals *a, struct writer *w, uint32_t sender, uint32_t media)
{
    struct message m = {0};
    size_t start = w->len;
    size_t padding;

    while (a->next <= a->highest && *arrival(a, a->next) == 0)
        a->next++; /* that it did not arrive is told by the first one that did, or by none */
    if (!a->is_started || a->next > a->highest)
        return false;
    m.reference = *arrival(a, a->next) / REFERENCE_US;
    m.ticks = m.reference * (REFERENCE_US / TICK_US);
    writer_u8(w, 2 << 6 | TRANSPORT_CC);
    writer_u8(w, RTPFB);
    writer_u16(w, 0);
    writer_u32(w, sender);
    writer_u32(w, media);
    writer_u16(w, (uint16_t)a->next);
    while (m.n < NUMBERS_MAX && a->next <= a->highest && message_add(&m, *arrival(a, a->next)))
        a->next++;
    writer_u16(w, (uint16_t)m.n);
    writer_u24(w, (uint32_t)m.reference & 0xFFFFFF);
    writer_u8(w, a->n_messages++);
    write_body(w, &m);
    padding = (4 - (w->len - start) % 4) % 4;
    for (size_t i = 1; i <= padding; i++)
        writer_u8(w, i == padding ? (uint8_t)padding : 0);
    writer_patch_u16(w, start + 2, (uint16_t)((w->len - start) / 4 - 1));
    if (padding > 0 && !w->bad)
        w->data[start] |= 1 << 5;
    return true;
}
