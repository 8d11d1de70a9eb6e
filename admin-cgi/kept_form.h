/*
 * A form that was sent when its session had ended, or wanted a fresh proof of the password: sealed
 * into the page that asks for the password, and shown again behind it (WEB-9). The
 * server remembers nothing.
 *
 * A kept form opens for an hour, and in the browser that it came from alone. Passwords are not in
 * it.
 */
#ifndef NEREID_ADMIN_CGI_KEPT_FORM_H
#define NEREID_ADMIN_CGI_KEPT_FORM_H

#include "admin-cgi/form.h"
#include "admin-cgi/request.h"

struct app;

#define KEPT_FORM_FIELD "kept"
#define KEPT_FORM_MAX (64 * 1024) /* bytes of a form that is kept */

struct kept_form {
    const char *path;
    struct form form;
};

/** The request's form, whose token the caller has checked, as text for a hidden field; NULL when it
 * is too large, or memory is out. In the arena. */
const char *kept_form_seal(struct request *req, struct app *app, const struct form *form);

/** ERR_INVALID for what was not sealed here, is too old, or came from another browser. */
int kept_form_open(struct kept_form *out, struct request *req, struct app *app, const char *sealed,
                   struct error *e) MUST_USE;

#endif
