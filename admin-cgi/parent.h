/*
 * The parent: forks the keeper, then the workers, and waits. It never opens the database.
 */
#ifndef NEREID_ADMIN_CGI_PARENT_H
#define NEREID_ADMIN_CGI_PARENT_H

#include "admin-cgi/app.h"

/** Serve until SIGTERM or SIGINT. @return exit status */
int parent_run(const struct app_options *options);

#endif
