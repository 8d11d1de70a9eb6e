#include "mediad/rtc/handshake_queue.h"

static void push(struct handshake_lane *lane, struct packet_slot *slot)
{
    slot->next = NULL;
    if (lane->last)
        lane->last->next = slot;
    else
        lane->first = slot;
    lane->last = slot;
    lane->n++;
}

static struct packet_slot *shift(struct handshake_lane *lane)
{
    struct packet_slot *slot = lane->first;

    lane->first = slot->next;
    if (!lane->first)
        lane->last = NULL;
    lane->n--;
    slot->next = NULL;
    return slot;
}

static struct handshake_lane *fullest(struct handshake_queue *q)
{
    struct handshake_lane *found = &q->lanes[0];

    for (unsigned i = 1; i < HANDSHAKE_LANES; i++) {
        if (q->lanes[i].n > found->n)
            found = &q->lanes[i];
    }
    return found;
}

struct packet_slot *handshake_queue_put(struct handshake_queue *q, uint32_t host,
                                        struct packet_slot *slot)
{
    push(&q->lanes[host % HANDSHAKE_LANES], slot);
    if (q->n == HANDSHAKE_QUEUE_MAX)
        return shift(fullest(q));
    q->n++;
    return NULL;
}

struct packet_slot *handshake_queue_take(struct handshake_queue *q)
{
    if (q->n == 0)
        return NULL;
    while (q->lanes[q->next].n == 0)
        q->next = (q->next + 1) % HANDSHAKE_LANES;
    q->n--;
    struct packet_slot *slot = shift(&q->lanes[q->next]);

    q->next = (q->next + 1) % HANDSHAKE_LANES;
    return slot;
}
