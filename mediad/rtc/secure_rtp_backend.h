/*
 * nettle's AES-128 in counter mode and HMAC-SHA1 in the shape that libsrtp2 calls.
 */
#ifndef NEREID_MEDIAD_RTC_SECURE_RTP_BACKEND_H
#define NEREID_MEDIAD_RTC_SECURE_RTP_BACKEND_H

#include "common/error.h"

/** Replace libsrtp2's cipher and authentication; it tests both with its own vectors and ours
 * (RFC 3711 B.2, RFC 2202) first. After srtp_init(). @return 0, ERR_CRYPTO */
int secure_rtp_backend_register(void) MUST_USE;

#endif
