/*
 * The commands of admin-cgi that need only a shell on the server: the way back in when all is lost
 * (WEB-2). They work beside a running server.
 */
#ifndef NEREID_ADMIN_CGI_CLI_H
#define NEREID_ADMIN_CGI_CLI_H

#include "admin-cgi/app.h"

/** What only some commands take. */
struct cli_options {
    const char *passphrase_file; /* --passphrase-file; NULL: none */
    const char *group;           /* --group; NULL: none */
    bool groups_only;            /* --groups-only */
    bool apply;                  /* --apply */
};

/** @return exit status; -1 when there is no such command */
int cli_run(const struct app_options *options, const struct cli_options *cli, int argc,
            char **argv);

/** The address of the server that runs, or ran last, in this state directory. @return owned; NULL
 * when it is not known */
char *cli_base_url(const char *dir);

#endif
