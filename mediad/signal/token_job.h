/*
 * One change of the token file for a session. It waits for a lock and the disk, so it runs in the
 * pool, on copies of all that it needs.
 */
#ifndef NEREID_MEDIAD_SIGNAL_TOKEN_JOB_H
#define NEREID_MEDIAD_SIGNAL_TOKEN_JOB_H

#include "mediad/signal/session_internal.h"
#include "mediad/signal/token_value.h"

enum token_verb { TOKEN_MAKE, TOKEN_EDIT, TOKEN_DELETE };

struct token_job {
    struct pool_job job;
    struct client_session *session; /* NULL: nobody waits any more */
    struct token_writer *writer;
    enum token_verb verb;
    struct token token;       /* made, or as it was changed */
    struct token_value value; /* of an edit: its times */
    char *name;
    char *group;
    int64_t per_group_max;
    bool has_run; /* else the pool ended first */
    int result;
    struct error e;
};

/**
 * For the session's group; the session's `token_job` is for the caller to set.
 * @param name of the token to edit or delete; copied
 * @param done on the control thread, for each job that was submitted
 * @return NULL when out of memory
 */
struct token_job *token_job_new(struct client_session *s, enum token_verb verb, const char *name,
                                void (*done)(struct pool_job *job));
void token_job_free(struct token_job *job);

#endif
