/*
 * Tables in and out: /admin/csv/groups and /admin/csv/users take a pasted table, say what it would
 * change or what is wrong line by line, and carry it out, all or nothing; the .csv below them is
 * the way out.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_CSV_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_CSV_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

#define CSV_BODY_MAX (4 * 1024 * 1024)

void page_csv_groups(struct request *req, struct response *res, struct app *app);
void page_csv_groups_post(struct request *req, struct response *res, struct app *app);
void page_csv_users(struct request *req, struct response *res, struct app *app);
void page_csv_users_post(struct request *req, struct response *res, struct app *app);
void page_csv_users_file(struct request *req, struct response *res, struct app *app);

#endif
