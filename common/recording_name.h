/*
 * Names of recordings: YYYY-MM-DDTHH:MM:SS.mmm[-USER][-NN].webm, the local time of the start, as
 * Galene names them (docs/RECORDING.md, "The files"). mediad makes them, the console and
 * nereid-recording read them. Pure but for the time zone.
 */
#ifndef NEREID_COMMON_RECORDING_NAME_H
#define NEREID_COMMON_RECORDING_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORDING_NAME_MAX 200 /* bytes of a name that is made, without the extensions */
#define RECORDING_NUMBER_LEN 3 /* "-NN": there were others of the name */
#define RECORDING_TIME_LEN 23  /* of the time at the beginning of a name */

/** The name without number and extension; control characters of the user are left out, and what
 * does not fit: there is room for a number behind it. */
void recording_name_make(char out[RECORDING_NAME_MAX + 1], int64_t started_us,
                         const char *username);

/** Does it begin with a time? A downloaded one has "-" in place of ":".
 * @param time_us since 1970; may be NULL; untouched on false */
bool recording_name_time(const char *name, int64_t *time_us);
/** The user's name in it, "" for none, or one that does not fit. One that ends like a number loses
 * that: what stands beside the recording (.about/) has the whole name. */
void recording_name_user(const char *name, char *out, size_t size);

/** Is this the name of a file that is being written, or that a crash left unfinished? */
bool recording_name_is_part(const char *name);

#endif
