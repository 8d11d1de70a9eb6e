/*
 * Commands for a group's keys and for the whole server.
 */
#ifndef NEREID_GALENECTL_CMD_SERVER_H
#define NEREID_GALENECTL_CMD_SERVER_H

#include "galenectl/command.h"

/**
 * set-keys: put the JSON Web Key Set of standard input (or a list of keys, or one key) over a
 * group's (RFC 7517 section 5).
 */
command_fn cmd_set_keys;

/** delete-keys: cryptographic tokens for the group no longer verify. */
command_fn cmd_delete_keys;

/** show-stats: print groups with clients, their clients and streams as JSON. */
command_fn cmd_show_stats;

#endif
