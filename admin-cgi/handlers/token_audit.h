/*
 * What is done to invitations, in the audit log: by console and API alike, and never with a token
 * that lets somebody in.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_TOKEN_AUDIT_H
#define NEREID_ADMIN_CGI_HANDLERS_TOKEN_AUDIT_H

#include "admin-cgi/request.h"
#include "admin-cgi/store/actor.h"

struct app;
struct token;

/** @param action "token.create", "token.post", "token.put", "token.delete" */
void token_audit(struct request *req, struct app *app, enum actor_kind by, const char *action,
                 const char *group, const char *token);
/** The same of several, in one write. */
void token_audit_all(struct request *req, struct app *app, const char *action,
                     const struct token *const *tokens, size_t n);

#endif
