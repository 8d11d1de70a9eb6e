/*
 * What the name of a recording tells: YYYY-MM-DDTHH:MM:SS.mmm[-USER][-NN].webm, in local time. A
 * downloaded one has "-" in place of ":".
 */
#ifndef NEREID_RECORDING_RECORDING_NAME_H
#define NEREID_RECORDING_RECORDING_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Length of the time at the beginning of a name. */
#define RECORDING_TIME_LEN 23

/** Does it begin with a time? @param time_us since 1970; may be NULL; untouched on false */
bool recording_name_time(const char *name, int64_t *time_us);
/** The user's name in it, "" for none. */
void recording_name_user(const char *name, char *out, size_t size);

#endif
