/*
 * One film of a meeting: all recordings of it side by side on their wall clocks, who speaks or what
 * is shared large, with the sound of all.
 */
#ifndef NEREID_RECORDING_FILM_H
#define NEREID_RECORDING_FILM_H

#include "recording/meeting.h"

/**
 * @param folder of the recordings @param fd an empty file for the film; stays the caller's
 * @param progress called now and then with 0 to 1
 * @return 0; what went wrong, with which file
 */
int film_make(const struct meeting *m, int folder, int fd, void (*progress)(void *arg, double done),
              void *arg, struct error *e) MUST_USE;

#endif
