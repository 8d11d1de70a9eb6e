/*
 * The fields of the form of a group's settings: which member of the file each is, how it looks, and
 * what it holds when the page is made. group_form.c shows them, group_form_read.c reads them.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_GROUP_INPUT_H
#define NEREID_ADMIN_CGI_HANDLERS_GROUP_INPUT_H

#include <json-c/json.h>

#include "admin-cgi/arena.h"

#define N_GROUP_INPUTS 22
#define N_GROUP_UNITS 4
#define AGE_UNIT_FIELD "max-history-age-unit"

/** What the kind of a field does not say about its control. */
enum input_look {
    LOOK_PLAIN,
    LOOK_AREA, /* several lines */
    LOOK_AGE   /* a number and its unit */
};

struct group_input {
    const char *name; /* of the member (a row of group_fields) and of the form's field */
    const char *section;
    enum input_look look;
    const char *label;
    const char *help;
};
/** How the form's fields look; what they may be, group_fields knows. */
extern const struct group_input group_inputs[N_GROUP_INPUTS];

struct group_unit {
    const char *word;
    const char *label;
    int64_t seconds;
};
/** Of an age, the largest first. */
extern const struct group_unit group_units[N_GROUP_UNITS];

/** A member, borrowed; NULL: there is none. */
struct json_object *group_member(const struct json_object *object, const char *name);
/** A time as it stands in a description. @return false: none, or not one */
bool group_member_time(struct json_object *value, int64_t *out);

/** The unit that an age is shown in. */
const struct group_unit *group_input_unit(struct json_object *value);
/** What the field of a value holds when the page is made; "" for NULL. In the arena.
 * @param zone in which times are written */
const char *group_input_text(struct arena *a, const char *zone, const struct group_input *f,
                             struct json_object *value);

#endif
