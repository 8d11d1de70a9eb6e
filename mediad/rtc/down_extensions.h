/*
 * The dependency descriptor as one receiver gets it: frame numbers that go on over a change of the
 * source, and in each packet which decode targets this receiver is sent (RTP payload format for
 * AV1, section A.4). The packet was parsed when it arrived; here bits are copied.
 */
#ifndef NEREID_MEDIAD_RTC_DOWN_EXTENSIONS_H
#define NEREID_MEDIAD_RTC_DOWN_EXTENSIONS_H

#include "mediad/rtc/packet.h"

/** Zeroed: a receiver without the extension. */
struct down_extensions {
    uint8_t descriptor_id; /* 0: not negotiated */
    uint8_t target;        /* the decode target that it is sent: layer_target() */
    bool has_frame;
    bool is_restarting; /* the next frame begins another numbering */
    bool is_limited;    /* targets were held back since the last structure */
    uint16_t frame_shift;
    uint16_t newest; /* frame number as sent */
};

/** The source's frame numbers start anew with the next packet. */
void down_extensions_restart(struct down_extensions *x);

/** A packet's descriptor for this receiver, which has the extension. @param out DEPENDENCY_SIZE_MAX
 * bytes @return the descriptor, in `out`; empty when the packet has none */
struct span down_extensions_descriptor(struct down_extensions *x, const struct packet *p,
                                       uint8_t *out);

#endif
