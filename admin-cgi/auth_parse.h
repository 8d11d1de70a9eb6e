/*
 * The Authorization header: Basic and Bearer. Pure.
 */
#ifndef NEREID_ADMIN_CGI_AUTH_PARSE_H
#define NEREID_ADMIN_CGI_AUTH_PARSE_H

#include "admin-cgi/arena.h"
#include "common/error.h"

/** User name and password of a Basic header (RFC 7617). */
struct basic_credentials {
    struct span name;
    struct span password;
};

/**
 * Decode the value of a Basic header.
 * @param out spans into the arena
 * @return 0, ERR_NOT_FOUND (another scheme or no header), ERR_SYNTAX (not base64, no colon, a NUL,
 *         not UTF-8), ERR_NO_MEMORY
 */
int basic_parse(struct arena *a, const char *authorization, struct basic_credentials *out) MUST_USE;

/**
 * The token of "Bearer TOKEN": of several values between commas the first that is exactly these two
 * words, as Galene reads it.
 * @param out borrowed from `authorization`
 * @return 0, ERR_NOT_FOUND
 */
int bearer_parse(const char *authorization, struct span *out) MUST_USE;

#endif
