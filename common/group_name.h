/*
 * The one check of group and user names, for files, forms, API, WebSocket and archives
 * (SEC-27).
 */
#ifndef NEREID_COMMON_GROUP_NAME_H
#define NEREID_COMMON_GROUP_NAME_H

#include "common/error.h"
#include "common/span.h"

#define GROUP_NAME_MAX 1000   /* bytes */
#define GROUP_ELEMENT_MAX 250 /* bytes between slashes */
#define USER_NAME_MAX 200     /* bytes */

/** 0, or ERR_INVALID with a sentence that says which character or element is wrong. */
int group_name_check(struct span name, struct error *e) MUST_USE;

/** As above for user names; the empty name is allowed here. */
int user_name_check(struct span name, struct error *e) MUST_USE;

/** The nearest ancestor: "a/b" for "a/b/c". @return its length, 0 when there is none */
size_t group_name_parent_len(struct span name);

/** True when `name` lies below `ancestor` ("a/b" below "a", everything below ""). */
bool group_name_is_below(struct span name, struct span ancestor);

#endif
