/*
 * The commands that make, look at and put back backups. They open what they need themselves: a
 * backup is looked at without a server, and put back where there is none yet.
 */
#ifndef NEREID_ADMIN_CGI_CLI_BACKUP_H
#define NEREID_ADMIN_CGI_CLI_BACKUP_H

#include "admin-cgi/cli.h"

/** @return exit status, or -1: it is none of these commands */
int cli_backup_run(const struct app_options *options, const struct cli_options *cli, int argc,
                   char **argv);

#endif
