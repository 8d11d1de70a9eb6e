/*
 * One run of nereid-recording beside mediad: what it says on standard output comes back line by
 * line, its log goes where ours goes, and it dies with us. Nothing here waits for it.
 */
#ifndef NEREID_MEDIAD_RECORD_JOB_PROCESS_H
#define NEREID_MEDIAD_RECORD_JOB_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"

#define JOB_LINE_MAX 600
/** Besides the program's name and what it is to die with. */
#define JOB_ARGUMENTS_MAX 6

/** Zeroed is not valid: job_process_init(). */
struct job_process {
    pid_t pid;               /* 0: none runs */
    int end_fd;              /* readable when it has ended (pidfd_open(2)) */
    int out_fd;              /* its standard output */
    char line[JOB_LINE_MAX]; /* the one that runs; what is longer is cut */
    size_t len;
};

void job_process_init(struct job_process *p);
/** @param arguments ends with NULL @return 0, ERR_IO, ERR_NOT_FOUND, ERR_NO_MEMORY */
int job_process_start(struct job_process *p, const char *program, const char *const *arguments,
                      struct error *e) MUST_USE;
/** Hand out the lines that there are by now. @param succeeded exit status 0
 * @return true when it has ended, all its lines are handed out, and it is forgotten */
bool job_process_turn(struct job_process *p, void (*take)(void *arg, char *line), void *arg,
                      bool *succeeded);
/** SIGTERM: it clears up and ends by itself. Fine when none runs. */
void job_process_ask_to_end(const struct job_process *p);
/** SIGKILL, and wait until it is gone. Fine when none runs. */
void job_process_kill(struct job_process *p);

#endif
