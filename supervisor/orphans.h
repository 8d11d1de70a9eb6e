/*
 * Processes that became ours because their parent was killed: nginx's workers go on serving and
 * hold the port when their master dies. We are their subreaper (prctl(2)).
 */
#ifndef NEREID_SUPERVISOR_ORPHANS_H
#define NEREID_SUPERVISOR_ORPHANS_H

#include <stddef.h>
#include <sys/types.h>

/**
 * Send a signal to every child of this process that is not in `known`.
 * @param sig 0 counts them only
 * @return how many there are, zombies not counted
 */
size_t orphans_signal(const pid_t *known, size_t known_count, int sig);

#endif
