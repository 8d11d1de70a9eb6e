/* The way of a datagram from the socket: classified once, its tables asked, and read no further
 * than it is long; RTCP by the second byte as rtp_is_rtcp() sees it. */
#include <stdlib.h>
#include <string.h>

#include "mediad/rtc/binding.h"
#include "mediad/rtc/demux.h"
#include "mediad/rtc/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

static void ask_tables(struct demux *d, struct span datagram)
{
    struct demux_owner found;
    struct net_address source = {.family = 4, .port = 1};
    struct span ufrag;

    memcpy(source.ip, datagram.data, datagram.len < 4 ? datagram.len : 4);
    check(!demux_by_address(d, &source, &found));
    check(demux_add_address(d, &source, d) == 0);
    check(demux_by_address(d, &source, &found) && found.is_mine && found.endpoint == d);
    demux_remove_address(d, &source, d);
    if (!binding_peek_ufrag(datagram, &ufrag))
        return;
    /* a fragment leads to its worker or nowhere: nothing was added here */
    if (demux_by_ufrag(d, ufrag, &found))
        check(!found.is_mine && found.worker < 4096 && found.worker != d->worker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct demux d;
    uint8_t *exact = malloc(size ? size : 1);
    struct span datagram = span_of(exact, size);

    check(exact);
    memcpy(exact, data, size);
    demux_init(&d, 1, 7);
    enum demux_kind kind = demux_classify(datagram);

    if (kind == DEMUX_RTP || kind == DEMUX_RTCP)
        check(rtp_is_rtcp(datagram) == (kind == DEMUX_RTCP));
    if (kind == DEMUX_STUN)
        check(size >= 2 && exact[0] <= 3);
    if (size > 0)
        ask_tables(&d, datagram);
    demux_release(&d);
    free(exact);
    return 0;
}
