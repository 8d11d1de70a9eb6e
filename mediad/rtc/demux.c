#include "mediad/rtc/demux.h"

#include "common/now.h"
#include "mediad/rtc/ice_text.h"
#include "mediad/rtc/rtp.h"

_Static_assert(sizeof(struct net_address) <= FIXED_TABLE_KEY_MAX, "addresses are keys");
_Static_assert(ICE_UFRAG_LEN <= FIXED_TABLE_KEY_MAX, "user fragments are keys");

enum demux_kind demux_classify(struct span datagram)
{
    if (datagram.len < 2)
        return DEMUX_OTHER;
    uint8_t first = datagram.data[0];

    if (first <= 3)
        return DEMUX_STUN;
    if (first >= 20 && first <= 63)
        return DEMUX_DTLS;
    if (first >= 128 && first <= 191)
        return rtp_is_rtcp(datagram) ? DEMUX_RTCP : DEMUX_RTP;
    return DEMUX_OTHER;
}

/* The table's values: a pointer of ours, or with the lowest bit set another worker's index and
 * above it the second of its mark, which wraps around. */
#define MARK_WORKER_BITS 12
#define MARK_SECOND_MASK 0xffffu

static void *foreign_mark(unsigned worker, int64_t now_us)
{
    uintptr_t second = (uintptr_t)(now_us / US_PER_S) & MARK_SECOND_MASK;

    return (void *)(second << (1 + MARK_WORKER_BITS) | (uintptr_t)worker << 1 | 1);
}

static bool is_foreign_mark(const void *value)
{
    return (uintptr_t)value & 1;
}

static unsigned mark_worker(const void *value)
{
    return (unsigned)((uintptr_t)value >> 1) & ((1u << MARK_WORKER_BITS) - 1);
}

static bool is_live_mark(const void *value, int64_t now_us)
{
    unsigned second = (unsigned)((uintptr_t)value >> (1 + MARK_WORKER_BITS));
    unsigned age = ((unsigned)(now_us / US_PER_S) - second) & MARK_SECOND_MASK;

    return is_foreign_mark(value) && age < DEMUX_FOREIGN_S;
}

void demux_init(struct demux *d, unsigned worker, uint64_t seed)
{
    d->worker = worker;
    fixed_table_init(&d->addresses, sizeof(struct net_address), seed);
    fixed_table_init(&d->ufrags, ICE_UFRAG_LEN, seed);
}

void demux_release(struct demux *d)
{
    fixed_table_release(&d->addresses);
    fixed_table_release(&d->ufrags);
}

bool demux_by_address(const struct demux *d, const struct net_address *a, struct demux_owner *out)
{
    void *value = fixed_table_find(&d->addresses, a);

    if (!value)
        return false;
    if (is_foreign_mark(value))
        *out = (struct demux_owner){.worker = mark_worker(value)};
    else
        *out = (struct demux_owner){.is_mine = true, .worker = d->worker, .endpoint = value};
    return true;
}

int demux_add_address(struct demux *d, const struct net_address *a, void *owner)
{
    return fixed_table_set(&d->addresses, a, owner);
}

int demux_add_foreign(struct demux *d, const struct net_address *a, unsigned worker, int64_t now_us)
{
    void *value = fixed_table_find(&d->addresses, a);

    if (value && !is_foreign_mark(value))
        return ERR_EXISTS;
    if (value && mark_worker(value) != worker && is_live_mark(value, now_us))
        return ERR_EXISTS;
    return fixed_table_set(&d->addresses, a, foreign_mark(worker, now_us));
}

bool demux_is_foreign(const struct demux *d, const struct net_address *a, int64_t now_us)
{
    const void *value = fixed_table_find(&d->addresses, a);

    return value && is_live_mark(value, now_us);
}

void demux_remove_address(struct demux *d, const struct net_address *a, const void *owner)
{
    if (fixed_table_find(&d->addresses, a) == owner)
        fixed_table_remove(&d->addresses, a);
}

bool demux_remove_foreign(struct demux *d, const struct net_address *a, unsigned worker)
{
    const void *value = fixed_table_find(&d->addresses, a);

    return value && is_foreign_mark(value) && mark_worker(value) == worker &&
           fixed_table_remove(&d->addresses, a);
}

void demux_make_ufrag(char out[ICE_UFRAG_LEN + 1], unsigned worker,
                      const uint8_t random[DEMUX_UFRAG_RANDOM])
{
    out[0] = ice_text_char(worker / 64);
    out[1] = ice_text_char(worker);
    ice_text_make(out + 2, random, DEMUX_UFRAG_RANDOM);
}

bool demux_by_ufrag(const struct demux *d, struct span ufrag, struct demux_owner *out)
{
    unsigned high, low;

    if (ufrag.len != ICE_UFRAG_LEN || !ice_text_value(ufrag.data[0], &high) ||
        !ice_text_value(ufrag.data[1], &low))
        return false;
    unsigned worker = high * 64 + low;

    if (worker != d->worker) {
        *out = (struct demux_owner){.worker = worker};
        return true;
    }
    void *owner = fixed_table_find(&d->ufrags, ufrag.data);

    if (!owner)
        return false;
    *out = (struct demux_owner){.is_mine = true, .worker = worker, .endpoint = owner};
    return true;
}

int demux_add_ufrag(struct demux *d, const char *ufrag, void *owner)
{
    return fixed_table_set(&d->ufrags, ufrag, owner);
}

void demux_remove_ufrag(struct demux *d, const char *ufrag)
{
    fixed_table_remove(&d->ufrags, ufrag);
}
