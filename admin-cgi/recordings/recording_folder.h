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

/** What a recording's file name says: when it began and who was recorded. Files of other names are
 * recordings, too; they say nothing. */
struct recording_said {
    int64_t started_us;   /* 0: not said */
    const char *stamp;    /* the time as it is written, "2026-11-29T12:00:00.123"; "" */
    const char *username; /* "" when nobody is named */
};

struct recording {
    const char *name;
    int64_t size_bytes;
    int64_t mtime_us;
    int64_t deleted_us; /* in the trash: since when */
    struct recording_said says;
};

/** Behind a name in the trash: an empty file that says since when it is there. */
#define RECORDING_DELETED ".deleted"

enum recording_state {
    RECORDING_DONE,
    RECORDING_RUNNING,   /* somebody writes it */
    RECORDING_UNFINISHED /* a crash left it, and nobody has repaired it yet */
};

/** May a recording be called so: one visible element of a path, in UTF-8, and no marker of the
 * trash. */
bool recording_is_name(const char *name);
/** The name for a download: '-' for ':', which some systems do not take. In the arena. */
const char *recording_download_name(struct arena *a, const char *name);

/** A group's folder. @param root the directory recordings/ @return a descriptor, or -1 */
int recording_folder_open(const char *root, const char *group);
/** A folder in a folder, as ".about" or ".trash/.about". @return a descriptor, or -1 with errno */
int recording_folder_below(int folder, const char *path);

/** Is there a regular file of this name, and may a recording be called so? */
bool recording_stat(int folder, const char *name, struct stat *st);

/** All recordings of a folder, those that began last first. @return 0, ERR_IO, ERR_NO_MEMORY */
int recording_folder_list(int folder, struct arena *a, struct recording **out,
                          size_t *n_out) MUST_USE;

/** How many recordings a group has, and their bytes; none where it has no folder.
 * @param root the directory recordings/ @return as recording_folder_list() */
int recording_folder_sum(const char *root, const char *group, struct arena *a, size_t *n_out,
                         int64_t *bytes_out) MUST_USE;

/** When it began, as far as its name and its file say. */
int64_t recording_from_us(const struct recording *r);
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
