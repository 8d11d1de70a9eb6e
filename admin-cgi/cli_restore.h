/*
 * The command that puts backups back, whole or their groups.
 */
#ifndef NEREID_ADMIN_CGI_CLI_RESTORE_H
#define NEREID_ADMIN_CGI_CLI_RESTORE_H

#include "admin-cgi/cli.h"
#include "common/error.h"

int cli_restore(const struct app_options *options, const struct cli_options *cli, int argc,
                char **argv, struct error *e) MUST_USE;

#endif
