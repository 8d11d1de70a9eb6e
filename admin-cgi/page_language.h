/*
 * Which language a page is shown in: what `?lang=` says, else what the account of who is signed in
 * says, else what was chosen before (a cookie that static/js/page.js writes and reads too), else
 * what the browser wants, else the server's own.
 */
#ifndef NEREID_ADMIN_CGI_PAGE_LANGUAGE_H
#define NEREID_ADMIN_CGI_PAGE_LANGUAGE_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"
#include "admin-cgi/words.h"

struct app;

/** Choose for the rest of the request: its arena says texts in that language from here on (say.h).
 * What `?lang=` says is remembered. When it was chosen already nothing happens. */
void page_language(struct request *req, struct response *res, const struct app *app);

/** The way to all languages, at the page's foot. @param page NULL is fine */
void page_offer_languages(struct json_object *page, const struct request *req,
                          const struct app *app);

#endif
