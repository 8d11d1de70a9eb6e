#include "mediad/rtc/secure_rtp_suites.h"

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/secure_rtp_multi.h"
#include "mediad/rtc/secure_rtp_send.h"

static const struct secure_rtp_suite suites[] = {
    {
        .name = "SRTP_AES128_CM_HMAC_SHA1_80",
        .profile = 1,
        .key_len = AES128_KEY_SIZE,
        .salt_len = SECURE_RTP_SALT_LEN,
        .tag_len = 10,
        .derive = secure_rtp_derive_aes_cm,
        .protect = secure_rtp_protect_aes_cm,
        .protect_many = secure_rtp_multi_aes_cm,
    },
};

const struct secure_rtp_suite *secure_rtp_suite_at(unsigned i)
{
    return i < LENGTH(suites) ? &suites[i] : NULL;
}

const struct secure_rtp_suite *secure_rtp_suite_find(const char *name)
{
    for (unsigned i = 0; name && i < LENGTH(suites); i++) {
        if (strcmp(suites[i].name, name) == 0)
            return &suites[i];
    }
    return NULL;
}
