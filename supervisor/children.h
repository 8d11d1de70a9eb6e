/*
 * The programs under supervision: started, restarted with back-off, ended. One thread, one loop.
 */
#ifndef NEREID_SUPERVISOR_CHILDREN_H
#define NEREID_SUPERVISOR_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/error.h"
#include "supervisor/backoff.h"

#define CHILDREN_MAX 4

/** One program. Strings and argv are borrowed for as long as the children run. */
struct child {
    const char *name;
    const char *const *argv; /* argv[0] is the path; ends with NULL */
    int stdin_fd;            /* becomes descriptor 0; -1 for /dev/null */
    pid_t pid;               /* 0 while it does not run */
    struct backoff backoff;
};

/** What the loop asks its owner while it turns; the same thread. */
struct children_hooks {
    bool (*is_ready)(void *arg); /* asked until it says true once */
    void (*announce)(void *arg); /* called then */
    bool (*is_site_new)(
        void *arg);     /* asked every two seconds: true makes the site's program reload */
    struct child *site; /* gets SIGHUP */
    void *arg;
};

/**
 * Start the programs and keep them running until SIGTERM, SIGINT or SIGHUP comes; then end them
 * (SIGTERM, and SIGKILL six seconds later) and return when no child is left, grandchildren
 * included. Blocks those signals and SIGCHLD for the calling process.
 * @return 0 after a signal; ERR_UNAVAILABLE when a program kept ending right after its start
 */
int children_run(struct child *children, size_t count, const struct children_hooks *hooks,
                 struct error *e) MUST_USE;

#endif
