/*
 * Commands that change tokens: create, update, revoke, delete. See cmd_list_tokens.h.
 */
#ifndef NEREID_GALENECTL_CMD_TOKEN_H
#define NEREID_GALENECTL_CMD_TOKEN_H

#include "galenectl/command.h"

/**
 * create-token: make a token and print it. For all groups (-group '') it needs
 * -include-subgroups.
 */
command_fn cmd_create_token;

/** update-token: change permissions, expiry (-duration counts from now), user or reach. */
command_fn cmd_update_token;

/** revoke-token: let a token expire a minute ago. Members who came with it stay. */
command_fn cmd_revoke_token;

/** delete-token: remove a token, with -if-match only as the server's ETag is that one. */
command_fn cmd_delete_token;

#endif
