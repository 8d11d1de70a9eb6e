/*
 * The -permissions flag: a set's name, or a JSON array of permissions.
 */
#ifndef NEREID_GALENECTL_PERMISSION_FLAG_H
#define NEREID_GALENECTL_PERMISSION_FLAG_H

#include <json-c/json.h>

#include "common/buf.h"
#include "common/error.h"

/** As users have it: the array, or the name unverified (the server knows which it takes).
 * @param out owned */
int permission_flag_user(struct json_object **out, const char *text, struct error *e) MUST_USE;

/** As tokens have it: always an array; names are expanded here. */
int permission_flag_token(struct json_object **out, const char *text, struct error *e) MUST_USE;

/** What long listings show: a set's name, or "[" and the sorted first letters and "]". */
void permission_show(struct buf *out, struct json_object *permissions);

/** The first letters of an array's words, or of what a set's name stands for, sorted; `more` is one
 * more letter to sort in, or 0. */
void permission_letters(struct buf *out, struct json_object *permissions, char more);

/** True when an array holds this word. */
bool permission_array_has(struct json_object *permissions, const char *word);

#endif
