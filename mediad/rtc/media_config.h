/*
 * What the operator decides about the media plane.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_CONFIG_H
#define NEREID_MEDIAD_RTC_MEDIA_CONFIG_H

#include <stddef.h>
#include <stdint.h>

struct media_config {
    unsigned n_workers; /* 0: one per core */
    const char *listen; /* address; NULL: every address of the machine */
    uint16_t udp_port;
    const char *const *announce; /* addresses offered instead of those listened on */
    size_t n_announce;
};

#endif
