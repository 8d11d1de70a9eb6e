/*
 * Groups as a table: a column `name` and one for each setting, by its name in the file.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_GROUP_CSV_H
#define NEREID_ADMIN_CGI_HANDLERS_GROUP_CSV_H

#include "admin-cgi/handlers/csv_table.h"
#include "admin-cgi/request.h"
#include "admin-cgi/response.h"
#include "admin-cgi/store/store_batch.h"

struct app;

/** Answer with these groups as a file; those that cannot be read are left out. */
void group_csv_send(struct request *req, struct response *res, struct app *app,
                    const char *const *names, size_t n);
/** The same with all groups that this person sees, by name. */
void group_csv_send_all(struct request *req, struct response *res, struct app *app);

/** What a table would change. */
struct group_csv {
    struct csv_table table;
    struct batch_edit *edits; /* one for each row */
    size_t n, n_new;
    struct json_object *changes; /* borrowed: a row for each group that would be another one */
    bool has_more_changes;       /* than are listed there */
};

/** Read a table into edits. Problems are noted in `problems`.
 * @param changes an array for rows with line, name, is_new, and the names of what would be set
 *                (`sets`) and taken away (`drops`); NULL: nobody looks at it */
void group_csv_read(struct request *req, struct app *app, const char *text,
                    struct json_object *problems, struct json_object *changes,
                    struct group_csv *out);

#endif
