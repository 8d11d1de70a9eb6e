/*
 * Users of groups as a table: columns `group`, `user`, `permissions`, `password`. Passwords come in
 * and never out.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_USER_CSV_H
#define NEREID_ADMIN_CGI_HANDLERS_USER_CSV_H

#include "admin-cgi/handlers/csv_table.h"
#include "admin-cgi/request.h"
#include "admin-cgi/response.h"
#include "admin-cgi/store/store_batch.h"

struct app;

/** Passwords that one table may set: each takes a good part of a second's work. */
#define CSV_PASSWORDS_MAX 200

/** Answer with the users of a group as a file. */
void user_csv_send(struct response *res, struct arena *a, const struct group_record *group);

struct user_csv_row {
    const char *user;
    struct json_object *permissions; /* NULL: as they are */
    const char *plain;               /* "": as it is */
    struct json_object *password;    /* made of `plain` by user_csv_hash() */
};

/** What a table would change, group by group. */
struct user_csv {
    struct csv_table table;
    struct batch_edit *edits; /* one for each group */
    unsigned *lines;          /* where each group's first row is */
    size_t n, n_users, n_passwords;
    size_t n_new, n_without; /* users that are not there yet; of those, who gets no password */
    const char *without;     /* some of their names, with commas; NULL: there are none */
};

/** Read a table into edits. @param group for tables without a column `group`; "" none */
void user_csv_read(struct request *req, struct app *app, const char *text, const char *group,
                   struct json_object *problems, struct user_csv *out);

/** Make the hashes of all passwords: before the change is carried out. */
int user_csv_hash(struct request *req, struct app *app, struct user_csv *c,
                  struct error *e) MUST_USE;

#endif
