#include "mediad/signal/token_job.h"

#include <stdlib.h>
#include <string.h>

#include "common/token_store_write.h"

static int edit(struct token *t, void *arg, struct error *e)
{
    struct token_job *job = arg;
    const struct token_value *v = &job->value;

    if (strcmp(t->group, job->group) != 0)
        return error_set(e, ERR_NOT_FOUND, NULL, "no such token");
    if (v->has_expires) {
        t->has_expires = true;
        t->expires_us = v->expires_us;
    }
    if (v->has_not_before || v->forgets_not_before)
        t->has_not_before = v->has_not_before;
    if (v->has_not_before)
        t->not_before_us = v->not_before_us;
    token_release(&job->token);
    return token_copy(&job->token, t);
}

static int add_one(struct token_job *job, struct token_store *store)
{
    const struct token **all = NULL;
    size_t n = 0;
    int r = token_store_list(store, job->group, &all, &n, &job->e);

    free(all);
    if (r < 0)
        return r;
    if ((int64_t)n >= job->per_group_max)
        return error_set(&job->e, ERR_BUSY, NULL, "this group has too many tokens");
    return token_store_add(store, &job->token, &job->e);
}

static int delete_one(struct token_job *job, struct token_store *store)
{
    const struct token *t = NULL;
    int r = token_store_get(store, job->name, &t, &job->e);

    if (r < 0)
        return r;
    if (strcmp(t->group, job->group) != 0)
        return error_set(&job->e, ERR_NOT_FOUND, NULL, "no such token");
    r = token_copy(&job->token, t);
    if (r < 0)
        return r;
    return token_store_delete(store, job->name, NULL, &job->e);
}

static void run(struct pool_job *pool_job)
{
    struct token_job *job = (struct token_job *)pool_job;
    struct token_store *store = job->writer->store;

    pthread_mutex_lock(&job->writer->lock);
    switch (job->verb) {
    case TOKEN_MAKE:
        job->result = add_one(job, store);
        break;
    case TOKEN_EDIT:
        job->result = token_store_update(store, job->name, NULL, edit, job, &job->e);
        break;
    case TOKEN_DELETE:
        job->result = delete_one(job, store);
        break;
    }
    pthread_mutex_unlock(&job->writer->lock);
    job->has_run = true;
}

void token_job_free(struct token_job *job)
{
    if (!job)
        return;
    token_release(&job->token);
    token_value_release(&job->value);
    free(job->name);
    free(job->group);
    free(job);
}

struct token_job *token_job_new(struct client_session *s, enum token_verb verb, const char *name,
                                void (*done)(struct pool_job *job))
{
    struct token_job *job = calloc(1, sizeof *job);

    if (!job)
        return NULL;
    job->job.run = run;
    job->job.done = done;
    job->session = s;
    job->writer = &s->env->token_writer;
    job->verb = verb;
    job->group = strdup(session_group(s)->name);
    job->name = strdup(name);
    job->per_group_max = env_limits(s->env)->tokens_per_group;
    if (!job->group || !job->name) {
        token_job_free(job);
        return NULL;
    }
    return job;
}
