/*
 * One-time ids of forms: the same form sent twice changes once (WEB-6). The id is
 * written by the change itself (struct actor, form_id); here it is looked up.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_FORM_H
#define NEREID_ADMIN_CGI_STORE_STORE_FORM_H

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"

/** Where the result of a form is shown that was already used by the same account; ERR_NOT_FOUND. */
int store_form_find(struct db *db, struct arena *a, const char *form_id, int64_t account_id,
                    const char **url, struct error *e) MUST_USE;
/** Write the actor's form id, when there is one: for a change, in its transaction. ERR_EXISTS when
 * it was used before. */
int store_form_record(struct db *db, const struct actor *actor, struct error *e) MUST_USE;
/** Begin the transaction of an action whose effect is a file, with the actor's form id in it; ended
 * by db_finish(), after the action. So the form counts as used only when the action was done: who
 * sends it again after its process was killed is not told that it was. Nobody else writes
 * meanwhile. ERR_EXISTS when it was used before: then there is no transaction */
int store_form_begin(struct db *db, const struct actor *actor, struct error *e) MUST_USE;
/** For actions that ask other programs, and so may take long: each is done at most once. ERR_EXISTS
 * when it was used before. */
int store_form_use(struct db *db, const struct actor *actor, struct error *e) MUST_USE;
/** The action failed after store_form_use(): the form may be sent again. */
int store_form_forget(struct db *db, const struct actor *actor, struct error *e) MUST_USE;
/** Forget forms older than 24 h. Keeper. */
int store_form_purge(struct db *db, int64_t now_us, struct error *e) MUST_USE;

#endif
