/*
 * Doing one job, in a process of its own.
 */
#ifndef NEREID_ADMIN_CGI_JOBS_JOB_WORK_H
#define NEREID_ADMIN_CGI_JOBS_JOB_WORK_H

#include "admin-cgi/app.h"

/** Do the job and write down how it went. @return exit status: 0 also when the job failed */
int job_work(const struct app_options *options, int64_t id);

#endif
