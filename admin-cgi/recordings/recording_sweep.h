/*
 * Recordings that are kept for so many days (recording_kept.h): older ones go to the
 * trash, from which they can be brought back for 30 days more.
 */
#ifndef NEREID_ADMIN_CGI_RECORDINGS_RECORDING_SWEEP_H
#define NEREID_ADMIN_CGI_RECORDINGS_RECORDING_SWEEP_H

#include "admin-cgi/recordings/recording_folder.h"

/** Who is asked, and told, while the groups are gone through. */
struct recording_sweep {
    int64_t now_us;
    /** Days that a group's recordings are kept; 0: for ever. */
    int64_t (*kept_days)(void *arg, const char *group);
    /** Called for each recording that went. */
    void (*told)(void *arg, const char *group, const char *name);
    void *arg;
};

/**
 * Put into the trash what is finished and began longer ago than its group's recordings are kept.
 * What cannot be moved stays, and the log says why.
 */
void recording_sweep(const char *root, const struct recording_sweep *s);

#endif
