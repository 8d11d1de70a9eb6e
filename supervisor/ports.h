/*
 * Sockets at start: is a port free, does the machine have IPv6, and the socket that admin-cgi
 * inherits.
 */
#ifndef NEREID_SUPERVISOR_PORTS_H
#define NEREID_SUPERVISOR_PORTS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "common/error.h"

/**
 * Bind a port once and let go of it, without SO_REUSEPORT: a second bind of a used port would
 * succeed with it, even against a foreign program.
 * @param type    SOCK_STREAM or SOCK_DGRAM
 * @param address numeric
 * @return 0; ERR_EXISTS when the port is taken; ERR_UNSUPPORTED when the machine does not have the
 *         address; ERR_IO
 */
int ports_probe(int type, const char *address, unsigned port, struct error *e) MUST_USE;

/** Whether the machine has this numeric address. */
bool ports_has_address(const char *address);

/** Whether something accepts TCP connections there. */
bool ports_answers(const char *address, unsigned port);

/** Whether something accepts connections on a unix socket. */
bool ports_unix_answers(const char *path);

/**
 * Listen on a unix socket (mode 0660), taking the path over from whoever left it behind; the
 * caller holds the directory's lock.
 * @return descriptor (close-on-exec), ERR_TOO_LARGE, or errno's code
 */
int ports_unix_listen(const char *path, int backlog, struct error *e) MUST_USE;

#endif
