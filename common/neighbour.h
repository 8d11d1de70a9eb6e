/*
 * Programs of ours that lie beside this one: in libexec/nereid/, or in a build directory, where
 * each room has its own.
 */
#ifndef NEREID_COMMON_NEIGHBOUR_H
#define NEREID_COMMON_NEIGHBOUR_H

#include <sys/types.h>

#include "common/error.h"

/** The path of a program, in a new string. @param room its folder in a build directory
 * @return NULL: there is none, or no memory */
char *neighbour_find(const char *room, const char *name);

/**
 * Start it with nothing of ours but standard error, and signals as any program expects them.
 * @param argv   NULL-terminated
 * @param in_fd  its standard input; -1: nothing can be read there
 * @param out_fd its standard output
 * @return 0, or a positive errno
 */
int neighbour_start(pid_t *pid, const char *program, char *const *argv, int in_fd,
                    int out_fd) MUST_USE;

#endif
