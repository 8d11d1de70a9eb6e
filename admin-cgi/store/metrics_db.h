/*
 * data/metrics.db: what the server did, for charts and usage (store_metrics.h), and what its checks
 * found (store_check.h). Not precious: a file that is lost, damaged or of another version is begun
 * anew. The keeper alone writes it and copies its WAL, so that workers only ever read.
 */
#ifndef NEREID_ADMIN_CGI_STORE_METRICS_DB_H
#define NEREID_ADMIN_CGI_STORE_METRICS_DB_H

#include "common/error.h"

struct db;
struct metrics_db;

/** Opens nothing yet. @param path data/metrics.db; copied */
int metrics_db_new(struct metrics_db **out, const char *path) MUST_USE;
void metrics_db_free(struct metrics_db *m); /* NULL is fine */

/** Keeper: the connection to write by; the file is made when there is none, and moved aside, with a
 * line in the log, when it cannot be used. Borrowed until the next call.
 * @return 0, ERR_NO_SPACE, ERR_BUSY, ERR_IO, ERR_NO_MEMORY */
int metrics_db_writer(struct metrics_db *m, struct db **out, struct error *e) MUST_USE;
/** Keeper: what the file holds cannot be read (ERR_DAMAGED came from it): the next
 * metrics_db_writer() begins anew. */
void metrics_db_give_up(struct metrics_db *m);

/** Worker: the connection to read by; NULL when there is nothing yet. Borrowed until the next call.
 */
struct db *metrics_db_reader(struct metrics_db *m);

#endif
