/*
 * A description as the HTTP API shows and takes it.
 */
#ifndef NEREID_COMMON_GROUP_DESC_JSON_H
#define NEREID_COMMON_GROUP_DESC_JSON_H

#include "common/group_desc.h"

/**
 * Check an object as the API takes it: known members of the right type,
 * allow-subgroups too; `users`, `wildcard-user`, `authKeys`, `op`, `presenter` and `other` refused
 * unless null.
 */
int group_desc_check_api(struct json_object *object, struct error *e) MUST_USE;

/** New object with what the API shows of a description; empty, false, zero left out. */
struct json_object *group_desc_to_api(const struct group_desc *d);

#endif
