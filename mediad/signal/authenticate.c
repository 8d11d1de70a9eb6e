#include "mediad/signal/authenticate.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "common/group_name.h"
#include "common/log.h"
#include "common/password_match.h"
#include "common/server_origin.h"
#include "common/token_jwt.h"

enum proof { PROOF_PASSWORD, PROOF_NOBODY, PROOF_JWT };

struct authentication {
    struct pool_job job;
    struct signal_env *env;
    /* NULL: nobody waits any more */
    void (*done)(void *arg, enum refusal refusal, struct identity *identity);
    void *arg;
    struct authentication **running;
    enum proof proof;
    bool has_run;
    bool is_good;
    /* copies, so that the job needs nothing of its owner */
    struct group_desc *desc;
    const struct group_user *user; /* in desc; NULL for nobody */
    char *group;
    char *username;    /* NULL when absent */
    struct buf secret; /* password or token */
    char *canonical_host;
    char *base_path;
    int64_t wall_us;
    struct jwt_claims claims;
    struct error e;
};

void identity_release(struct identity *i)
{
    free(i->username);
    permissions_release(&i->permissions);
    *i = (struct identity){0};
}

static void authentication_free(struct authentication *a)
{
    if (!a)
        return;
    group_desc_unref(a->desc);
    free(a->group);
    free(a->username);
    buf_wipe(&a->secret);
    free(a->canonical_host);
    free(a->base_path);
    jwt_claims_release(&a->claims);
    free(a);
}

void authentication_cancel(struct authentication *a)
{
    if (a)
        a->done = NULL;
}

/* The name counts only now that somebody proved who they are. */
static enum refusal check_name(const struct group_desc *desc, const char *username)
{
    if (user_name_check(span_str(username), NULL) < 0)
        return REFUSAL_BAD_USERNAME;
    if (*username == '\0' && desc->allow_anonymous == IS_FALSE)
        return REFUSAL_NEED_USERNAME;
    return REFUSAL_NONE;
}

static void answer(void (*done)(void *, enum refusal, struct identity *), void *arg,
                   const struct group_desc *desc, enum refusal refusal, struct identity *identity)
{
    if (refusal == REFUSAL_NONE)
        refusal = identity->username ? check_name(desc, identity->username) : REFUSAL_INTERNAL;
    done(arg, refusal, identity);
    identity_release(identity);
}

/* ---- passwords ---- */

/* @return false when out of memory */
static bool digest_password(const struct password *p, uint8_t out[PASSWORD_DIGEST_SIZE])
{
    struct json_object *json = password_to_json(p);
    const char *text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN);
    bool is_good = text && gnutls_hash_fast(GNUTLS_DIG_SHA256, text, strlen(text), out) == 0;

    json_object_put(json);
    return is_good;
}

static enum refusal identify_user(const struct group_desc *desc, const struct group_user *user,
                                  const char *username, struct identity *out)
{
    out->username = strdup(username);
    out->known.login = user == desc->wildcard ? LOGIN_WILDCARD : LOGIN_USER;
    if (!out->username || !digest_password(&user->password, out->known.password_digest) ||
        permission_spec_expand(&out->permissions, &user->permissions, desc->allow_recording,
                               desc->unrestricted_tokens) < 0)
        return REFUSAL_INTERNAL;
    return REFUSAL_NONE;
}

/* Lets in again, without the password, a member that proved before to be this user, as long as the
 * password in the file is still the one that it proved to know. */
static enum refusal recognise_user(const struct credentials *c, const struct group_user *user,
                                   struct identity *out)
{
    enum refusal refusal = user ? identify_user(c->desc, user, c->username, out) : REFUSAL_NONE;

    if (refusal == REFUSAL_NONE &&
        (!user || out->known.login != c->known->login ||
         gnutls_memcmp(out->known.password_digest, c->known->password_digest,
                       PASSWORD_DIGEST_SIZE) != 0))
        refusal = REFUSAL_NOT_AUTHORISED;
    out->known = *c->known;
    return refusal;
}

