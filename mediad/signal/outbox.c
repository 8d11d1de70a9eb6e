#include "mediad/signal/outbox.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 16

void outbox_release(struct outbox *o)
{
    for (size_t i = 0; i < o->n; i++)
        frame_unref(o->slots[(o->head + i) & (o->size - 1)]);
    free(o->slots);
    *o = (struct outbox){0};
}

static int grow(struct outbox *o)
{
    size_t size = o->size > 0 ? 2 * o->size : FIRST_SIZE;
    struct frame **slots = malloc(size * sizeof(struct frame *));

    if (!slots)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < o->n; i++)
        slots[i] = o->slots[(o->head + i) & (o->size - 1)];
    free(o->slots);
    o->slots = slots;
    o->size = size;
    o->head = 0;
    return 0;
}

int outbox_push(struct outbox *o, struct frame *f, bool is_greeting, size_t messages_max,
                size_t bytes_max, int64_t now_us)
{
    if (!is_greeting && (o->n + 1 > messages_max + o->extra_messages ||
                         o->bytes + f->len > bytes_max + o->extra_bytes))
        return ERR_TOO_LARGE;
    if (o->n == o->size && grow(o) < 0)
        return ERR_NO_MEMORY;
    if (is_greeting) {
        o->extra_messages++;
        o->extra_bytes += f->len;
    }
    if (o->n == 0)
        o->moved_us = now_us;
    o->slots[(o->head + o->n++) & (o->size - 1)] = frame_ref(f);
    o->bytes += f->len;
    return 0;
}

struct frame *outbox_take(struct outbox *o, int64_t now_us)
{
    struct frame *f;

    if (o->n == 0)
        return NULL;
    f = o->slots[o->head];
    o->head = (o->head + 1) & (o->size - 1);
    o->n--;
    o->bytes -= f->len;
    o->moved_us = now_us;
    if (o->extra_messages > o->n)
        o->extra_messages = o->n;
    if (o->extra_bytes > o->bytes)
        o->extra_bytes = o->bytes;
    if (o->n == 0 && o->size > FIRST_SIZE) {
        free(o->slots);
        o->slots = NULL;
        o->size = o->head = 0;
    }
    return f;
}
