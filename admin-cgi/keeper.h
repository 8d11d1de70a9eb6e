/*
 * The keeper: the child that goes first. It carries out a restore that was decided, migrates the
 * database, rolls exports forward, imports hand edits, makes the demo group and the setup link;
 * then it watches files, checkpoints and clears away what is over (WEB-2, WEB-24, WEB-36).
 */
#ifndef NEREID_ADMIN_CGI_KEEPER_H
#define NEREID_ADMIN_CGI_KEEPER_H

#include "admin-cgi/app.h"

/**
 * Make directories, database and everything that workers rely on. A damaged database is moved
 * aside and built again from the files (WEB-32).
 * @param app      zeroed; on success opened, the caller releases it
 * @param is_alone no worker runs. One that has the database open would go on with the one that is
 *                 exchanged, and what it answers as saved would be lost
 * @return 0; 1: the database is to be exchanged, so call it again once no worker runs; or an error
 */
int keeper_prepare(struct app *app, const struct app_options *options, bool is_alone,
                   struct error *e) MUST_USE;

/** The directories of a state directory, where they are missing. */
int keeper_make_directories(const char *dir, struct error *e) MUST_USE;

/** Work until `*stop` is set by a signal handler. */
void keeper_run(struct app *app, const volatile int *stop);

/** Append the server's address without final slash, for links that are made without a request. */
void keeper_base_url(struct app *app, struct buf *out);

/** A new setup link in run/setup-url, when there is no administrator; else none is left.
 * @param force also when a link lies there that may still be valid
 * @return 1 when a link was made, 0 when there is an administrator (or a link), or an error */
int keeper_setup_link(struct app *app, bool force, int64_t now_us, struct error *e) MUST_USE;

#endif