/* Whether somebody could tell by the time that a name does not exist, or is checked otherwise. */
static bool has_costly_passwords(const struct group_desc *desc)
{
    for (size_t i = 0; i < desc->n_users; i++) {
        if (!password_is_cheap(&desc->users[i].password))
            return true;
    }
    return desc->wildcard && !password_is_cheap(&desc->wildcard->password);
}

/* ---- tokens ---- */

static const struct group_user *find_user(const struct group_desc *desc, const char *username)
{
    return group_desc_user(desc, span_str(username));
}

/* A name given by a token may be any; one that the bearer chose must not be somebody's. */
static enum refusal choose_name(const struct group_desc *desc, const char *by_token,
                                const char *by_client, struct identity *out)
{
    const char *chosen = by_token;

    if (!chosen || *chosen == '\0') {
        chosen = by_client ? by_client : "";
        if (find_user(desc, chosen))
            return REFUSAL_DUPLICATE_USERNAME;
    }
    out->username = strdup(chosen);
    return out->username ? REFUSAL_NONE : REFUSAL_INTERNAL;
}

/* Validity comes before the question for a name, which would tell that the token exists (SIG-23).
 */
static enum refusal use_stateful_token(struct signal_env *env, const struct credentials *c,
                                       struct identity *out)
{
    const struct token *t = NULL;
    struct error e = {0};
    struct log_ctx ctx = {.room = "signal", .group = c->group};
    int r = token_store_get(env->tokens, c->token, &t, &e);

    if (r < 0 && r != ERR_NOT_FOUND)
        log_warn(&ctx, "tokens cannot be read: %s", e.text);
    if (r < 0 || !token_is_valid_for(t, span_str(c->group), env->wall_us))
        return REFUSAL_NOT_AUTHORISED;
    if (!t->username && !c->username)
        return REFUSAL_NEED_USERNAME;
    if (permission_spec_expand(&out->permissions, &t->permissions, c->desc->allow_recording,
                               c->desc->unrestricted_tokens) < 0)
        return REFUSAL_INTERNAL;
    return choose_name(c->desc, t->username, c->username, out);
}

static enum refusal use_claims(const struct authentication *a, struct identity *out)
{
    if (permission_spec_expand(&out->permissions, &a->claims.permissions, a->desc->allow_recording,
                               a->desc->unrestricted_tokens) < 0)
        return REFUSAL_INTERNAL;
    return choose_name(a->desc, a->claims.subject, a->username, out);
}

/* ---- the pool ---- */

static bool match_password(struct authentication *a)
{
    const struct password *p = &a->user->password;
    bool is_large = p->type == PASSWORD_SCRYPT, is_good;

    while (is_large && sem_wait(&a->env->scrypt_slots) < 0 && errno == EINTR)
        ;
    is_good = password_match(p, buf_span(&a->secret));
    if (is_large)
        sem_post(&a->env->scrypt_slots);
    return is_good;
}

static bool match_jwt(struct authentication *a)
{
    const struct jwt_door door = {.keys = a->desc->keys,
                                  .group = a->group,
                                  .canonical_host = a->canonical_host,
                                  .base_path = a->base_path,
                                  .now_us = a->wall_us};

    return jwt_verify(&a->claims, buf_span(&a->secret), &door, &a->e) == 0;
}

static void prove(struct pool_job *job)
{
    struct authentication *a = (struct authentication *)job;

    a->has_run = true;
    switch (a->proof) {
    case PROOF_PASSWORD:
        a->is_good = match_password(a);
        break;
    case PROOF_NOBODY:
        a->is_good = password_match_nobody(buf_span(&a->secret));
        break;
    case PROOF_JWT:
        a->is_good = match_jwt(a);
        break;
    }
}

static void proved(struct pool_job *job)
{
    struct authentication *a = (struct authentication *)job;
    struct identity identity = {0};
    struct log_ctx ctx = {.room = "signal", .group = a->group};
    enum refusal refusal = REFUSAL_NOT_AUTHORISED;

    if (!a->done) {
        authentication_free(a);
        return;
    }
    *a->running = NULL;
    if (!a->has_run)
        refusal = REFUSAL_BUSY;
    else if (a->is_good && a->proof == PROOF_JWT)
        refusal = use_claims(a, &identity);
    else if (a->is_good && a->user)
        refusal = identify_user(a->desc, a->user, a->username, &identity);
    else if (a->proof == PROOF_JWT)
        log_info(&ctx, "token refused: %s", a->e.text);
    answer(a->done, a->arg, a->desc, refusal, &identity);
    authentication_free(a);
}

