/*
 * The page of one job: how far it is, how it ended, and a way to stop it.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_JOB_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_JOB_H

#include <json-c/json.h>

#include "admin-cgi/jobs/job.h"
#include "admin-cgi/router.h"

route_handler page_job;
route_handler page_job_post;

/** What pages say of a job, into a page or a row of one: title, path, asked, by, result (not before
 * there is one), percent, is_coming, and the flag of its state. */
void page_job_add(struct request *req, struct json_object *o, const struct job *job);

/** "/admin/jobs/ID", in the arena. */
const char *page_job_path(struct arena *a, int64_t id);
/** What a job is, for people: "Backup of everything". In the arena. */
const char *page_job_title(struct arena *a, const struct job *job);

#endif
