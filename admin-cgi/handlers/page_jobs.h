/*
 * All jobs (GET /admin/jobs): what waits, what is under way and how far, and how the last ones
 * ended. One is page_job.h's.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_JOBS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_JOBS_H

#include "admin-cgi/router.h"

route_handler page_jobs;

#endif
