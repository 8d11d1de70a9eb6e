/*
 * What is kept beside a recording, as .about/NAME.json, its poster and its note: its name, the
 * folder it is in, opening it, and why a folder of recordings could not be changed.
 */
#ifndef NEREID_ADMIN_CGI_RECORDINGS_RECORDING_BESIDE_H
#define NEREID_ADMIN_CGI_RECORDINGS_RECORDING_BESIDE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "common/error.h"

#define RECORDING_ABOUT ".about"
#define RECORDING_NOTE ".txt"
#define RECORDING_FILE_MODE 0640

/** NAME + suffix. @return false when that is longer than a file's name may be */
bool recording_beside_name(char out[NAME_MAX + 1], const char *name, const char *suffix) MUST_USE;

/** Open .about/NAME + suffix to read it, unless it is a link or anything else but a file.
 * @param st what it is @return a descriptor, or -1 */
int recording_beside_open(int folder, const char *name, const char *suffix, struct stat *st);

/** A folder in a group's folder, as ".about", with the mode that lets mediad's tools change what is
 * in it; one that is there stays as it is. @return 0, or -1 with errno */
int recording_beside_folder(int folder, const char *path) MUST_USE;

/** After a call that failed with errno: ERR_FORBIDDEN where the folder is somebody else's, else as
 * error_set_errno(). @param what "the note cannot be written" @return the code */
int recording_beside_failed(struct error *e, const char *what);

#endif
