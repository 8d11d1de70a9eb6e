/*
 * The users that the programs run as when root starts the supervisor: nereid-admin for admin-cgi,
 * nereid-media for mediad, www-data for nginx's workers, all in the group nereid. Whoever breaks
 * mediad, which reads most of what strangers send, then holds neither database nor keys.
 * ./bootstrap makes them.
 */
#ifndef NEREID_SUPERVISOR_ACCOUNTS_H
#define NEREID_SUPERVISOR_ACCOUNTS_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"

#define ACCOUNTS_ADMIN "nereid-admin"
#define ACCOUNTS_MEDIA "nereid-media"
#define ACCOUNTS_WEB "www-data"
#define ACCOUNTS_GROUP "nereid"

/** Zeroed: everything keeps the user who started the supervisor. */
struct accounts {
    bool are_own; /* the programs have users of their own */
    uid_t admin;
    uid_t media;
    uid_t web;
    gid_t group;
};

/**
 * Find them.
 * @param as_root root was told to run everything itself
 * @return 0 (all zero for an ordinary user and for `as_root`); ERR_NOT_FOUND when root has no such
 *         users, with the command that makes them
 */
int accounts_find(struct accounts *out, bool as_root, struct error *e) MUST_USE;

/**
 * In a new process: become this user for good, with the group and no other, without a way back to
 * more rights by set-user-ID programs.
 * @param may_bind keep the right to bind ports below 1024 across the next execve()
 * @return 0, or -1 with errno: the process must end
 */
int accounts_become(uid_t user, gid_t group, bool may_bind) MUST_USE;

/** Whether this user of the group may do that (access(2)) with a path. Forks. */
bool accounts_may(uid_t user, gid_t group, const char *path, int mode);

#endif
