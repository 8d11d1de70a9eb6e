/*
 * What the invited may do, as forms offer it.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_TOKEN_KIND_H
#define NEREID_ADMIN_CGI_HANDLERS_TOKEN_KIND_H

#include "admin-cgi/handlers/form_view.h"
#include "common/token.h"

#define TOKEN_KIND_DEFAULT "present"

/** The choices, as `kinds`. @param chosen a word of them; "": as it is, which is one more choice */
void token_kind_options(struct json_object *page, const char *chosen);

/** The word of what a token says; "" for what no form offers. */
const char *token_kind_of(const struct token *t);

/**
 * Give a token the rights of a form's word, in place of those that it has. Operators are invited by
 * who may edit the group; others are a problem that is noted, as is a word that there is not.
 * @return 0, ERR_NO_MEMORY
 */
int token_kind_set(struct request *req, struct form_view *v, struct token *t, const char *group,
                   const char *word) MUST_USE;

#endif
