/*
 * One cipher that SRTP may use: what DTLS negotiates (RFC 5764), how keys are derived, and who
 * protects a packet. All of them are in secure_rtp_suites.h.
 */
#ifndef NEREID_MEDIAD_RTC_SECURE_RTP_SUITE_H
#define NEREID_MEDIAD_RTC_SECURE_RTP_SUITE_H

#include <stdint.h>

/** Master key and master salt of the longest row. */
#define SECURE_RTP_MASTER_MAX 30

struct secure_rtp_key;
struct secure_rtp_job;
struct secure_rtp_multi;

struct secure_rtp_suite {
    const char *name; /* of the protection profile, RFC 5764 section 4.1.2; GnuTLS's, too */
    uint16_t profile; /* its number there; libsrtp2's, too */
    uint8_t key_len;
    uint8_t salt_len;
    uint8_t tag_len;
    /** Fill in the session keys. @param master key and salt */
    void (*derive)(struct secure_rtp_key *key, const uint8_t *master);
    /** One packet, with nettle. */
    void (*protect)(const struct secure_rtp_job *job);
    /** Many at once; @return 0, ERR_CRYPTO */
    int (*protect_many)(struct secure_rtp_multi *m, const struct secure_rtp_job *jobs, unsigned n);
};

#endif
