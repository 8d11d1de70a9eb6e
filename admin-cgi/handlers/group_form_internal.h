/*
 * The fields of a group's form: what group_form.c, group_form_read.c and group_form_show.c share.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_GROUP_FORM_INTERNAL_H
#define NEREID_ADMIN_CGI_HANDLERS_GROUP_FORM_INTERNAL_H

#include "admin-cgi/handlers/group_form.h"

#define GROUP_UNIT_FIELD "max-history-age-unit"
#define GROUP_UNITS 4

/* What the kind of a field does not say about its control. */
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

struct group_unit {
    const char *word;
    const char *label;
    int64_t seconds;
};

extern const struct group_input group_inputs[];
extern const size_t n_group_inputs;
extern const struct group_unit group_units[GROUP_UNITS];

/** A member, borrowed; NULL: there is none. */
struct json_object *group_form_member(const struct json_object *object, const char *name);
/** What the field of a value holds when the page is made; "" for NULL. In the arena. */
const char *group_form_text(struct arena *a, const struct group_input *f,
                            struct json_object *value);
/** The unit that an age is shown in. */
const struct group_unit *group_form_unit(struct json_object *value);
/** A time as it stands in a description. @return false: none, or not one */
bool group_form_time(struct json_object *value, int64_t *at_us);

#endif
