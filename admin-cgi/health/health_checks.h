/*
 * Checks of the whole server, run by the keeper each minute: pages only read what they found
 * (store/store_check.h).
 */
#ifndef NEREID_ADMIN_CGI_HEALTH_HEALTH_CHECKS_H
#define NEREID_ADMIN_CGI_HEALTH_HEALTH_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

struct app;
struct live_sample;

/** What outlives a turn. Zeroed: no check has run yet. */
struct health_checks {
    int64_t due_us;          /* monotonic: the next turn */
    int64_t database_due_us; /* monotonic: the database is looked at once an hour */
    int64_t clock_offset_us; /* wall clock less monotonic clock at the last turn; 0: none */
    int64_t clock_jumped_us; /* when the wall clock jumped last; 0: it did not */
    uint64_t n_asked;        /* how often somebody had asked for a turn at the last one */
};

/** The keeper's turn: runs what is due, or everything when somebody asked.
 * @param live what it last heard of mediad; `document` NULL: nothing yet
 * @param is_watching hand edits are noticed by inotify */
void health_checks_run(struct health_checks *h, struct app *app, const struct live_sample *live,
                       bool is_watching, int64_t now_us, int64_t mono_us);

/** A worker wants all checks to run now; the keeper does within seconds. */
void health_checks_ask(struct app *app);

#endif
