/*
 * Programs of an earlier supervisor of this state directory. When it was killed they end by
 * themselves, but not at once, and hold ports, locks and sockets until then.
 *
 * Every program under a supervisor, and every child of it, has run/programs.lock open and locked:
 * they inherit the descriptor. So the lock is free when the last one is gone, whatever its number
 * or name, and who holds it stands in /proc.
 */
#ifndef NEREID_SUPERVISOR_PREDECESSORS_H
#define NEREID_SUPERVISOR_PREDECESSORS_H

#include <stdbool.h>

#include "common/error.h"

/**
 * Wait until no program of an earlier supervisor is left, and take the lock: SIGTERM at once,
 * SIGKILL after three seconds. The caller holds the directory's lock, so there is no other
 * supervisor.
 * @param fd_out   descriptor (close-on-exec) to hand down to the programs
 * @param had_some whether there were any
 * @return 0; ERR_BUSY when some would not end in ten seconds, with the pid of one; ERR_IO
 */
int predecessors_end(int *fd_out, bool *had_some, const char *path, struct error *e) MUST_USE;

#endif
