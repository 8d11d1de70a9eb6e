/*
 * Paths below /galene-api/v0: names are checked and each segment is percent-encoded whole.
 */
#ifndef NEREID_GALENECTL_API_PATH_H
#define NEREID_GALENECTL_API_PATH_H

#include "common/buf.h"
#include "common/error.h"

/** Which user of a group a command means. */
enum user_kind { USER_NAMED, USER_WILDCARD, USER_EMPTY };
struct user_ref {
    enum user_kind kind;
    const char *name; /* for USER_NAMED */
};

/** When more was appended to a path: 0, or ERR_NO_MEMORY. */
int api_path_check(const struct buf *out, struct error *e) MUST_USE;

/** ".groups/" or ".groups/G"; a slash in the group's name stays one. @param group "" for none */
int api_path_group(struct buf *out, const char *group, struct error *e) MUST_USE;
/** ".groups/G/.users/U", ".groups/G/.wildcard-user" or ".groups/G/.empty-user" */
int api_path_user(struct buf *out, const char *group, const struct user_ref *user,
                  struct error *e) MUST_USE;
/** ".groups/[G/].tokens/[T]"  @param token "" for the collection */
int api_path_token(struct buf *out, const char *group, const char *token, struct error *e) MUST_USE;

#endif
