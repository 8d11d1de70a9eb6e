/* Invitations: maketoken, edittoken, deletetoken, listtokens (signalling.md 2.7, 5). Writing waits
 * for a lock and the disk, so it is done in the pool, and the session's messages wait meanwhile. */
#include <stdlib.h>
#include <string.h>

#include "common/json_fields.h"
#include "common/log.h"
#include "common/now.h"
#include "mediad/signal/session_internal.h"

enum token_verb { TOKEN_MAKE, TOKEN_EDIT, TOKEN_DELETE };

/* The `value` of an action. */
struct token_value {
    const char *token; /* NULL when absent, as are all of them */
    const char *group;
    const char *username;
    struct permission_spec permissions;
    bool has_expires, has_not_before;
    bool forgets_not_before; /* an empty string: take the time away (R16) */
    int64_t expires_us, not_before_us;
};

struct token_job {
    struct pool_job job;
    struct client_session *session; /* NULL: nobody waits any more */
    struct token_writer *writer;
    enum token_verb verb;
    struct token token;       /* made, or as it was changed */
    struct token_value value; /* of an edit; its strings are not used */
    char *name;
    char *group;
    int64_t per_group_max;
    bool has_run;
    int result;
    struct error e;
};

/* ---- answers ---- */

static void reply(struct client_session *s, const char *kind, const char *error,
                  struct json_object *value, const char *text)
{
    const struct said said = {.type = "usermessage",
                              .kind = kind,
                              .error = error,
                              .dest = s->member.id,
                              .privileged = true,
                              .value = value,
                              .text = text};

    session_send(s, message_write_said(&said));
}

static void refuse(struct client_session *s, const char *text)
{
    reply(s, "token", "error", NULL, text);
}

static void refuse_rights(struct client_session *s, const char *kind)
{
    reply(s, kind, "not-authorised", NULL, "not authorised");
}

/* ---- reading the value ---- */

/* RFC 3339, or milliseconds from now. @return 0, 1 for an empty string, ERR_INVALID */
static int read_time(struct json_object *json, int64_t wall_us, int64_t *out)
{
    double ms;

    if (json_object_is_type(json, json_type_string)) {
        if (json_object_get_string_len(json) == 0)
            return 1;
        return time_parse_rfc3339(span_str(json_object_get_string(json)), out) == 0 ? 0
                                                                                    : ERR_INVALID;
    }
    if (!json_object_is_type(json, json_type_int) && !json_object_is_type(json, json_type_double))
        return ERR_INVALID;
    ms = json_object_get_double(json);
    if (!(ms > -1e14 && ms < 1e14))
        return ERR_INVALID;
    *out = wall_us + (int64_t)(ms * 1000);
    return 0;
}

static const char *read_string(struct json_fields *f, const char *name)
{
    const char *text = NULL;

    json_fields_string(f, name, &text);
    return text;
}

/* @return NULL, or what is wrong with a time */
static const char *read_times(struct json_fields *f, int64_t wall_us, struct token_value *out)
{
    struct json_object *json = json_fields_get(f, "expires");
    int r;

    if (json != NULL) {
        if (read_time(json, wall_us, &out->expires_us) != 0)
            return "bad time value";
        out->has_expires = true;
    }
    json = json_fields_get(f, "not-before");
    if (json == NULL)
        return NULL;
    r = read_time(json, wall_us, &out->not_before_us);
    if (r < 0)
        return "bad time value";
    out->has_not_before = r == 0;
    out->forgets_not_before = r == 1;
    return NULL;
}

static const char *unknown_member(struct json_object *object)
{
    static const char *const known[] = {"token",   "username",   "group",    "permissions",
                                        "expires", "not-before", "issuedBy", "issuedAt"};

    json_object_object_foreach(object, key, item)
    {
        bool is_known = item == NULL;

        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            is_known = is_known || strcmp(key, known[i]) == 0;
        if (!is_known)
            return key;
    }
    return NULL;
}

/* What is not understood is refused, since dropping it would make another token than was meant
 * (R16). @return NULL, or the text of the refusal */
