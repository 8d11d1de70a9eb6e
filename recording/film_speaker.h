/*
 * Who speaks in a film: the loudest, once it is clearly louder than who spoke before for a while,
 * so that a cough does not turn everything over. Pure.
 */
#ifndef NEREID_RECORDING_FILM_SPEAKER_H
#define NEREID_RECORDING_FILM_SPEAKER_H

#include <stdbool.h>
#include <stdint.h>

/** Zeroed is valid: nobody has spoken. */
struct film_speaker {
    unsigned current;    /* number of who speaks; 0: nobody yet */
    unsigned challenger; /* louder since challenged_us; 0: nobody */
    int64_t challenged_us;
    int64_t began_us; /* when the current one did */
};

/** Follows how loud one source is. Zeroed is valid. */
struct film_loudness {
    double level; /* root mean square, 0 to 1: up at once, down in half a second */
};

void film_loudness_add(struct film_loudness *l, double rms, int64_t span_us);

/** @param loudest number of the loudest who has a picture, 0 for nobody
 * @param level its level @param current_level of who speaks; below 0: it has no picture any more */
void film_speaker_step(struct film_speaker *s, unsigned loudest, double level, double current_level,
                       int64_t now_us);

#endif
