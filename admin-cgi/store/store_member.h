/*
 * Members of a group's file that are not settings: old forms, and what Nereid does not know. Each
 * call is one change of the file, and the version before has what it took away.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_MEMBER_H
#define NEREID_ADMIN_CGI_STORE_STORE_MEMBER_H

#include "admin-cgi/store/store_file.h"

/** Write old forms (op, presenter, other, allow-subgroups) in the present one.
 * @return as store_file_change() */
int store_member_upgrade(struct db *db, const char *group, const struct actor *actor,
                         struct file_result *out, struct error *e) MUST_USE;

/**
 * Take a member away that Nereid does not know, or give it the name of a setting.
 * @param to of group_fields, which the file does not have yet; NULL: it goes
 * @return as store_file_change(); ERR_NOT_FOUND: there is no such member, or it is one of ours;
 *         ERR_INVALID: its value cannot be that of the setting
 */
int store_member_rename(struct db *db, const char *group, const char *member, const char *to,
                        const struct actor *actor, struct file_result *out,
                        struct error *e) MUST_USE;

#endif