static const char *read_value(struct json_object *object, int64_t wall_us, struct token_value *out)
{
    struct error e = {0};
    struct json_fields f = {.object = object, .e = &e};

    if (!json_object_is_type(object, json_type_object))
        return "bad token value";
    if (unknown_member(object) != NULL)
        return "unknown field in token";
    out->token = read_string(&f, "token");
    out->username = read_string(&f, "username");
    out->group = read_string(&f, "group");
    if (f.result < 0)
        return "bad string value";
    if (permission_spec_parse(&out->permissions, json_fields_get(&f, "permissions"), NULL) < 0)
        return "bad string list";
    return read_times(&f, wall_us, out);
}

/* ---- the pool ---- */

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

static void job_free(struct token_job *job)
{
    token_release(&job->token);
    permission_spec_release(&job->value.permissions);
    free(job->name);
    free(job->group);
    free(job);
}

static void answer(struct client_session *s, const struct token_job *job)
{
    struct log_ctx ctx = {.room = "signal", .group = job->group, .client = s->member.id};
    struct json_object *value;

    if (!job->has_run) {
        refuse(s, "the server is busy");
    } else if (job->result == ERR_NOT_FOUND) {
        refuse(s, "file does not exist");
    } else if (job->result == ERR_PRECONDITION) {
        refuse(s, "tag mismatch");
    } else if (job->result < 0) {
        log_warn(&ctx, "token not written: %s", job->e.text);
        refuse(s, *job->e.text != '\0' ? job->e.text : err_text(job->result));
    } else {
        value = token_to_json(&job->token);
        reply(s, "token", NULL, value, NULL);
        json_object_put(value);
    }
}

static void done(struct pool_job *pool_job)
{
    struct token_job *job = (struct token_job *)pool_job;
    struct client_session *s = job->session;

    if (s != NULL) {
        s->token_job = NULL;
        answer(s, job);
    }
    job_free(job);
    if (s != NULL)
        session_release(s, HOLD_TOKEN);
}

void token_cancel(struct client_session *s)
{
    if (s->token_job != NULL)
        s->token_job->session = NULL;
    s->token_job = NULL;
}

static struct token_job *job_new(struct client_session *s, enum token_verb verb, const char *name)
{
    struct token_job *job = calloc(1, sizeof *job);

    if (job == NULL)
        return NULL;
    job->job.run = run;
    job->job.done = done;
    job->session = s;
    job->writer = &s->env->token_writer;
    job->verb = verb;
    job->group = strdup(session_group(s)->name);
    job->name = strdup(name);
    job->per_group_max = env_limits(s->env)->tokens_per_group;
    if (job->group == NULL || job->name == NULL) {
        job_free(job);
        return NULL;
    }
    return job;
}

static void submit(struct client_session *s, struct token_job *job)
{
    int r = job != NULL ? pool_submit(s->env->pool, POOL_FAST, &job->job) : ERR_NO_MEMORY;

    if (r < 0) {
        if (job != NULL)
            job_free(job);
        refuse(s, r == ERR_BUSY ? "the server is busy" : "internal server error");
        return;
    }
    s->token_job = job;
    session_hold(s, HOLD_TOKEN);
}

/* ---- actions ---- */

static int fill_new(struct client_session *s, struct token_value *v, struct token *t)
{
    char name[TOKEN_NAME_SIZE];
    int r = token_new_name(name);

    if (r < 0)
        return r;
    t->token = strdup(name);
    t->group = strdup(session_group(s)->name);
    t->username = v->username != NULL ? strdup(v->username) : NULL;
    t->issued_by = *s->member.username != '\0' ? strdup(s->member.username) : NULL;
    t->permissions = v->permissions;
    v->permissions = (struct permission_spec){0};
    t->has_expires = true;
    t->expires_us = v->expires_us;
    t->has_not_before = v->has_not_before;
    t->not_before_us = v->not_before_us;
    t->has_issued_at = true;
    t->issued_at_us = s->env->wall_us;
    if (t->token == NULL || t->group == NULL || (v->username != NULL && t->username == NULL) ||
        (*s->member.username != '\0' && t->issued_by == NULL))
        return ERR_NO_MEMORY;
    return 0;
}

