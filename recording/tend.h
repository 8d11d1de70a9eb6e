/*
 * One pass over all recordings: what a crash left unfinished is repaired, lists get what they show,
 * and old trash goes. Safe beside another pass and beside mediad.
 */
#ifndef NEREID_RECORDING_TEND_H
#define NEREID_RECORDING_TEND_H

#include <stdint.h>

#include "common/error.h"

/** What cannot be done with a file is logged, and the others are tended all the same.
 * @param now_us wall clock @return 0; ERR_NOT_FOUND, ERR_IO: this is no folder of recordings */
int tend(const char *directory, int64_t now_us, struct error *e) MUST_USE;

#endif
