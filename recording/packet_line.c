#include "recording/packet_line.h"

void packet_line_release(struct packet_line *l)
{
    while (l->n > 0)
        packet_line_next(l);
}

int packet_line_put(struct packet_line *l, AVPacket *packet)
{
    AVPacket *own;

    if (l->n == PACKET_LINE_MAX)
        return ERR_TOO_LARGE;
    own = av_packet_alloc();
    if (!own)
        return ERR_NO_MEMORY;
    av_packet_move_ref(own, packet);
    l->packets[(l->first + l->n) % PACKET_LINE_MAX] = own;
    l->n++;
    return 0;
}

AVPacket *packet_line_peek(const struct packet_line *l)
{
    return l->n > 0 ? l->packets[l->first] : NULL;
}

void packet_line_next(struct packet_line *l)
{
    av_packet_free(&l->packets[l->first]);
    l->first = (l->first + 1) % PACKET_LINE_MAX;
    l->n--;
}
