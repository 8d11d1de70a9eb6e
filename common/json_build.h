/*
 * Making JSON: members and elements that are given away, so that a failed allocation in the middle
 * of an expression leaks nothing.
 */
#ifndef NEREID_COMMON_JSON_BUILD_H
#define NEREID_COMMON_JSON_BUILD_H

#include <json-c/json.h>
#include <stdbool.h>

#include "common/error.h"

/** Set a member. Takes `value`, also when it fails; NULL stands for a failed allocation.
 * @return false when out of memory */
bool json_build_set(struct json_object *object, const char *name,
                    struct json_object *value) MUST_USE;

/** Append an element; takes `value` in the same way. */
bool json_build_append(struct json_object *array, struct json_object *value) MUST_USE;

/**
 * Append an element that stays its owner's too.
 * @param value NULL: JSON's null, as json-c has it
 * @return false when out of memory
 */
bool json_build_share(struct json_object *array, struct json_object *value) MUST_USE;

#endif
