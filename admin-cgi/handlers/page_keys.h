/*
 * The keys that a group's cryptographic tokens are verified with, without their secrets, and a
 * trial of a token by the same check as joining (common/token_jwt.h): /admin/groups/NAME/.keys.
 * Nothing of a trial is kept.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_KEYS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_KEYS_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

void page_keys(struct request *req, struct response *res, struct app *app);
void page_keys_post(struct request *req, struct response *res, struct app *app);

#endif
