/*
 * Verbs of the control socket for films of whole meetings, which nereid-recording makes.
 */
#ifndef NEREID_MEDIAD_HTTP_CONTROL_FILM_H
#define NEREID_MEDIAD_HTTP_CONTROL_FILM_H

struct exchange;

/** POST: make one. */
void control_film(struct exchange *x);
/** POST: stop one. */
void control_film_stop(struct exchange *x);
/** GET: those that wait, run or have ended. */
void control_films(struct exchange *x);

#endif
