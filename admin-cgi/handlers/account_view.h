/*
 * What an account may do, on pages: in words, as the fields of a form, and from a form that was
 * sent (WEB-4).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_ACCOUNT_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_ACCOUNT_VIEW_H

#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/store/store_account.h"

/** Fields of the form, for form_check(). */
#define ACCOUNT_RIGHTS_FIELDS "preset", "prefix", "subtree", "most"

/** "Group administrator: a and below; Auditor". In the arena. */
const char *account_view_rights(struct arena *a, const struct account *account);

/**
 * The fields of the partial `rights`.
 * @param account whose rights are shown; NULL: a new one's, which begins with `suggested`
 * @param suggested word of a preset; NULL or none: the rights of a group administrator
 * @param form    as it was sent, which is shown instead; NULL: none
 */
void account_view_show_rights(struct arena *a, struct form_view *v, const struct account *account,
                              const char *suggested, const struct form *form);

/** Role and scopes from a form that was sent; problems are noted. `scope` is what the account's one
 * scope will point to. */
void account_view_read_rights(struct form_view *v, const struct form *form, struct account *out,
                              struct scope *scope);

#endif
