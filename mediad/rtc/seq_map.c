#include "mediad/rtc/seq_map.h"

#include "mediad/rtc/rtp.h"

/* Extended numbers start one cycle up, so that late packets never fall below 0. */
enum { SEQ_CYCLE = 65536 };

void seq_map_init(struct seq_map *m, uint16_t first_out)
{
    *m = (struct seq_map){.next_out = first_out};
}

static struct seq_interval *newest_interval(struct seq_map *m)
{
    return &m->intervals[m->head];
}

/* The i-th interval from the newest back. */
static const struct seq_interval *interval_back(const struct seq_map *m, unsigned i)
{
    return &m->intervals[(m->head + SEQ_MAP_INTERVALS - i) % SEQ_MAP_INTERVALS];
}

/* Intervals are near each other: their ends are compared modulo 2^32. */
static bool is_behind(uint64_t source, uint32_t end)
{
    return (int32_t)((uint32_t)source - end) > 0;
}

static bool is_empty(const struct seq_interval *in)
{
    return is_behind(in->first, in->last);
}

static void push_interval(struct seq_map *m, uint64_t first, uint16_t delta)
{
    m->head = m->n_intervals == 0 ? 0 : (m->head + 1) % SEQ_MAP_INTERVALS;
    if (m->n_intervals < SEQ_MAP_INTERVALS)
        m->n_intervals++;
    m->intervals[m->head] =
        (struct seq_interval){(uint32_t)first, (uint32_t)(first - 1), delta, m->pid_delta};
}

/* Begin with this packet, continuing the outgoing numbers. */
static void begin_numbering(struct seq_map *m, uint16_t seq, bool has_pid, uint16_t pid)
{
    uint64_t source = SEQ_CYCLE + (uint64_t)seq;

    if (has_pid && m->has_pid)
        m->pid_delta = (uint16_t)(pid - (m->out_pid + 1));
    m->next_out = (uint16_t)(m->next_out + m->switch_gap);
    m->switch_gap = 0;
    m->is_switching = false;
    m->has_packet = true;
    m->n_intervals = 0;
    m->newest = source - 1;
    push_interval(m, source, (uint16_t)(m->next_out - source));
}

static bool needs_begin(const struct seq_map *m, uint16_t seq)
{
    int64_t distance;

    if (!m->has_packet || m->is_switching)
        return true;
    distance = (int64_t)(rtp_seq_extend(m->newest, seq) - m->newest);
    return distance > SEQ_MAP_JUMP_MAX || distance < -SEQ_MAP_JUMP_MAX;
}

static bool find_late(const struct seq_map *m, uint64_t source, uint16_t *out, uint16_t *pid_delta)
{
    for (unsigned i = 0; i < m->n_intervals; i++) {
        const struct seq_interval *in = interval_back(m, i);

        if (is_behind(source, in->last) && !is_empty(in))
            return false; /* between two intervals: it was dropped */
        if (is_behind(in->first, (uint32_t)source) || is_behind(source, in->last))
            continue;
        *out = (uint16_t)(source + in->delta);
        *pid_delta = in->pid_delta;
        return true;
    }
    return false;
}

bool seq_map_send(struct seq_map *m, uint16_t seq, unsigned picture_id_bits, uint16_t picture_id,
                  uint16_t *out, uint16_t *pid_delta)
{
    struct seq_interval *open;
    uint64_t source;

    if (needs_begin(m, seq))
        begin_numbering(m, seq, picture_id_bits > 0, picture_id);
    source = rtp_seq_extend(m->newest, seq);
    if (source <= m->newest)
        return find_late(m, source, out, pid_delta);
    open = newest_interval(m);
    open->last = (uint32_t)source;
    m->newest = source;
    *out = (uint16_t)(source + open->delta);
    m->next_out = (uint16_t)(*out + 1);
    if (picture_id_bits > 0) {
        m->has_pid = true;
        m->newest_pid = picture_id;
        m->out_pid = (uint16_t)(picture_id - open->pid_delta);
    }
    *pid_delta = open->pid_delta;
    return true;
}

bool seq_map_drop(struct seq_map *m, uint16_t seq, unsigned picture_id_bits, uint16_t picture_id)
{
    struct seq_interval *open;
    uint64_t source;

    if (!m->has_packet || m->is_switching)
        return true; /* nothing of this numbering has been sent yet */
    source = rtp_seq_extend(m->newest, seq);
    if (source != m->newest + 1)
        return false;
    if (picture_id_bits > 0 && m->has_pid && picture_id != m->newest_pid)
        m->pid_delta++;
    if (picture_id_bits > 0)
        m->newest_pid = picture_id;
    open = newest_interval(m);
    m->newest = source;
    if (!is_empty(open)) {
        push_interval(m, source + 1, (uint16_t)(open->delta - 1));
        return true;
    }
    /* nothing was sent since the last drop: move the open interval on */
    open->first = (uint32_t)(source + 1);
    open->last = (uint32_t)source;
    open->delta = (uint16_t)(open->delta - 1);
    open->pid_delta = m->pid_delta;
    return true;
}

void seq_map_switch(struct seq_map *m, bool after_marker)
{
    if (!m->has_packet)
        return;
    m->is_switching = true;
    m->switch_gap = after_marker ? 0 : 1;
}

bool seq_map_out(const struct seq_map *m, uint16_t seq, uint16_t *out)
{
    uint64_t source = rtp_seq_extend(m->newest, seq);
    uint16_t pid_delta;

    return m->has_packet && !m->is_switching && source <= m->newest &&
           find_late(m, source, out, &pid_delta);
}
