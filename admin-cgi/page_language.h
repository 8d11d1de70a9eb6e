/*
 * Which language a page is shown in, for pages that have been translated whole: what `?lang=` says,
 * else what the account of who is signed in says, else what was chosen before (a cookie that
 * static/js/page.js writes and reads too), else what the browser wants.
 */
#ifndef NEREID_ADMIN_CGI_PAGE_LANGUAGE_H
#define NEREID_ADMIN_CGI_PAGE_LANGUAGE_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"
#include "admin-cgi/words.h"

struct app;

/** Choose, remember what `?lang=` says, and tell caches what the answer depends on. Never NULL. */
const struct language *page_language(const struct request *req, struct response *res,
                                     const struct app *app);

/** Show a page in a language, and with the way to the others. @param page NULL is fine */
void page_speak(struct json_object *page, const struct app *app, const struct language *language);

#endif
