/*
 * What server_config.c and server_origin.c share.
 */
#ifndef NEREID_COMMON_SERVER_CONFIG_INTERNAL_H
#define NEREID_COMMON_SERVER_CONFIG_INTERNAL_H

#include "common/server_config.h"

/** A proxyURL taken apart; each part may be empty. Borrowed from the text. */
struct proxy_parts {
    struct span scheme; /* "http" or "https" */
    struct span host;   /* with port */
    struct span path;   /* without final slash */
};

/** "/base", "http:", "https:/base" and "https://b.org" are all legal (spec/http.md 1).
 * @return false for anything else */
bool proxy_url_split(struct proxy_parts *out, const char *url);

#endif
