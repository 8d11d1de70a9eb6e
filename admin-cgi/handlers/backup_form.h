/*
 * What the forms for making a backup and for putting one back have in common: what of it, and the
 * job that does it.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_BACKUP_FORM_H
#define NEREID_ADMIN_CGI_HANDLERS_BACKUP_FORM_H

#include "admin-cgi/form.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/jobs/job.h"
#include "admin-cgi/store/actor.h"
#include "common/error.h"

struct app;

/** Problems of the fields `scope` and `group`. @param choose what is said where no scope is chosen
 */
void backup_form_check_scope(struct form_view *v, const struct form *form, const char *choose);

/**
 * Use the form up and ask for its job, which has the actor's time as its number.
 * @param file the backup to put back; NULL for a new one
 * @return as job_create(), or what store_form_use() says
 */
int backup_form_order(struct app *app, const struct form *form, const struct actor *actor,
                      enum job_kind kind, const char *file, struct error *e) MUST_USE;

#endif
