/*
 * One process of a kind per state directory: a lock file that is held as long as the process lives
 * (FAULT-19).
 */
#ifndef NEREID_COMMON_INSTANCE_LOCK_H
#define NEREID_COMMON_INSTANCE_LOCK_H

#include "common/error.h"

/**
 * Take the lock and write our pid into the file.
 * @param fd_out to keep open; closing it gives the lock up
 * @return 0; ERR_BUSY with the pid of the holder in the text; ERR_IO
 */
int instance_lock_take(int *fd_out, const char *path, struct error *e) MUST_USE;

#endif
