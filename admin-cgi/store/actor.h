/*
 * Who makes a change, for versions and audit log, and the form that asked for it.
 */
#ifndef NEREID_ADMIN_CGI_STORE_ACTOR_H
#define NEREID_ADMIN_CGI_STORE_ACTOR_H

#include <stdbool.h>
#include <stdint.h>

enum actor_kind { ACTOR_CONSOLE, ACTOR_API, ACTOR_FILE, ACTOR_CLI, ACTOR_SYSTEM };

/** All strings borrowed for the call; NULL and 0 mean unknown. */
struct actor {
    enum actor_kind kind;
    int64_t account_id;
    bool is_server_admin;
    const char *name; /* account, user or owner's uid as text */
    const char *address;
    const char *request_id;
    int64_t now_us;
    /* A form's one-time id and where its result is shown: written in the same transaction as the
     * change, so that a form sent twice changes once (ERR_EXISTS the second time; store_form.h). */
    const char *form_id;
    const char *form_url;
};

struct request;
/** The actor of a request, from its principal. */
struct actor actor_of(const struct request *req, enum actor_kind kind);
const char *actor_kind_name(enum actor_kind kind);

#endif
