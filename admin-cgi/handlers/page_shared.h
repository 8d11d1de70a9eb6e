/*
 * What is behind a link to a recording (share_link.h), for whoever has it, without an account: a
 * page that plays it (GET /shared/TOKEN), asking for the password first where there is one (POST),
 * and its bytes (GET /shared/TOKEN/recording, /shared/TOKEN/poster). A link that is over, or whose
 * recording is gone, says 410.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_SHARED_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_SHARED_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

void page_shared(struct request *req, struct response *res, struct app *app);
void page_shared_post(struct request *req, struct response *res, struct app *app);
void page_shared_file(struct request *req, struct response *res, struct app *app);
void page_shared_poster(struct request *req, struct response *res, struct app *app);

#endif
