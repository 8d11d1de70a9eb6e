/*
 * A name and a password, wherever the console takes them: who they belong to, with the policy
 * against guessing (SEC-6, SEC-7).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_CREDENTIALS_H
#define NEREID_ADMIN_CGI_HANDLERS_CREDENTIALS_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

/** The name and password that were typed, and the account that they belong to. */
struct credentials {
    const char *name;
    const char *password;
    const char *group;  /* "" for an account or an administrator of config.json */
    int64_t account_id; /* result: 0 for the others */
    bool has_totp;      /* result: a code is needed, too */
};

/**
 * Check them. Every outcome that is not throttled costs one hash, and a name that is not there
 * looks like a wrong password.
 * @param wait_us for ERR_BUSY: when to try again
 * @return 0, ERR_DENIED, ERR_BUSY, or another failure with `e`
 */
int credentials_check(struct request *req, struct app *app, struct credentials *c, int64_t *wait_us,
                      struct error *e) MUST_USE;

/** The same for the person who is signed in, by the password alone. */
int credentials_prove(struct request *req, struct app *app, const char *password, int64_t *wait_us,
                      struct error *e) MUST_USE;

/** "12 seconds", "3 minutes": for the page that says to wait. In the arena. */
const char *credentials_wait_text(struct arena *a, int64_t wait_us);

#endif
