/*
 * Members of a server's JSON file as the fields of a form hold them, and back into the file's text,
 * of which all else stays as it was. Pure.
 */
#ifndef NEREID_ADMIN_CGI_SITE_MEMBER_TEXT_H
#define NEREID_ADMIN_CGI_SITE_MEMBER_TEXT_H

#include <json-c/json.h>

#include "admin-cgi/arena.h"
#include "common/buf.h"
#include "common/error.h"

/** An array of strings, one a line; "" for what is no array; NULL when out of memory. */
const char *member_lines(struct arena *a, struct json_object *list);

/** "yes" for true, else "". */
const char *member_flag(struct json_object *value);

/** Append lines as a JSON array; nothing where each is empty. */
void member_add_lines(struct buf *out, const char *lines);

/**
 * Put one member in, or out.
 * @param text of the file; replaced
 * @param json the new value; empty: the member goes. Released.
 * @return 0, or as json_edit_set()
 */
int member_write(struct buf *text, const char *const *path, size_t depth, struct buf *json,
                 struct error *e) MUST_USE;

#endif
