/*
 * Making an account inside a transaction that does more: shared by store_account.c and
 * store_setup.c.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_ACCOUNT_INTERNAL_H
#define NEREID_ADMIN_CGI_STORE_STORE_ACCOUNT_INTERNAL_H

#include "admin-cgi/store/store_account.h"

/** As store_account_create(), in the running write transaction. */
int account_insert(struct db *db, const struct account *account, const struct actor *actor,
                   int64_t *id_out, struct error *e) MUST_USE;

#endif
