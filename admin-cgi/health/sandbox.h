/*
 * How little the programs may do should somebody break them: as the kernel says of a process
 * (proc(5), /proc/PID/status), not as it was set up.
 */
#ifndef NEREID_ADMIN_CGI_HEALTH_SANDBOX_H
#define NEREID_ADMIN_CGI_HEALTH_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

#include "admin-cgi/store/store_check.h"
#include "common/span.h"

struct process_rights {
    uid_t user;              /* effective */
    bool can_gain;           /* by set-user-ID programs: it has not no_new_privs (prctl(2)) */
    bool calls_are_filtered; /* seccomp(2) */
};

/** @param status the text of /proc/PID/status @return false: it is none, or says too little */
bool process_rights_parse(struct process_rights *out, struct span status);

/** State, value and remedy of two programs' rights; literals that are said where they are shown. */
void sandbox_judge(const struct process_rights *mediad, const struct process_rights *console,
                   struct check_row *out);

/** The same of this process and mediad's. @param mediad its pid; 0: not known */
void sandbox_check(pid_t mediad, struct check_row *out);

#endif
