/*
 * Watches groups/ and data/ and brings people's edits into the store (WEB-27 to WEB-29):
 * inotify on every directory, a look at everything once a minute, or every 5 s where inotify does
 * not work. A file is read when nobody has touched it for a moment. Keeper only.
 */
#ifndef NEREID_ADMIN_CGI_EXPORT_IMPORTER_H
#define NEREID_ADMIN_CGI_EXPORT_IMPORTER_H

#include <stdint.h>

#include "common/error.h"

struct db;
struct importer;

/** @param groups,data directories; borrowed */
int importer_new(struct importer **out, struct db *db, const char *groups, const char *data,
                 struct error *e) MUST_USE;
void importer_free(struct importer *im);

/** Look at every file, and roll pending exports forward. At start and once a minute.
 * @param now_us since 1970  @param mono_us monotonic */
int importer_scan(struct importer *im, int64_t now_us, int64_t mono_us, struct error *e) MUST_USE;

/** Descriptor to poll for reading; -1: inotify does not work here. */
int importer_fd(const struct importer *im);
/** Take up what the descriptor has to say. */
void importer_read(struct importer *im, int64_t mono_us);
/** Do what is due. @return monotonic time of the next thing to do */
int64_t importer_run(struct importer *im, int64_t now_us, int64_t mono_us);

#endif
