/*
 * The command that takes groups and settings of another installation in.
 */
#ifndef NEREID_ADMIN_CGI_CLI_IMPORT_H
#define NEREID_ADMIN_CGI_CLI_IMPORT_H

#include "admin-cgi/cli.h"
#include "common/error.h"

int cli_import(const struct app_options *options, const struct cli_options *cli, int argc,
               char **argv, struct error *e) MUST_USE;

#endif
