/*
 * Users of a group: permissions, passwords, names. Each call is one change of the group's file.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_USER_H
#define NEREID_ADMIN_CGI_STORE_STORE_USER_H

#include "admin-cgi/precondition.h"
#include "admin-cgi/store/store_file.h"
#include "common/password.h"

/**
 * Set a user's permissions; makes the user when there is none, without a password.
 * @param user      as in all of these: a name ("" is the empty user), NULL for the wildcard user
 * @param condition of the user: its ETag is the group's, "" when there is no such user
 * @param out       `created`: the user is new
 * @return as store_file_change(); ERR_NOT_FOUND without such a group
 */
int store_user_set_permissions(struct db *db, const char *group, const char *user,
                               const struct precondition *condition,
                               struct json_object *permissions, const struct actor *actor,
                               struct file_result *out, struct error *e) MUST_USE;
/** What a form changes of one user, all at once. */
struct user_edit {
    const char *user;                /* as above */
    const char *to;                  /* the name it gets; NULL: it keeps it */
    bool must_be_new;                /* ERR_EXISTS when there is such a user */
    int64_t base_seq;                /* version the form was made from; 0: none. ERR_PRECONDITION
                                        when the user is another one there than now */
    struct json_object *permissions; /* borrowed; NULL removes them */
    bool sets_password;              /* false: the password stays */
    struct json_object *password;    /* borrowed, made by common/password_make.h; NULL removes it */
};

/** The console's save of one user. */
int store_user_edit(struct db *db, const char *group, const struct user_edit *edit,
                    const struct actor *actor, struct file_result *out, struct error *e) MUST_USE;
/** ERR_NOT_FOUND without such a user. */
int store_user_delete(struct db *db, const char *group, const char *user,
                      const struct precondition *condition, const struct actor *actor,
                      struct file_result *out, struct error *e) MUST_USE;
/**
 * Set a user's stored password, or remove it. ERR_NOT_FOUND without such a user.
 * @param password as for the file (made by common/password_make.h, never plain text); NULL removes
 * it
 * @param must_have when not NULL: the stored password must still be this one, else ERR_PRECONDITION
 *                  (a user who changes the own password proved exactly that one)
 */
int store_user_set_password(struct db *db, const char *group, const char *user,
                            struct json_object *password, const struct password *must_have,
                            const struct actor *actor, struct file_result *out,
                            struct error *e) MUST_USE;

#endif
