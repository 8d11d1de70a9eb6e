/*
 * The -json flag of commands that create and update: a JSON object on standard input with more
 * members.
 */
#ifndef NEREID_GALENECTL_TEMPLATE_FLAG_H
#define NEREID_GALENECTL_TEMPLATE_FLAG_H

#include <json-c/json.h>

#include "common/error.h"
#include "galenectl/flags.h"

/** Zeroed is a flag that was not given. */
struct template_flag {
    bool is_given;
    struct json_object *json; /* NULL: none; owned */
};

#define FLAG_TEMPLATE(at)                                                                          \
    {                                                                                              \
        .name = "json", .kind = FLAG_BOOL, .value = &(at).is_given,                                \
        .help = "read a JSON object with more members from standard input"                         \
    }

/** Read the object if the flag was given. @return -1 to go on, else the exit status */
int template_flag_read(struct template_flag *t);

/** As above for updates: warns when something waits on standard input and the flag is missing. */
int template_flag_read_or_warn(struct template_flag *t);

void template_flag_release(struct template_flag *t);

/** True when it holds no member, or was not given. */
bool template_flag_is_empty(const struct template_flag *t);

/** Merge it into an object; nothing when it was not given. */
int template_flag_merge(struct json_object *object, const struct template_flag *t,
                        struct error *e) MUST_USE;

#endif
