/*
 * Browsers that somebody has signed in on before (SEC-6): a cookie that says for
 * which name, and that nobody else can make.
 */
#ifndef NEREID_ADMIN_CGI_DEVICE_H
#define NEREID_ADMIN_CGI_DEVICE_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

/** The id of this browser when the name has signed in on it; NULL: unknown. In the arena.
 *  @param group "" for accounts and administrators of config.json */
const char *device_known(struct request *req, struct app *app, const char *group, const char *name);
/** After a sign-in: this browser is known to that name for 180 days. */
void device_know(struct request *req, struct response *res, struct app *app, const char *group,
                 const char *name);
/** The cookie as it came, or "". */
const char *device_cookie(const struct request *req);

#endif
