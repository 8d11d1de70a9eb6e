/*
 * One film of a meeting: all recordings of it side by side on their wall clocks, who speaks or what
 * is shared large, with the sound of all.
 */
#ifndef NEREID_RECORDING_FILM_H
#define NEREID_RECORDING_FILM_H

#include "recording/meeting.h"

/**
 * @param folder of the recordings @param fd an empty file for the film; stays the caller's
 * @param progress called for each picture, with 0 to 1; false: no more of it is made
 * @return 0; ERR_WRONG_STATE: `progress` stopped it; what went wrong, with which file
 */
int film_make(const struct meeting *m, int folder, int fd, bool (*progress)(void *arg, double done),
              void *arg, struct error *e) MUST_USE;

#endif
