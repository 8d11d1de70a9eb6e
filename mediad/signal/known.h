/*
 * How somebody proved who they are, for who comes back without proving it again.
 */
#ifndef NEREID_MEDIAD_SIGNAL_KNOWN_H
#define NEREID_MEDIAD_SIGNAL_KNOWN_H

#include <stdint.h>

#include "mediad/group/member.h"

#define PASSWORD_DIGEST_SIZE 32

struct known {
    enum login login;
    /** Of the stored password that was matched, as it stands in the file; zeroes with a token. */
    uint8_t password_digest[PASSWORD_DIGEST_SIZE];
    int64_t proved_us; /* since 1970 */
};

#endif
