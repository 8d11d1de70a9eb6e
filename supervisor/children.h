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
    uid_t user;              /* whom it becomes; 0: it stays who we are */
    gid_t group;             /* its only one, with `user` */
    bool may_bind;           /* with `user`: ports below 1024 */
    int stdin_fd;            /* becomes descriptor 0; -1 for /dev/null */
    bool has_children;       /* which may outlive it, and must be gone before it starts again */
    pid_t pid;               /* 0 while it does not run */
    int64_t complained_us;   /* when the log last said that it is down */
    struct backoff backoff;
};

/** What the loop asks and tells its owner while it turns; the same thread. */
struct children_hooks {
    bool (*is_ready)(void *arg);                         /* asked until it says true once */
    void (*announce)(void *arg);                         /* called then */
    void (*ended)(void *arg, const struct child *child); /* a program ended; not while ending all */
    void (*look)(void *arg, int64_t now_us);             /* called twice a second, and first */
    void *arg;
    int handed_down_fd; /* stays open in every program */
};

/**
 * Start the programs and keep them running until SIGTERM, SIGINT or SIGHUP comes; then end them
 * (SIGTERM, and SIGKILL six seconds later) and return when no child is left, grandchildren
 * included. A program that fails is tried for ever (backoff.h), the others are left in peace; when
 * it is down the log says so at once and then every minute. Blocks those signals and SIGCHLD for
 * the calling process.
 */
void children_run(struct child *children, size_t count, const struct children_hooks *hooks);

/** "status 2" or "signal 11", of the last failure. */
#define CHILDREN_REASON_SIZE 32
void children_reason(const struct child *child, char out[CHILDREN_REASON_SIZE]);

#endif
