/*
 * Commands for groups: list, show, create, update, delete.
 */
#ifndef NEREID_GALENECTL_CMD_GROUP_H
#define NEREID_GALENECTL_CMD_GROUP_H

#include "galenectl/command.h"

/** list-groups: print the names of the groups that match any of the patterns, or of all. */
command_fn cmd_list_groups;

/** show-group: print a group's description as JSON. */
command_fn cmd_show_group;

/**
 * create-group: make a group from flags and, with -json, from an object on standard input.
 * An existing group is an error without -force.
 */
command_fn cmd_create_group;

/**
 * update-group: change what flags and object name. Without -json it is tried once more when
 * somebody else wrote meanwhile. Nothing to change is a usage error.
 */
command_fn cmd_update_group;

/** delete-group: delete a group, with -if-match only as the server's ETag is that one. */
command_fn cmd_delete_group;

#endif
