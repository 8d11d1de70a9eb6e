/*
 * The recordings of one group on the disk: recordings/GROUP/NAME, with .about/NAME.json and
 * .about/NAME.png beside it, and .trash/ for what was deleted (docs/RECORDING.md, "The files").
 * Every path is opened below recordings/ and never through a link (SEC-28). A file that somebody
 * writes has a lock (flock(2)) on it, or was written to in this instant.
 */
#ifndef NEREID_ADMIN_CGI_RECORDINGS_RECORDING_FOLDER_H
#define NEREID_ADMIN_CGI_RECORDINGS_RECORDING_FOLDER_H

#include <sys/stat.h>

#include "admin-cgi/recordings/recording_about.h"
#include "admin-cgi/recordings/recording_name.h"

struct recording {
    const char *name;
    int64_t size_bytes;
    int64_t mtime_us;
    int64_t deleted_us; /* in the trash: since when */
    struct recording_name says;
};

enum recording_state {
    RECORDING_DONE,
    RECORDING_RUNNING,   /* somebody writes it */
    RECORDING_UNFINISHED /* a crash left it, and nobody has repaired it yet */
};

/** A group's folder. @param root the directory recordings/ @return a descriptor, or -1 */
int recording_folder_open(const char *root, const char *group);
/** A folder in a folder, as ".about" or ".trash/.about". @return a descriptor, or -1 with errno */
int recording_folder_below(int folder, const char *path);

/** Is there a regular file of this name, and may a recording be called so? */
bool recording_stat(int folder, const char *name, struct stat *st);

/** All recordings of a folder, those that began last first. @return 0, ERR_IO, ERR_NO_MEMORY */
int recording_folder_list(int folder, struct arena *a, struct recording **out,
                          size_t *n_out) MUST_USE;

/** Order of lists, as qsort(3) wants it: by the time of the start, then by name. */
int recording_newest_first(const struct recording *a, const struct recording *b);

/** What is known of one entry of a list; only the name need be true. */
enum recording_state recording_state_of(int folder, const struct recording *r, int64_t now_us);
/** What is said of it beside it; recording_about_nothing where nothing is, or nothing that can be
 * read. */
void recording_about_of(int folder, const char *name, struct arena *a, struct recording_about *out);
bool recording_has_poster(int folder, const char *name);

/** Has a group recordings, or had some that may be in its trash? */
bool recording_group_has_any(const char *root, const char *group);

/** Names of all groups whose folder is there, sorted; `root` as above. In the arena. */
int recording_groups(const char *root, struct arena *a, const char ***out, size_t *n_out) MUST_USE;

#endif
