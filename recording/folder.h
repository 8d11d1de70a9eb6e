/*
 * Files below the directory of recordings, reached by descriptors and never through a symbolic
 * link, whoever may write there.
 */
#ifndef NEREID_RECORDING_FOLDER_H
#define NEREID_RECORDING_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "common/error.h"

/** Folders beside recordings, hidden from lists by their full stop. */
#define ABOUT_FOLDER ".about"
#define TRASH_FOLDER ".trash"

/** Open a folder below another one; `path` stays below it. @return descriptor, or -1 with errno */
int folder_open(int at, const char *path);
/** As folder_open() for one name, made where there is none. @return descriptor, or -1 with errno */
int folder_make(int at, const char *name);
/** Open a regular file in a folder. @return descriptor, or -1 with errno (ELOOP: a link) */
int folder_open_file(int folder, const char *name, int flags, mode_t mode);
/** Open and lock (flock) a file, made where there is none: what another process removes between the
 * two is made anew. @return descriptor, or -1 with errno (EWOULDBLOCK: somebody else keeps it
 * locked) */
int folder_make_locked(int folder, const char *name, mode_t mode);
/** Is there a regular file of that name? @param st may be NULL */
bool folder_has_file(int folder, const char *name, struct stat *st);
/** Does the name still stand for the file that was opened? */
bool folder_is_same(int folder, const char *name, int fd);

/** Names in a folder, sorted, without "." and "..". One free() for each and for the list. */
struct folder_names {
    char **names;
    size_t n;
};
int folder_list(struct folder_names *out, int folder, struct error *e) MUST_USE;
void folder_names_release(struct folder_names *names);

/** A path for libraries that know no descriptors (proc(5)): of the descriptor, or of a name in that
 * folder when `name` is not NULL. Owned; NULL when out of memory. */
char *folder_path(int fd, const char *name);

/** Does `name` end in `suffix`, with something before it? */
bool name_ends(const char *name, const char *suffix);
/** A finished recording: NAME.webm or NAME.mkv, not hidden. */
bool name_is_recording(const char *name);
/** One in progress, or what a crash left: NAME.webm.part, NAME.mkv.part. */
bool name_is_part(const char *name);

#endif
