/*
 * What the files of the command line share.
 */
#ifndef NEREID_ADMIN_CGI_CLI_INTERNAL_H
#define NEREID_ADMIN_CGI_CLI_INTERNAL_H

#include "admin-cgi/app.h"
#include "admin-cgi/backup/manifest.h"
#include "admin-cgi/cli.h"
#include "admin-cgi/store/actor.h"
#include "common/buf.h"

/** Print the error. @return 1, the exit status */
int cli_complain(const struct error *e);
/** The command line as the author of a change, now. */
struct actor cli_actor(void);
/** One line of standard input, without its end. At a terminal it is asked for and not shown. */
int cli_read_line(struct buf *out, const char *question) MUST_USE;
/** What root writes as root the server's own user could not write again: become that user. */
int cli_become_owner(const char *dir, struct error *e) MUST_USE;
/** Open everything, with the schema that this program knows. @param may_create the database */
int cli_open_store(struct app *app, const struct app_options *options, bool may_create,
                   struct error *e) MUST_USE;

/** The passphrase of --passphrase-file: its first line; empty without one. To be wiped.
 * @return 0, ERR_INVALID (an empty one), ERR_NOT_FOUND, ERR_IO */
int cli_passphrase(struct buf *out, const struct cli_options *cli, struct error *e) MUST_USE;
/** A backup's file to read, and its passphrase: asked for when it is sealed and none is given.
 * @param fd_out to be closed */
int cli_open_backup(int *fd_out, struct buf *passphrase, const char *path,
                    const struct cli_options *cli, struct error *e) MUST_USE;
/** What is in a backup, in a few lines for a person. */
void cli_print_manifest(const struct manifest *m);

#endif
