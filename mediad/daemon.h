/*
 * The media daemon as a whole: makes its parts, runs the loop of the control thread, ends in order.
 */
#ifndef NEREID_MEDIAD_DAEMON_H
#define NEREID_MEDIAD_DAEMON_H

#include "mediad/options.h"

/** Run until SIGTERM or SIGINT. Signals must be blocked in the caller already
 * (daemon_block_signals()).
 * @return 0, or an error that kept it from starting */
int daemon_run(const struct options *options, struct error *e) MUST_USE;

/** Read all configuration below the state directory and log what is wrong.
 * @return 0 when nothing is, else ERR_INVALID */
int daemon_check_config(const struct options *options, struct error *e) MUST_USE;

/** Block the signals that the loop reads; before any thread is made. */
void daemon_block_signals(void);

#endif
