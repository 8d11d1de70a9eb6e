/*
 * The command line of nereid-supervisor: parsed and checked, nothing opened.
 */
#ifndef NEREID_SUPERVISOR_OPTIONS_H
#define NEREID_SUPERVISOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

#define OPTIONS_ANNOUNCE_MAX 16
#define OPTIONS_TRUST_MAX 16
#define OPTIONS_ADDRESS_MAX 64

/** Strings are borrowed from argv or static. */
struct options {
    const char *dir;                        /* state directory */
    unsigned port;                          /* HTTPS */
    unsigned udp_port;                      /* media */
    const char *listen;                     /* NULL: loopback; "all"; or a numeric address */
    char http_address[OPTIONS_ADDRESS_MAX]; /* where plain HTTP listens; "": loopback */
    unsigned http_port;                     /* 0: nowhere */
    const char *trust[OPTIONS_TRUST_MAX];   /* proxies: addresses and networks ("10.0.0.0/8") */
    size_t trust_count;
    const char *media_listen; /* NULL: every address; or a numeric address */
    const char *announce[OPTIONS_ANNOUNCE_MAX];
    size_t announce_count;
    const char *programs;   /* directory with mediad and admin-cgi */
    const char *share;      /* directory with templates, static, schema, nginx */
    const char *nginx;      /* program */
    unsigned nginx_workers; /* processes; 0: one per core */
    unsigned rate_scale;    /* factor for nginx's limits per address, 1 for normal use */
    bool access_log;
    bool as_root; /* root gives nothing up */
    bool help;
    bool version;
};

/** What --help prints. */
extern const char options_usage[];

/**
 * Parse the command line.
 * @return 0, or ERR_INVALID with the option named in `e`; `out` is untouched on failure
 */
int options_parse(struct options *out, int argc, char **argv, struct error *e) MUST_USE;

/** "4" or "6" for a numeric IPv4 or IPv6 address without zone, '\0' for anything else. */
char options_address_family(const char *address);

#endif
