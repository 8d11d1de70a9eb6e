/*
 * A file that a person named on the command line: its folder, however it is reached, and its name
 * in there.
 */
#ifndef NEREID_RECORDING_PARENT_FOLDER_H
#define NEREID_RECORDING_PARENT_FOLDER_H

#include "common/error.h"

/** @param name into `path` @return a descriptor; or enum err, with the folder's name */
int parent_folder_open(const char *path, const char **name, struct error *e);

#endif
