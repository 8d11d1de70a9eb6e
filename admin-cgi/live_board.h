/*
 * What mediad said last about its meetings, in memory that parent, keeper and workers share: bytes,
 * when they were asked for, and whether mediad hangs. It also has the lock of whoever asks, so that
 * one process does for all who wait. A process that dies in here leaves a board without a sample,
 * never half of one.
 */
#ifndef NEREID_ADMIN_CGI_LIVE_BOARD_H
#define NEREID_ADMIN_CGI_LIVE_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"

#define LIVE_BOARD_BYTES (32 * 1024 * 1024) /* address space: memory follows what is written */

struct live_board;

/** Before the fork, for all; @return 0, ERR_NO_MEMORY */
int live_board_new(struct live_board **out) MUST_USE;
void live_board_free(struct live_board *board);

/** mediad kept somebody waiting: until then it counts as hanging, and pages do not ask it.
 * @param until_us monotonic; 0: it answered */
void live_board_set_hangs(struct live_board *board, int64_t until_us);
bool live_board_hangs(const struct live_board *board, int64_t now_us);

/** Be the one who asks mediad. @return false: somebody else is, and was for `wait_us` */
bool live_board_begin(struct live_board *board, int64_t wait_us) MUST_USE;
void live_board_end(struct live_board *board);

/** Replace the sample. @param asked_us monotonic, when mediad was asked for it
 * @return 0, or ERR_TOO_LARGE, ERR_BUSY: the one before stays */
int live_board_put(struct live_board *board, struct span sample, int64_t asked_us) MUST_USE;

/** @param asked_us set to when mediad was asked for the sample, monotonic; 0: there is none
 * @return its number, which grows with each one; 0: there is none */
uint64_t live_board_look(struct live_board *board, int64_t *asked_us);
/** Copy the sample to the end of `out`. The rest as live_board_look(). */
uint64_t live_board_copy(struct live_board *board, struct buf *out, int64_t *asked_us);

#endif
