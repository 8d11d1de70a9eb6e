/*
 * The Authorization header: Basic and Bearer. Pure.
 */
#ifndef NEREID_COMMON_AUTH_PARSE_H
#define NEREID_COMMON_AUTH_PARSE_H

#include "common/buf.h"

/** User name and password of a Basic header (RFC 7617). */
struct basic_credentials {
    struct span name;
    struct span password;
};

/**
 * Decode the value of a Basic header.
 * @param plain empty; gets what the header says, also on failure: the caller wipes it
 * @param out   spans into `plain`
 * @return 0, ERR_NOT_FOUND (another scheme or no header), ERR_SYNTAX (not base64, no colon, a NUL,
 *         not UTF-8), ERR_NO_MEMORY
 */
int basic_parse(struct buf *plain, const char *authorization,
                struct basic_credentials *out) MUST_USE;

/**
 * The token of "Bearer TOKEN": of several values between commas the first that is exactly these two
 * words, as Galene reads it.
 * @param out borrowed from `authorization`
 * @return 0, ERR_NOT_FOUND
 */
int bearer_parse(const char *authorization, struct span *out) MUST_USE;

#endif
