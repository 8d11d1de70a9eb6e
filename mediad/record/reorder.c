#include "mediad/record/reorder.h"

#include <stdlib.h>
#include <string.h>

static struct reorder_slot *slot_of(struct reorder *r, uint64_t number)
{
    return &r->slots[number & (REORDER_SLOTS - 1)];
}

void reorder_release(struct reorder *r)
{
    for (size_t i = 0; r->slots && i < REORDER_SLOTS; i++)
        free(r->slots[i].packet);
    free(r->slots);
    r->slots = NULL;
    r->n_waiting = 0;
}

static void hand_on(struct reorder *r, const struct record *packet)
{
    bool is_after_gap = r->is_gap;

    r->is_gap = false;
    r->next = packet->ext_seq + 1;
    r->deliver(r->user, packet, is_after_gap);
}

/* Hands on what is in order. */
static void run(struct reorder *r)
{
    while (r->n_waiting > 0) {
        struct reorder_slot *s = slot_of(r, r->next);
        struct record *packet = s->packet;

        if (!packet)
            return;
        s->packet = NULL;
        r->n_waiting--;
        hand_on(r, packet);
        free(packet);
    }
}

/* The oldest gap was noticed when the packet behind it came. */
static void note_wait(struct reorder *r)
{
    uint64_t number = r->next;

    if (r->n_waiting == 0)
        return;
    while (!slot_of(r, number)->packet)
        number++;
    r->waits_since_us = slot_of(r, number)->packet->at_us;
}

/* Goes on at the first packet that is there. */
static void give_up(struct reorder *r)
{
    while (!slot_of(r, r->next)->packet)
        r->next++;
    r->is_gap = true;
    run(r);
}

void reorder_flush(struct reorder *r)
{
    while (r->n_waiting > 0)
        give_up(r);
}

void reorder_tick(struct reorder *r, int64_t now_us)
{
    while (r->n_waiting > 0 && now_us - r->waits_since_us >= REORDER_WINDOW_US) {
        give_up(r);
        note_wait(r);
    }
}

static struct record *copy_of(const struct record *packet)
{
    struct record *copy = malloc(sizeof *copy + packet->payload.len);

    if (!copy)
        return NULL;
    *copy = *packet;
    if (packet->payload.len > 0)
        memcpy(copy + 1, packet->payload.data, packet->payload.len);
    copy->payload.data = (const uint8_t *)(copy + 1);
    return copy;
}

/* @return false: no memory; it counts as lost */
static bool keep(struct reorder *r, const struct record *packet)
{
    if (!r->slots)
        r->slots = calloc(REORDER_SLOTS, sizeof *r->slots);
    if (!r->slots)
        return false;
    if (slot_of(r, packet->ext_seq)->packet)
        return true; /* twice the same */
    slot_of(r, packet->ext_seq)->packet = copy_of(packet);
    if (!slot_of(r, packet->ext_seq)->packet)
        return false;
    r->n_waiting++;
    note_wait(r);
    return true;
}

void reorder_push(struct reorder *r, const struct record *packet)
{
    if (!r->has_begun || packet->source != r->source) {
        reorder_flush(r);
        r->is_gap = r->has_begun;
        r->has_begun = true;
        r->source = packet->source;
        r->next = packet->ext_seq;
    }
    if (packet->ext_seq < r->next)
        return; /* too late, or a repeat of what was there */
    if (packet->ext_seq - r->next >= REORDER_SLOTS) {
        reorder_flush(r);
        r->is_gap = true;
        r->next = packet->ext_seq;
    }
    if (packet->ext_seq == r->next) {
        hand_on(r, packet);
        run(r);
        note_wait(r);
        return;
    }
    if (!keep(r, packet))
        r->is_gap = true;
}
