/*
 * What a peer connection's ICE needs of its worker: the socket, the tables of addresses and user
 * fragments here and on other workers, the counters.
 */
#ifndef NEREID_MEDIAD_RTC_PEER_CONNECTION_HOST_H
#define NEREID_MEDIAD_RTC_PEER_CONNECTION_HOST_H

#include "mediad/rtc/ice_shared.h"

/** `user` is the struct peer_connection. */
extern const struct ice_host peer_connection_host;

#endif
