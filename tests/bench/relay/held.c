#include "tests/bench/relay/held.h"

#include <stdlib.h>
#include <string.h>

static bool is_before(const struct held_datagram *a, const struct held_datagram *b)
{
    return a->out_us != b->out_us ? a->out_us < b->out_us : a->number < b->number;
}

static bool grow(struct held *h)
{
    size_t size = h->size ? 2 * h->size : 256;
    struct held_datagram **heap = realloc(h->heap, size * sizeof(struct held_datagram *));

    if (!heap)
        return false;
    h->heap = heap;
    h->size = size;
    return true;
}

bool held_put(struct held *h, const struct held_datagram *what, const uint8_t *data)
{
    struct held_datagram *d;

    if (h->n == h->size && !grow(h))
        return false;
    d = malloc(sizeof *d + what->len);
    if (!d)
        return false;
    *d = *what;
    d->number = h->n_seen++;
    memcpy(d->data, data, what->len);
    size_t at = h->n++;

    for (; at > 0 && is_before(d, h->heap[(at - 1) / 2]); at = (at - 1) / 2)
        h->heap[at] = h->heap[(at - 1) / 2];
    h->heap[at] = d;
    return true;
}

const struct held_datagram *held_first(const struct held *h)
{
    return h->n ? h->heap[0] : NULL;
}

struct held_datagram *held_take(struct held *h)
{
    if (!h->n)
        return NULL;
    struct held_datagram *first = h->heap[0];
    struct held_datagram *last = h->heap[--h->n];
    size_t at = 0;

    for (size_t child; (child = 2 * at + 1) < h->n; at = child) {
        if (child + 1 < h->n && is_before(h->heap[child + 1], h->heap[child]))
            child++;
        if (!is_before(h->heap[child], last))
            break;
        h->heap[at] = h->heap[child];
    }
    h->heap[at] = last;
    return first;
}

void held_release(struct held *h)
{
    for (size_t i = 0; i < h->n; i++)
        free(h->heap[i]);
    free(h->heap);
    *h = (struct held){0};
}
