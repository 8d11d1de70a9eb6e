/*
 * A way to a STUN or TURN server: UDP, TCP or TLS, with a limit for each wait. Blocking.
 */
#ifndef NEREID_NETWORK_PROBE_LINE_H
#define NEREID_NETWORK_PROBE_LINE_H

#include <gnutls/gnutls.h>

#include "network/ice_probe.h"
#include "common/ice_url.h"

struct probe_line {
    int fd;
    bool is_stream;
    gnutls_session_t tls; /* NULL: none */
    gnutls_certificate_credentials_t trust;
};

/** @param why of PROBE_TEXT_SIZE bytes: what went wrong
 *  @return PROBE_WORKS, or what went wrong; then there is nothing to close */
enum probe_outcome probe_line_open(struct probe_line *line, const struct ice_url *url, char *why);
void probe_line_close(struct probe_line *line);

/** Send a message and wait for the one that comes back; over UDP it is repeated (RFC 8489 section
 * 6.2.1). @param answer of `size` bytes @param len of the answer
 * @return PROBE_WORKS, PROBE_SILENT, PROBE_CLOSED, PROBE_NOT_STUN, PROBE_FAILED */
enum probe_outcome probe_line_ask(struct probe_line *line, struct span message, uint8_t *answer,
                                  size_t size, size_t *len, char *why);

#endif
