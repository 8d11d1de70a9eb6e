/*
 * The fields of a group's form: what group_form.c, group_form_read.c and group_form_show.c share.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_GROUP_FORM_INTERNAL_H
#define NEREID_ADMIN_CGI_HANDLERS_GROUP_FORM_INTERNAL_H

#include "admin-cgi/handlers/group_form.h"

#define GROUP_UNIT_FIELD "max-history-age-unit"
#define GROUP_UNITS 4

enum input_control {
    INPUT_TEXT,
    INPUT_AREA,
    INPUT_URL_TEXT,
    INPUT_CHECK,
    INPUT_CHOICE,
    INPUT_NUMBER,
    INPUT_AGE,
    INPUT_TIME,
    INPUT_WORDS
};

struct group_input {
    const char *name; /* of the member and of the form's field */
    const char *section;
    enum input_control control;
    const char *label;
    const char *help;
    size_t max_characters;
    int64_t min, max;
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
/** A time as it stands in a description. @return false: none, or not one */
bool group_form_time(struct json_object *value, int64_t *at_us);

#endif
