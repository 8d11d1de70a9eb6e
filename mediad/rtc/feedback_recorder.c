#include "mediad/rtc/feedback_recorder.h"

#include <string.h>

#include "mediad/rtc/rtcp.h"

#define TICK_US 250
#define REFERENCE_TICKS 256 /* 64 ms */
#define RUN_MAX 0x1fff
#define HEAD_SIZE 20 /* of the message, before its chunks */

enum symbol { SYMBOL_MISSING, SYMBOL_SMALL, SYMBOL_LARGE };

/* ---- what came ---- */

static uint32_t *slot_of(struct feedback_recorder *r, uint16_t number)
{
    return &r->arrivals[number % FEEDBACK_RECORDER_SIZE];
}

static void start(struct feedback_recorder *r, uint16_t number)
{
    memset(r->arrivals, 0, sizeof r->arrivals);
    r->is_started = true;
    r->has_news = false;
    r->has_stray = false;
    r->base = number;
    r->end = number;
}

/* Is the number so far from the others that it may belong to another numbering? */
static bool is_far(const struct feedback_recorder *r, uint16_t number)
{
    int ahead = (int16_t)(uint16_t)(number - r->end);

    return ahead >= FEEDBACK_RECORDER_SIZE || ahead < -FEEDBACK_RECORDER_SIZE;
}

static bool is_second_stray(struct feedback_recorder *r, uint16_t number)
{
    int distance = (int16_t)(uint16_t)(number - r->stray);
    bool is_second = r->has_stray && distance != 0 && distance < FEEDBACK_RECORDER_SIZE &&
                     distance > -FEEDBACK_RECORDER_SIZE;

    r->has_stray = true;
    r->stray = number;
    return is_second;
}

/* Numbers up to this one count as missing until they come. */
static void advance(struct feedback_recorder *r, uint16_t number)
{
    do
        *slot_of(r, r->end) = 0;
    while (r->end++ != number);
    if ((uint16_t)(r->end - r->base) > FEEDBACK_RECORDER_SIZE)
        r->base = (uint16_t)(r->end - FEEDBACK_RECORDER_SIZE);
}

void feedback_recorder_note(struct feedback_recorder *r, uint16_t number, int64_t arrival_us)
{
    uint32_t ticks = (uint32_t)(arrival_us / TICK_US);

    if (!r->is_started)
        start(r, number);
    if (is_far(r, number)) {
        if (!is_second_stray(r, number))
            return;
        start(r, number);
    }
    if ((int16_t)(uint16_t)(number - r->end) >= 0)
        advance(r, number);
    else if (*slot_of(r, number))
        return; /* a duplicate */
    else if ((int16_t)(uint16_t)(number - r->base) < 0)
        r->base = number;
    *slot_of(r, number) = ticks ? ticks : 1;
    r->has_news = true;
    r->has_stray = false;
}

/* ---- one message ---- */

struct message {
    uint32_t reference;                      /* ticks, a multiple of 64 ms */
    unsigned n;                              /* numbers */
    unsigned n_arrived;                      /* among them */
    uint8_t symbols[FEEDBACK_RECORDER_SIZE]; /* of enum symbol */
    int16_t deltas[FEEDBACK_RECORDER_SIZE];  /* 250 µs, of those that arrived */
};

/* No more than this is needed: each chunk but the last one holds seven symbols at least. */
static size_t chunks_size_max(unsigned n)
{
    return 2 * (n / 7 + 1);
}

/* Collect as many numbers as fit. */
static void collect(struct feedback_recorder *r, struct message *m, size_t room)
{
    unsigned n = (uint16_t)(r->end - r->base);
    size_t deltas_size = 0;
    uint32_t last = 0;

    m->n = 0;
    m->n_arrived = 0;
    for (unsigned i = 0; i < n; i++) {
        uint32_t ticks = *slot_of(r, (uint16_t)(r->base + i));
        int32_t delta;

        if (ticks && m->n_arrived == 0)
            m->reference = last = ticks - ticks % REFERENCE_TICKS;
        delta = ticks ? (int32_t)(ticks - last) : 0;
        if (delta != (int16_t)delta)
            return; /* the next message has another reference */
        m->symbols[i] = !ticks                       ? SYMBOL_MISSING
                        : delta >= 0 && delta <= 255 ? SYMBOL_SMALL
                                                     : SYMBOL_LARGE;
        deltas_size += m->symbols[i]; /* as many bytes as the symbol's number */
        if (chunks_size_max(i + 1) + deltas_size > room)
            return;
        if (!ticks)
            continue;
        m->deltas[m->n_arrived++] = (int16_t)delta;
        m->n = i + 1; /* what is missing at the end is left to the next one */
        last = ticks;
    }
}

static unsigned run_length(const struct message *m, unsigned at)
{
    unsigned end = at + 1;

    while (end < m->n && m->symbols[end] == m->symbols[at] && end - at < RUN_MAX)
        end++;
    return end - at;
}

static bool has_large(const struct message *m, unsigned at, unsigned n)
{
    for (unsigned i = at; i < at + n && i < m->n; i++) {
        if (m->symbols[i] == SYMBOL_LARGE)
            return true;
    }
    return false;
}

/* A run where that is no longer than a vector would be; else one bit for each, else two. */
static unsigned write_chunk(const struct message *m, struct writer *w, unsigned at)
{
    bool is_wide = has_large(m, at, 14);
    unsigned n = is_wide ? 7 : 14;
    unsigned width = is_wide ? 2 : 1;
    unsigned run = run_length(m, at);
    unsigned chunk = is_wide ? 0xc000 : 0x8000;

    if (run >= n || at + run == m->n) {
        writer_u16(w, (uint16_t)(m->symbols[at] << 13 | run));
        return run;
    }
    for (unsigned i = 0; i < n && at + i < m->n; i++)
        chunk |= (unsigned)m->symbols[at + i] << (14 - width * (i + 1));
    writer_u16(w, (uint16_t)chunk);
    return n;
}

static void write_message(const struct message *m, struct writer *w, uint16_t base, uint8_t number)
{
    unsigned arrived = 0;

    writer_u16(w, base);
    writer_u16(w, (uint16_t)m->n);
    writer_u24(w, m->reference / REFERENCE_TICKS);
    writer_u8(w, number);
    for (unsigned at = 0; at < m->n;)
        at += write_chunk(m, w, at);
    for (unsigned i = 0; i < m->n; i++) {
        if (m->symbols[i] == SYMBOL_SMALL)
            writer_u8(w, (uint8_t)m->deltas[arrived++]);
        else if (m->symbols[i] == SYMBOL_LARGE)
            writer_u16(w, (uint16_t)m->deltas[arrived++]);
    }
}

bool feedback_recorder_write(struct feedback_recorder *r, struct writer *w, uint32_t sender,
                             uint32_t media)
{
    struct message m;
    size_t room = w->size - w->len, start_at;

    if (!r->has_news || room <= HEAD_SIZE + 3)
        return false;
    collect(r, &m, room - HEAD_SIZE - 3);
    if (m.n_arrived == 0)
        return false;
    start_at = rtcp_begin_transport_cc(w, sender, media);
    write_message(&m, w, r->base, r->n_messages++);
    rtcp_end_transport_cc(w, start_at);
    r->base = (uint16_t)(r->base + m.n);
    r->has_news = r->base != r->end;
    return true;
}