/* The path of proxyURL, without a final slash; new. */
static char *make_base_path(const struct server_config *config)
{
    struct buf url = {0};
    const char *path;
    char *copy = NULL;

    server_config_base_url(&url, config, span_str("host"), true);
    if (buf_check(&url) == 0) {
        path = strstr(buf_str(&url), "://");
        path = path ? strchr(path + 3, '/') : NULL;
        copy = strdup(path ? path : "");
    }
    buf_release(&url);
    return copy;
}

static int fill_jwt(struct authentication *a)
{
    const struct server_config *config = server_config_file_get(a->env->config, NULL);

    if (config->canonical_host && (a->canonical_host = strdup(config->canonical_host)) == NULL)
        return ERR_NO_MEMORY;
    a->base_path = make_base_path(config);
    return a->base_path ? 0 : ERR_NO_MEMORY;
}

static enum refusal submit(struct signal_env *env, const struct credentials *c, enum proof proof,
                           const struct group_user *user,
                           void (*done)(void *, enum refusal, struct identity *), void *arg,
                           struct authentication **running)
{
    struct authentication *a = calloc(1, sizeof *a);
    int r = ERR_NO_MEMORY;

    if (!a)
        return REFUSAL_INTERNAL;
    a->job.run = prove;
    a->job.done = proved;
    a->env = env;
    a->done = done;
    a->arg = arg;
    a->running = running;
    a->proof = proof;
    a->desc = group_desc_ref((struct group_desc *)c->desc);
    a->user = user;
    a->wall_us = c->known ? c->known->proved_us : env->wall_us;
    a->group = strdup(c->group);
    a->username = c->username ? strdup(c->username) : NULL;
    buf_add_str(&a->secret, proof == PROOF_JWT ? c->token : c->password);
    if (a->group && (!c->username || a->username) && buf_check(&a->secret) == 0 &&
        (proof != PROOF_JWT || fill_jwt(a) == 0))
        r = pool_submit(env->pool, proof == PROOF_JWT ? POOL_FAST : POOL_SLOW, &a->job);
    if (r < 0) {
        authentication_free(a);
        return r == ERR_BUSY ? REFUSAL_BUSY : REFUSAL_INTERNAL;
    }
    *running = a;
    return REFUSAL_NONE;
}

void authenticate(struct signal_env *env, const struct credentials *c,
                  void (*done)(void *, enum refusal, struct identity *), void *arg,
                  struct authentication **running)
{
    struct identity identity = {0};
    enum refusal refusal = REFUSAL_NOT_AUTHORISED;
    const struct group_user *user;
    bool is_cheap;

    if (*c->token != '\0') {
        if (!jwt_has_form(span_str(c->token))) {
            refusal = use_stateful_token(env, c, &identity);
        } else if (c->desc->keys) {
            refusal = submit(env, c, PROOF_JWT, NULL, done, arg, running);
            if (refusal == REFUSAL_NONE)
                return;
        }
        answer(done, arg, c->desc, refusal, &identity);
        return;
    }
    if (!c->username) {
        answer(done, arg, c->desc, REFUSAL_NEED_USERNAME, &identity);
        return;
    }
    user = find_user(c->desc, c->username);
    if (!user)
        user = c->desc->wildcard;
    if (c->known) {
        answer(done, arg, c->desc, recognise_user(c, user, &identity), &identity);
        return;
    }
    is_cheap = user && password_is_cheap(&user->password);
    if (is_cheap && password_match(&user->password, span_str(c->password))) {
        refusal = identify_user(c->desc, user, c->username, &identity);
    } else if ((user && !is_cheap) || has_costly_passwords(c->desc)) {
        refusal = is_cheap || !user ? submit(env, c, PROOF_NOBODY, NULL, done, arg, running)
                                    : submit(env, c, PROOF_PASSWORD, user, done, arg, running);
        if (refusal == REFUSAL_NONE)
            return;
    }
    answer(done, arg, c->desc, refusal, &identity);
}
