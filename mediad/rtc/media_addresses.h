/*
 * Which addresses the media plane listens on, and which it offers to clients as candidates: those
 * that the operator announces, else the one listened on, else the machine's.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_ADDRESSES_H
#define NEREID_MEDIAD_RTC_MEDIA_ADDRESSES_H

#include "common/error.h"
#include "mediad/rtc/candidate.h"
#include "mediad/rtc/media_config.h"
#include "mediad/rtc/net_address.h"

/**
 * Addresses to bind, the port included. Each was bound once for a try.
 * @param listen  room for UDP_SOCKETS_MAX
 * @return 0; ERR_INVALID for a text that is no address; ERR_IO when the port is in use
 */
int media_addresses_listen(const struct media_config *config, struct net_address *listen,
                           unsigned *n_listen, struct error *e) MUST_USE;
/** Host candidates to offer, preferred first. @param out new array, owned
 * @return 0, ERR_INVALID, ERR_IO, ERR_NO_MEMORY */
int media_addresses_offer(const struct media_config *config, struct candidate **out, size_t *n,
                          struct error *e) MUST_USE;

#endif
