/*
 * Commands for the users in a group's description: list, create, update, delete.
 */
#ifndef NEREID_GALENECTL_CMD_USER_H
#define NEREID_GALENECTL_CMD_USER_H

#include "galenectl/command.h"

/**
 * list-users: print names; with -l a line each with the permissions. A user that cannot be
 * read gets its error in that line.
 */
command_fn cmd_list_users;

/**
 * create-user: make a user, who cannot log in before set-password. Permissions are "present"
 * unless flags or object say otherwise. An existing user is an error without -force.
 */
command_fn cmd_create_user;

/** update-user: change permissions, and members with -json. Nothing to change is a usage error. */
command_fn cmd_update_user;

/** delete-user: delete a user, with -if-match only as the server's ETag is that one. */
command_fn cmd_delete_user;

#endif
