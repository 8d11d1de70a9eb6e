/*
 * One member of a hand-written JSON text: where it stands, and the text with that member changed
 * and every other byte as it was.
 */
#ifndef NEREID_COMMON_JSON_EDIT_H
#define NEREID_COMMON_JSON_EDIT_H

#include "common/json_scan.h"

/** Where a member stands in a text that json_scan_parse() or json_scan_parse_file() accepted. Spans
 * point into the text. */
struct json_place {
    struct span key;    /* with its quotes; empty for array elements and the root */
    struct span value;  /* the value's bytes */
    struct span member; /* key, colon and value */
    unsigned line;      /* of the key, or of the value where there is no key; from 1 */
    unsigned column;    /* in bytes, from 1 */
};

/**
 * Find a value by path: member names; for array elements their index in decimal.
 * One pass over the whole text at each call. Of duplicate members the last is found.
 * @return 0, ERR_NOT_FOUND, or what json_scan_check() says of a file
 */
int json_edit_find(struct json_place *out, struct span text, const char *const *path,
                   size_t n_path) MUST_USE;

/**
 * Write `text` with the member at `path` (its own name is the last element) set to `value` (JSON
 * text, inserted as it is), or removed when value is empty. Every byte outside that member stays as
 * it is; a new member comes last in its object and takes the indentation of its neighbours. An
 * object on the path that is missing or null is made. Array elements can be changed and removed,
 * not added.
 * @param n_path at least 1
 * @param out    appended to; untouched on failure
 * @return 0 (also when what should go was not there), ERR_SYNTAX for text or value, ERR_INVALID
 *         when something on the path is no object, ERR_NOT_FOUND for an array element that is not
 *         there, ERR_TOO_LARGE when the result is over json_limits_file, ERR_NO_MEMORY
 */
int json_edit_set(struct buf *out, struct span text, const char *const *path, size_t n_path,
                  struct span value, struct error *e) MUST_USE;

#endif
