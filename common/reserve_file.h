/*
 * Four mebibytes that a server keeps for the day its disk is full (data/reserve): released so that
 * somebody can sign in, delete, or start the server then, and made anew once there is room. Quotas
 * that statvfs(3) does not show are not noticed here.
 */
#ifndef NEREID_COMMON_RESERVE_FILE_H
#define NEREID_COMMON_RESERVE_FILE_H

#include <stdbool.h>

#include "common/error.h"

#define RESERVE_BYTES (4 * 1024 * 1024)

/** Make the file unless it is there or the disk has less than four times its size.
 * @param dir_fd the directory data/
 * @return 0 (also when it is not the moment), ERR_NO_SPACE, ERR_IO */
int reserve_file_make(int dir_fd, struct error *e) MUST_USE;

/** Give the file's room back when the disk has less than half of its size left.
 * @return true when it was given back by this call */
bool reserve_file_release(int dir_fd);

/** The same for a start, which needs some room whoever starts, and says so in the log.
 * @param state_dir the state directory, which need not have data/ yet */
void reserve_file_release_for_start(const char *state_dir);

/** The disk is full but for what the reserve gave: only what needs it may write. */
bool reserve_file_is_spent(int dir_fd);

#endif
