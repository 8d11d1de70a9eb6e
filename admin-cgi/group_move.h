/*
 * What a renamed group has outside the database and its file: invitations and recordings follow.
 * The list of what is to do is the store's (store_rename.h), so that the keeper goes on after a
 * crash.
 */
#ifndef NEREID_ADMIN_CGI_GROUP_MOVE_H
#define NEREID_ADMIN_CGI_GROUP_MOVE_H

#include "common/error.h"

struct app;

/** Do all that is left to do. What fails stays on the list; the log says why. */
int group_move_finish(struct app *app, struct error *e) MUST_USE;

#endif
