/*
 * One worker: takes FastCGI requests from descriptor 0, one at a time, until it is told to stop or
 * has done its share.
 */
#ifndef NEREID_ADMIN_CGI_WORKER_H
#define NEREID_ADMIN_CGI_WORKER_H

#include "admin-cgi/app.h"

#define WORKER_REQUESTS_MAX 10000
#define WORKER_MEMORY_MAX_BYTES (256L * 1024 * 1024)

/** @param stop set by a signal handler
 *  @return 0 when it should be replaced or was told to stop, 1 when it could not work */
int worker_run(struct app *app, const volatile int *stop);

#endif
