/*
 * Commands for passwords: make one here, set or delete a user's on the server.
 */
#ifndef NEREID_GALENECTL_CMD_PASSWORD_H
#define NEREID_GALENECTL_CMD_PASSWORD_H

#include "galenectl/command.h"

/** hash-password: make a password object and print it; no server is asked. */
command_fn cmd_hash_password;

/**
 * set-password: hash a password here and put it over a user's. The server's settings are
 * read before the password is asked for.
 */
command_fn cmd_set_password;

/** delete-password: nobody can log in as that user any more. */
command_fn cmd_delete_password;

#endif
