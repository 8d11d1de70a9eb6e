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

/** "/admin/jobs/ID", in the arena. */
const char *page_job_path(struct arena *a, int64_t id);
/** What a job is, for people: "Backup of everything". In the arena. */
const char *page_job_title(struct arena *a, const struct job *job);

#endif
