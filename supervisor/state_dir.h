/*
 * The state directory: made if missing, checked, and locked by one supervisor.
 */
#ifndef NEREID_SUPERVISOR_STATE_DIR_H
#define NEREID_SUPERVISOR_STATE_DIR_H

#include "common/error.h"

struct state_dir {
    char *path;  /* absolute; owned */
    int lock_fd; /* holds run/supervisor.lock for as long as it is open */
};

/**
 * Make the directory tree (mode 0750), see that it can be written and that its sockets' names fit,
 * and take the lock.
 * @param dir as the user gave it; may be relative
 * @return 0; ERR_TOO_LARGE (name too long), ERR_IO, ERR_FORBIDDEN (a secret that others may read),
 *         ERR_BUSY (another supervisor runs here; `e` names its pid)
 */
int state_dir_open(struct state_dir *out, const char *dir, struct error *e) MUST_USE;

/** Give the lock back; the directory stays. */
void state_dir_release(struct state_dir *state);

/** "DIR/NAME" as a new string, or NULL when out of memory. Owned. */
char *state_dir_path(const struct state_dir *state, const char *name);

#endif
