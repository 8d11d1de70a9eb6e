/*
 * The command that lists tokens.
 */
#ifndef NEREID_GALENECTL_CMD_LIST_TOKENS_H
#define NEREID_GALENECTL_CMD_LIST_TOKENS_H

#include "galenectl/command.h"

/**
 * list-tokens: print a group's tokens; with -l a line each with name, permissions and expiry
 * in the local zone. A token that cannot be read gets its error in that line.
 */
command_fn cmd_list_tokens;

#endif
