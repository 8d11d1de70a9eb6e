/*
 * Recordings that are kept for so many days (the setting keep.recordings): older ones go to the
 * trash, from which they can be brought back for 30 days more.
 */
#ifndef NEREID_ADMIN_CGI_RECORDINGS_RECORDING_SWEEP_H
#define NEREID_ADMIN_CGI_RECORDINGS_RECORDING_SWEEP_H

#include "admin-cgi/recordings/recording_folder.h"

/**
 * Put into the trash what began before a time and is finished. What cannot be moved stays, and the
 * log says why.
 * @param told called for each that went
 */
void recording_sweep(const char *root, int64_t before_us, int64_t now_us,
                     void (*told)(void *arg, const char *group, const char *name), void *arg);

#endif
