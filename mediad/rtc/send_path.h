/*
 * A way to a peer, as send_batch.h sends by it. Everybody else hands it on unseen: what is inside
 * depends on the protocol (net_address.h), which `udp.remote` names.
 */
#ifndef NEREID_MEDIAD_RTC_SEND_PATH_H
#define NEREID_MEDIAD_RTC_SEND_PATH_H

#include "mediad/rtc/udp_socket.h"

struct send_path {
    struct udp_path udp; /* TRANSPORT_UDP */
};

#endif
