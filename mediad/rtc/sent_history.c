#include "mediad/rtc/sent_history.h"

#include <stdlib.h>
#include <string.h>

static int resize(struct sent_history *h, uint32_t size)
{
    struct sent_packet *packets = calloc(size, sizeof *packets);

    if (!packets)
        return ERR_NO_MEMORY;
    for (uint32_t i = 0; h->packets && i <= h->mask; i++) {
        const struct sent_packet *p = &h->packets[i];

        /* a smaller ring keeps the newer ones */
        if (p->is_known && (uint16_t)(h->next - p->number) <= size)
            packets[p->number & (size - 1)] = *p;
    }
    free(h->packets);
    h->packets = packets;
    h->mask = size - 1;
    return 0;
}

int sent_history_start(struct sent_history *h)
{
    return h->packets ? 0 : resize(h, SENT_HISTORY_MIN);
}

void sent_history_release(struct sent_history *h)
{
    free(h->packets);
    *h = (struct sent_history){0};
}

size_t sent_history_size(const struct sent_history *h)
{
    return h->packets ? (h->mask + 1) * sizeof *h->packets : 0;
}

void sent_history_fit(struct sent_history *h)
{
    uint64_t wanted = h->n_sent - h->n_fitted;
    uint32_t size = SENT_HISTORY_MIN;

    h->n_fitted = h->n_sent;
    if (!h->packets)
        return;
    while (size < wanted && size < SENT_HISTORY_MAX)
        size *= 2;
    /* not back and forth */
    if (size > h->mask + 1 || size < (h->mask + 1) / 2)
        (void)!resize(h, size);
}

uint16_t sent_history_add(struct sent_history *h, size_t bytes, int64_t now_us)
{
    uint16_t number = h->next++;

    h->packets[number & h->mask] = (struct sent_packet){
        .sent_us = (uint32_t)now_us,
        .number = number,
        .bytes = (uint16_t)bytes,
        .probe = h->probe,
        .is_known = true,
    };
    h->n_sent++;
    return number;
}

bool sent_history_report(struct sent_history *h, uint16_t number, bool has_arrived, int64_t now_us,
                         int64_t *sent_us, struct sent_packet *out)
{
    struct sent_packet *p;

    if (!h->packets)
        return false;
    p = &h->packets[number & h->mask];
    if (!p->is_known || p->number != number || (!has_arrived && p->is_missing))
        return false;
    *out = *p;
    *sent_us = now_us - (int64_t)((uint32_t)now_us - p->sent_us);
    p->is_known = !has_arrived;
    p->is_missing = !has_arrived;
    return true;
}
