/*
 * The lists of names that the API gives: fetched, sorted, filtered, printed.
 */
#ifndef NEREID_GALENECTL_NAME_LIST_H
#define NEREID_GALENECTL_NAME_LIST_H

#include "galenectl/api_client.h"

struct name_list {
    struct json_object *json; /* array of strings, sorted and filtered; owned */
};

/** How the things that a list names are fetched and shown. */
struct name_list_view {
    const char *member; /* holds the name in the JSON that is shown: "username" */
    /** @param out owned JSON object; untouched on failure */
    int (*fetch)(struct json_object **out, struct api_client *client, const char *group,
                 const char *name, struct error *e);
    /** Print one line. @param object NULL when it could not be fetched, for the reason in `e` */
    void (*print)(const char *name, struct json_object *object, const struct error *e);
};

/** Which names are wanted, and how they are shown. */
struct name_list_query {
    char *const *patterns; /* none: all names */
    size_t n_patterns;
    const struct name_list_view *view; /* NULL: the names alone */
    const char *group;                 /* for the view */
    bool as_json;
};

/** Fetch a list of names, bytewise sorted, those that match; never the empty one. Null counts as
 * the empty list. */
int name_list_fetch(struct name_list *out, struct api_client *client, const char *path,
                    const struct name_list_query *query, struct error *e) MUST_USE;
void name_list_release(struct name_list *l);

/** Print the names, or fetch and print each thing: one a line, control characters escaped, or one
 * JSON array. What cannot be fetched is shown with the reason, and the others follow. */
int name_list_show(const struct name_list *l, struct api_client *client,
                   const struct name_list_query *query, struct error *e) MUST_USE;

/** Text padded with blanks to `width` characters. */
void add_padded(struct buf *out, const char *text, size_t width);

#endif
