#include "mediad/rtc/held_flight.h"

#include <stdlib.h>
#include <string.h>

struct held_datagram {
    size_t len;
    uint8_t data[];
};

void held_flight_add(struct held_flight *h, struct span datagram)
{
    struct held_datagram *held =
        h->n < HELD_FLIGHT_MAX ? malloc(sizeof *held + datagram.len) : NULL;

    if (!held)
        return;
    held->len = datagram.len;
    memcpy(held->data, datagram.data, datagram.len);
    h->datagrams[h->n++] = held;
}

struct span held_flight_first(const struct held_flight *h)
{
    return span_of(h->datagrams[0]->data, h->datagrams[0]->len);
}

void held_flight_drop_first(struct held_flight *h)
{
    free(h->datagrams[0]);
    h->n--;
    memmove(h->datagrams, h->datagrams + 1, h->n * sizeof h->datagrams[0]);
}

void held_flight_release(struct held_flight *h)
{
    while (h->n)
        held_flight_drop_first(h);
}
