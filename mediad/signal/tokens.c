#include "mediad/signal/tokens.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/session_inbox.h"
#include "mediad/signal/session_internal.h"
#include "mediad/signal/session_output.h"
#include "mediad/signal/token_job.h"
#include "mediad/signal/token_value.h"

/* ---- answers ---- */

static void reply(struct client_session *s, const char *kind, const char *error,
                  struct json_object *value, const char *text)
{
    const struct chat_message notice = {.type = "usermessage",
                                        .kind = kind,
                                        .error = error,
                                        .privileged = true,
                                        .value = value,
                                        .text = text};

    session_send(s, message_write_chat(&notice));
}

static void refuse(struct client_session *s, const char *text)
{
    reply(s, "token", "error", NULL, text);
}

static void refuse_rights(struct client_session *s, const char *kind)
{
    reply(s, kind, "not-authorised", NULL, "not authorised");
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

    if (s) {
        s->token_job = NULL;
        answer(s, job);
    }
    token_job_free(job);
    if (s)
        session_release(s, HOLD_TOKEN);
}

static void cancel(struct client_session *s)
{
    if (s->token_job)
        s->token_job->session = NULL;
    s->token_job = NULL;
}

static void submit(struct client_session *s, struct token_job *job)
{
    int r = job ? pool_submit(s->env->pool, POOL_FAST, &job->job) : ERR_NO_MEMORY;

    if (r < 0) {
        token_job_free(job);
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
    t->username = v->username ? strdup(v->username) : NULL;
    t->issued_by = *s->member.username != '\0' ? strdup(s->member.username) : NULL;
    t->permissions = v->permissions;
    v->permissions = (struct permission_spec){0};
    t->has_expires = true;
    t->expires_us = v->expires_us;
    t->has_not_before = v->has_not_before;
    t->not_before_us = v->not_before_us;
    t->has_issued_at = true;
    t->issued_at_us = s->env->wall_us;
    if (!t->token || !t->group || (v->username && !t->username) ||
        (*s->member.username != '\0' && !t->issued_by))
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

    if (v->token && *v->token != '\0')
        return "client specified token";
    if (!v->group || strcmp(v->group, g->name) != 0)
        return "wrong group in token";
    if (!v->has_expires)
        return "token doesn't expire";
    if (v->username && group_desc_user(g->desc, span_str(v->username)))
        return "that username is taken";
    if (v->username && user_name_check(span_str(v->username), NULL) < 0)
        return "bad string value";
    *is_rights = !may_grant(&s->member, g->desc, &v->permissions);
    return NULL;
}

void token_make(struct client_session *s, struct json_object *value)
{
    struct token_value v = {0};
    struct error e = {0};
    struct token_job *job;
    bool lacks_rights = false;
    const char *problem;

    if (!member_may(&s->member, PERMISSION_TOKEN)) {
        refuse_rights(s, "token");
        return;
    }
    problem = token_value_read(&v, value, s->env->wall_us, &e) < 0 ? e.text : NULL;
    if (!problem)
        problem = check_new(s, &v, &lacks_rights);
    if (problem || lacks_rights) {
        if (problem)
            refuse(s, problem);
        else
            refuse_rights(s, "token");
        goto out;
    }
    job = token_job_new(s, TOKEN_MAKE, "", done);
    if (job && fill_new(s, &v, &job->token) < 0) {
        token_job_free(job);
        job = NULL;
    }
    submit(s, job);
out:
    token_value_release(&v);
}

void token_edit(struct client_session *s, struct json_object *value)
{
    struct token_value v = {0};
    struct error e = {0};
    struct token_job *job;
    const char *problem;

    if (!member_may(&s->member, PERMISSION_TOKEN | PERMISSION_OP)) {
        refuse_rights(s, "token");
        return;
    }
    problem = token_value_read(&v, value, s->env->wall_us, &e) < 0 ? e.text : NULL;
    if (!problem &&
        ((v.group && *v.group != '\0') || v.username || v.permissions.role != ROLE_NONE))
        problem = "this field cannot be edited";
    if (problem) {
        refuse(s, problem);
        goto out;
    }
    job = token_job_new(s, TOKEN_EDIT, v.token ? v.token : "", done);
    if (job) {
        job->value = v;
        job->value.token = job->value.group = job->value.username = NULL;
        job->value.permissions = (struct permission_spec){0};
    }
    submit(s, job);
out:
    token_value_release(&v);
}

void token_delete_one(struct client_session *s, struct json_object *value)
{
    struct token_value v = {0};
    struct error e = {0};
    const char *problem;

    if (!member_may(&s->member, PERMISSION_TOKEN | PERMISSION_OP)) {
        refuse_rights(s, "token");
        return;
    }
    problem = token_value_read(&v, value, s->env->wall_us, &e) < 0 ? e.text : NULL;
    if (problem)
        refuse(s, problem);
    else
        submit(s, token_job_new(s, TOKEN_DELETE, v.token ? v.token : "", done));
    token_value_release(&v);
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

const struct session_part token_part = {.end = cancel};
