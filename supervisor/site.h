/*
 * nginx's configuration, rendered from nginx/nereid.conf.in. Pure: text in, text out.
 */
#ifndef NEREID_SUPERVISOR_SITE_H
#define NEREID_SUPERVISOR_SITE_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

/** What the template's names stand for. Strings are borrowed for the call. */
struct site {
    const char *dir;    /* @DIR@, absolute */
    const char *share;  /* @SHARE@, absolute */
    const char *listen; /* @LISTEN@: NULL for loopback, "all", or a numeric address */
    unsigned port;
    const char *http_address; /* plain HTTP; NULL for loopback */
    unsigned http_port;       /* 0 for none */
    const char *const
        *trust; /* peers whose forwarded headers count; none: loopback with http_port */
    size_t trust_count;
    const char *base;       /* path that our links start with (server_config.h); NULL or "": none */
    const char *version;    /* @VERSION@ of the assets: letters and digits */
    const char *strip;      /* path that is taken off requests; the same or none */
    bool has_ipv6_loopback; /* the machine has ::1 */
    bool has_ipv6;          /* IPv6 sockets can be made, for "all" */
    const char *user;       /* @USER@: whom nginx's workers become; NULL: they cannot */
    const char *group;      /* beside `user`; NULL: the user's own */
    unsigned files;         /* @FILES@: descriptors per worker; @CONNECTIONS@ follows from it */
    unsigned workers;       /* @WORKERS@: nginx's processes; 0: one per core */
    unsigned rate_scale;    /* factor for the rates and the connections per address */
    bool access_log;        /* @ACCESS_LOG@ */
};

/**
 * Render the template into `out` (appended).
 * @return 0; ERR_INVALID when a directory's name holds a character that nginx would read as more
 *         than a name; ERR_SYNTAX when the template holds an unknown name, with its line;
 *         ERR_NO_MEMORY
 */
int site_render(struct buf *out, struct span template, const struct site *site,
                struct error *e) MUST_USE;

#endif
