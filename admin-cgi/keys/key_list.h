/*
 * The keys of a group (`authKeys`) as a list that is added to, put into order and taken from. Pure.
 */
#ifndef NEREID_ADMIN_CGI_KEYS_KEY_LIST_H
#define NEREID_ADMIN_CGI_KEYS_KEY_LIST_H

#include <json-c/json.h>
#include <stddef.h>

#include "common/error.h"

/**
 * The list with some more behind it. The keys are shared, not copied.
 * @param present NULL: none so far
 * @param added   good keys
 * @param out     returned owned
 * @return 0; ERR_EXISTS for a kid that there is already, or the same key; ERR_TOO_LARGE;
 *         ERR_NO_MEMORY
 */
int key_list_add(struct json_object **out, struct json_object *present, struct json_object *added,
                 struct error *e) MUST_USE;

/**
 * The list with one key elsewhere, or gone.
 * @param index of the key
 * @param to    its new index; -1: it goes
 * @param out   returned owned; NULL when none is left
 * @return 0, ERR_NOT_FOUND, ERR_NO_MEMORY
 */
int key_list_move(struct json_object **out, struct json_object *present, size_t index, long to,
                  struct error *e) MUST_USE;

#endif
