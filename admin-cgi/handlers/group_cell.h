/*
 * A setting of a group as one cell of a table, and back: for CSV, and for one field of many groups.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_GROUP_CELL_H
#define NEREID_ADMIN_CGI_HANDLERS_GROUP_CELL_H

#include <json-c/json.h>

#include "admin-cgi/arena.h"
#include "common/group_field.h"

/** "yes", "12", "vp8 opus", "2026-06-09T08:00:00Z": what group_cell_read() takes; "" for none. In
 * the arena. */
const char *group_cell_text(struct arena *a, const struct group_field *field,
                            struct json_object *value);

/**
 * The value that a cell means, judged as the API judges it.
 * @param text "" takes the setting away: *out is NULL then
 * @param out  in the arena
 * @return 0, ERR_INVALID with what would be right, ERR_NO_MEMORY
 */
int group_cell_read(struct arena *a, const struct group_field *field, const char *text,
                    struct json_object **out, struct error *e) MUST_USE;

#endif
