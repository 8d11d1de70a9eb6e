/*
 * A process that others come before: meetings on this machine are more important than files.
 */
#ifndef NEREID_RECORDING_HUMBLE_H
#define NEREID_RECORDING_HUMBLE_H

#include <sys/types.h>

#include "common/error.h"

/** Lowest priority for processor (nice 19) and disk (idle class).
 * @param parent the process to die with (SIGKILL), 0 for none
 * @return 0; ERR_WRONG_STATE: the parent has died already */
int humble(pid_t parent, struct error *e) MUST_USE;

#endif
