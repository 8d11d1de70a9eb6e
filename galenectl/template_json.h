/*
 * JSON templates from standard input, their merge into what the server holds, and printing.
 */
#ifndef NEREID_GALENECTL_TEMPLATE_JSON_H
#define NEREID_GALENECTL_TEMPLATE_JSON_H

#include <json-c/json.h>

#include "common/buf.h"
#include "common/error.h"

/** Read one JSON value to the end of a descriptor; text after it is an error.
 * @param out owned */
int template_read(struct json_object **out, int fd, struct error *e) MUST_USE;

/** As above, and only an object will do. */
int template_read_object(struct json_object **out, int fd, struct error *e) MUST_USE;

/** Key by key: null deletes, anything else replaces whole. */
int template_merge(struct json_object *object, struct json_object *template,
                   struct error *e) MUST_USE;

/** Set a member. Takes `value`, also when it fails; NULL stands for a failed allocation. */
int template_set(struct json_object *object, const char *name, struct json_object *value,
                 struct error *e) MUST_USE;

/** Append to an array; takes `value` in the same way. */
int template_append(struct json_object *array, struct json_object *value, struct error *e) MUST_USE;

/** Append the text: 4 spaces, keys sorted bytewise, one element per line. */
void template_print(struct buf *out, struct json_object *json);

/** print it to stdout with a line feed. @return 0 or ERR_IO */
int template_show(struct json_object *json, struct error *e) MUST_USE;

/** Whether something that is no terminal waits on stdin: a pipe with bytes, or a file. */
bool template_waits_on_stdin(void);

#endif