/* A role counts for what it means in this group at present. */
static bool may_grant(const struct member *m, const struct group_desc *desc,
                      const struct permission_spec *wanted)
{
    struct permissions set = {0};
    bool may = permission_spec_expand(&set, wanted, desc->allow_recording,
                                      desc->unrestricted_tokens) == 0 &&
               permissions_include(&m->permissions, &set);

    permissions_release(&set);
    return may;
}

/* @return NULL, or why this token may not be made; *is_rights for want of rights */
static const char *check_new(struct client_session *s, const struct token_value *v, bool *is_rights)
{
    const struct live_group *g = session_group(s);

    if (v->token != NULL && *v->token != '\0')
        return "client specified token";
    if (v->group == NULL || strcmp(v->group, g->name) != 0)
        return "wrong group in token";
    if (!v->has_expires)
        return "token doesn't expire";
    if (v->username != NULL && group_desc_user(g->desc, span_str(v->username)) != NULL)
        return "that username is taken";
    if (v->username != NULL && user_name_check(span_str(v->username), NULL) < 0)
        return "bad string value";
    *is_rights = !may_grant(&s->member, g->desc, &v->permissions);
    return NULL;
}

void token_make(struct client_session *s, struct json_object *value)
{
    struct token_value v = {0};
    struct token_job *job;
    bool lacks_rights = false;
    const char *problem;

    if (!member_may(&s->member, PERMISSION_TOKEN)) {
        refuse_rights(s, "token");
        return;
    }
    problem = read_value(value, s->env->wall_us, &v);
    if (problem == NULL)
        problem = check_new(s, &v, &lacks_rights);
    if (problem != NULL || lacks_rights) {
        if (problem != NULL)
            refuse(s, problem);
        else
            refuse_rights(s, "token");
        goto out;
    }
    job = job_new(s, TOKEN_MAKE, "");
    if (job != NULL && fill_new(s, &v, &job->token) < 0) {
        job_free(job);
        job = NULL;
    }
    submit(s, job);
out:
    permission_spec_release(&v.permissions);
}

void token_edit(struct client_session *s, struct json_object *value)
{
    struct token_value v = {0};
    struct token_job *job;
    const char *problem;

    if (!member_may(&s->member, PERMISSION_TOKEN | PERMISSION_OP)) {
        refuse_rights(s, "token");
        return;
    }
    problem = read_value(value, s->env->wall_us, &v);
    if (problem == NULL && ((v.group != NULL && *v.group != '\0') || v.username != NULL ||
                            v.permissions.role != ROLE_NONE))
        problem = "this field cannot be edited";
    if (problem != NULL) {
        refuse(s, problem);
        goto out;
    }
    job = job_new(s, TOKEN_EDIT, v.token != NULL ? v.token : "");
    if (job != NULL) {
        job->value = v;
        job->value.permissions = (struct permission_spec){0};
    }
    submit(s, job);
out:
    permission_spec_release(&v.permissions);
}

void token_delete_one(struct client_session *s, struct json_object *value)
{
    struct token_value v = {0};
    const char *problem;

    if (!member_may(&s->member, PERMISSION_TOKEN | PERMISSION_OP)) {
        refuse_rights(s, "token");
        return;
    }
    problem = read_value(value, s->env->wall_us, &v);
    if (problem != NULL)
        refuse(s, problem);
    else
        submit(s, job_new(s, TOKEN_DELETE, v.token != NULL ? v.token : ""));
    permission_spec_release(&v.permissions);
}

void token_list(struct client_session *s)
{
    const struct token **all = NULL;
    size_t n = 0;
    struct error e = {0};
    struct json_object *array;

    if (!member_may(&s->member, PERMISSION_TOKEN | PERMISSION_OP)) {
        refuse_rights(s, "tokenlist");
        return;
    }
    if (token_store_list(s->env->tokens, session_group(s)->name, &all, &n, &e) < 0 ||
        (array = json_object_new_array()) == NULL) {
        reply(s, "tokenlist", "error", NULL, *e.text != '\0' ? e.text : "internal server error");
        free(all);
        return;
    }
    for (size_t i = 0; i < n; i++)
        json_object_array_add(array, token_to_json(all[i]));
    free(all);
    reply(s, "tokenlist", NULL, array, NULL);
    json_object_put(array);
}
