/*
 * The lists of names that the API gives: fetched, sorted, filtered, printed.
 */
#ifndef NEREID_GALENECTL_NAME_LIST_H
#define NEREID_GALENECTL_NAME_LIST_H

#include "galenectl/api_client.h"

struct name_list {
    struct json_object *json; /* array of strings, sorted and filtered; owned */
};

/**
 * Fetch a list of names, bytewise sorted, those that match one of the patterns (none: all). Null
 * counts as the empty list.
 */
int name_list_fetch(struct name_list *out, struct api_client *client, const char *path,
                    char *const *patterns, size_t n_patterns, struct error *e) MUST_USE;
void name_list_release(struct name_list *l);
size_t name_list_length(const struct name_list *l);
const char *name_list_at(const struct name_list *l, size_t i);
/** One a line, control characters escaped. */
void name_list_print(const struct name_list *l);

/** Text padded with blanks to `width` characters. */
void add_padded(struct buf *out, const char *text, size_t width);

#endif
