/*
 * What an administrator should know of a group's settings: what they do that nobody meant, and what
 * a change does to those who are inside. Words only; nothing here refuses anything.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_GROUP_CARE_H
#define NEREID_ADMIN_CGI_HANDLERS_GROUP_CARE_H

#include <json-c/json.h>

#include "admin-cgi/arena.h"
#include "admin-cgi/store/store_group.h"

/** What becomes of who follows a group's redirect to a group of this server. */
enum redirect_end {
    REDIRECT_ARRIVES,
    REDIRECT_LOOPS,  /* it is to the group itself */
    REDIRECT_BACK,   /* the other one sends everybody back, */
    REDIRECT_ON,     /* or on, to somewhere else */
    REDIRECT_NOWHERE /* there is no such group */
};

struct group_care {
    struct arena *arena;
    const char *name;                  /* of the group */
    const struct group_desc *settings; /* which are judged */
    const struct group_desc *users;    /* whose users and keys hold; may be `settings` */
    int64_t now_us;
    const char *redirect_to; /* by group_redirect_follow(); NULL: to no group of this server */
    enum redirect_end redirect_end;
};

/** Can anybody be operator here, by password or by a token of the external sign-in? */
bool group_care_has_operator(const struct group_desc *d);

/** Add a row {"text", "field"} for each thing that is wrong as it is, `field` being the setting
 * that it is about, if it is one. */
void group_care_add(const struct group_care *c, struct json_object *list);

/**
 * Add such rows for a change before it is saved: what is wrong with it, and what it does to those
 * inside.
 * @param n_inside people in the meeting now; 0: nobody, or not known
 */
void group_care_add_change(const struct group_care *c, const struct member_change *changes,
                           size_t n_changes, int64_t n_inside, struct json_object *list);

#endif
