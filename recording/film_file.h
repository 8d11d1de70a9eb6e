/*
 * Making a film as a file: START-film.webm beside the recordings it is made of, or where somebody
 * wants it.
 */
#ifndef NEREID_RECORDING_FILM_FILE_H
#define NEREID_RECORDING_FILM_FILE_H

#include "common/error.h"

/** While a film is made it is hidden: ".NAME.film", with a lock. */
#define FILM_SUFFIX ".film"

/**
 * Says "progress 0.42" lines on standard output, then "done FILE", or "failed SENTENCE". SIGTERM
 * stops it, and leaves nothing of the film.
 * @param directory recordings/ @param start as for meeting_find()
 * @param output where it goes; NULL: beside the recordings, with what lists show
 * @return 0; ERR_EXISTS: there is such a file; ERR_NOT_FOUND, ERR_NO_SPACE, ... with the file's
 * name
 */
int film_file_make(const char *directory, const char *group, const char *start, const char *output,
                   struct error *e) MUST_USE;

#endif
