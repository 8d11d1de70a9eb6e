/*
 * The command that makes the first configuration of a server and of this client.
 */
#ifndef NEREID_GALENECTL_CMD_SETUP_H
#define NEREID_GALENECTL_CMD_SETUP_H

#include "galenectl/command.h"

/**
 * initial-setup: write the server's config.json and this client's settings, both new and of
 * mode 0600: one that exists is an error. With -token a token of a year's validity goes into
 * the client's in place of the password. No server is asked.
 */
command_fn cmd_initial_setup;

#endif
