/*
 * The end of every way in: a new session, its cookie, and where to go.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_SIGN_IN_H
#define NEREID_ADMIN_CGI_HANDLERS_SIGN_IN_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

/** Who signs in, and where that leads. */
struct sign_in {
    int64_t account_id; /* 0: an administrator of config.json, or a user of a group */
    const char *group;  /* of a group's user; "" otherwise */
    const char *name;
    const char
        *next; /* a path of ours as it came from the browser, or NULL: checked here (SEC-11) */
    const char *kept; /* a form that waits, sealed; NULL or "": none */
};

/**
 * Make a session in place of the one the browser has (SEC-2) and redirect, or show the kept form:
 * the browser is known to that name from here on, the audit log has it, and who has an account is
 * told when it was used before.
 */
int sign_in(struct request *req, struct response *res, struct app *app, const struct sign_in *s,
            struct error *e) MUST_USE;

/** A sign-in that failed, for the audit log.
 * @param detail JSON; NULL: none */
void sign_in_refused(struct request *req, struct app *app, const char *name, const char *detail);

/**
 * After the password was given again: the form that waited for it, to be sent on.
 * @param sealed     of kept_form_seal(), as it came from the browser
 * @param session_id whose token the form gets
 * @return false: there is none that may be shown; `res` is untouched
 */
bool sign_in_resume(struct request *req, struct response *res, struct app *app, const char *sealed,
                    const char *session_id);

/** A path below /admin/ that may be redirected to; else "/admin/". */
const char *sign_in_next(const char *next);

#endif
