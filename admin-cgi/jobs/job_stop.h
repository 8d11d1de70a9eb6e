/*
 * Jobs that somebody asked to stop (job_cancel()) and that do not end by themselves, since nobody
 * does them yet, or since their process is at something that asks nobody: a copy of the database, a
 * key made of a passphrase. The keeper ends them, and removes what they left.
 */
#ifndef NEREID_ADMIN_CGI_JOBS_JOB_STOP_H
#define NEREID_ADMIN_CGI_JOBS_JOB_STOP_H

#include <sys/types.h>

#include "admin-cgi/app.h"

/** End what waits and is to stop. @param running_id the job that a process does; 0: none */
void job_stop_waiting(const struct app *app, int64_t running_id, int64_t now_us);

/**
 * End a job together with its process. Not from the moment on when it changes files of the server:
 * then it stops between two of them, and what is decided is carried out.
 * @param child ended and waited for
 * @return false: it goes on
 */
bool job_stop_running(const struct app *app, pid_t child, int64_t id, int64_t now_us);

#endif
