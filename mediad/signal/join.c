/* `join`: the way into a group, one step after the other (signalling.md 2.2, 3.6). While it is
 * decided the session's further messages wait. */
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/now.h"
#include "common/token.h"
#include "mediad/group/admission.h"
#include "mediad/group/moderation.h"
#include "mediad/signal/authenticate.h"
#include "mediad/signal/session_internal.h"
#include "mediad/signal/status.h"

#define PENALTY_US (200 * US_PER_MS)
#define TELL_OPERATORS_US (5 * US_PER_S)

struct join_attempt {
    struct client_session *session;
    struct definition_lookup lookup;
    struct authentication *authentication; /* while the pool works on it */
    struct timer penalty;                  /* before a refusal for credentials is sent */
    const char *error, *text;              /* of that refusal */
    char *group;
    char *username; /* NULL when absent */
    struct buf password;
    struct buf token;
    char *resume;
    struct json_object *data;
    /* the definition that was found; references */
    struct group_desc *desc, *file_desc;
    struct definition found;
    struct identity identity;
};

static void attempt_free(struct join_attempt *j)
{
    if (j == NULL)
        return;
    definition_lookup_cancel(&j->lookup);
    authentication_cancel(j->authentication);
    timer_cancel(&j->penalty);
    free(j->group);
    free(j->username);
    buf_wipe(&j->password);
    buf_wipe(&j->token);
    free(j->resume);
    json_object_put(j->data);
    group_desc_unref(j->desc);
    group_desc_unref(j->file_desc);
    identity_release(&j->identity);
    free(j);
}

void join_cancel(struct client_session *s)
{
    attempt_free(s->join);
    s->join = NULL;
}

/* ---- answers ---- */

static void send_fail(struct client_session *s, const char *group, const char *error,
                      const char *text)
{
    const struct joined joined = {.kind = "fail",
                                  .error = error,
                                  .group = group,
                                  .username = s->member.username,
                                  .value = text};

    s->env->counters.joins_refused++;
    session_send(s, message_write_joined(&joined));
}

/* The end of an attempt, good or bad. */
static void finish(struct client_session *s)
{
    join_cancel(s);
    session_release(s, HOLD_JOIN);
}

static void fail(struct join_attempt *j, const char *error, const char *text)
{
    struct client_session *s = j->session;

    send_fail(s, j->group, error, text);
    finish(s);
}

static void penalty_over(struct timer *timer, int64_t now_us)
{
    struct join_attempt *j =
        (struct join_attempt *)((char *)timer - offsetof(struct join_attempt, penalty));

    (void)now_us;
    fail(j, j->error, j->text);
}

/* Who guesses waits a moment for each answer, and longer after many. */
static struct throttle_counter *failures_of(struct join_attempt *j)
{
    struct signal_env *env = j->session->env;
    struct buf key = {0};
    char address[64];
    struct throttle_counter *counter;

    throttle_address_key(j->session->member.address, address);
    buf_printf(&key, "%s %s", address, j->group);
    counter = throttle_table_get(env->join_failures, buf_span(&key), env->now_us);
    buf_release(&key);
    return counter;
}

static struct throttle_rule join_rule(const struct signal_env *env)
{
    struct throttle_rule rule = throttle_join;

    rule.free_failures = (uint32_t)env_limits(env)->join_failures_per_min;
    return rule;
}

static void fail_later(struct join_attempt *j, const char *error, const char *text)
{
    struct signal_env *env = j->session->env;
    struct throttle_rule rule = join_rule(env);

    throttle_failure(failures_of(j), &rule, env->now_us);
    j->error = error;
    j->text = text;
    j->penalty.fire = penalty_over;
    timer_wheel_set(env->timers, &j->penalty, env->now_us + PENALTY_US);
}

/* ---- the greeting ---- */

static struct span write_status(struct client_session *s, struct buf *out)
{
    const struct live_group *g = session_group(s);
    const struct server_config *config = server_config_file_get(s->env->config, NULL);
    const struct status_view view = {.name = g->name,
                                     .desc = g->desc,
                                     .file_len = g->file_len,
                                     .shows_life = true,
                                     .is_locked = g->lock != NULL,
                                     .tells_unlocked = true,
                                     .can_change_password = config->writable_groups,
                                     .n_clients = g->n_members};

    status_write(out, &view);
    return buf_check(out) == 0 ? buf_span(out) : span_str("{}");
}

static struct frame *write_joined(struct client_session *s, const char *kind, const char *resume)
{
    struct buf status = {0};
    const struct joined joined = {.kind = kind,
                                  .group = session_group(s)->name,
                                  .username = s->member.username,
                                  .resume = resume,
                                  .permissions = &s->member.permissions,
                                  .status = write_status(s, &status),
                                  .data = session_group(s)->data,
                                  .has_data = true,
                                  .rtc_configuration = env_rtc_configuration(s->env)};
    struct frame *f = message_write_joined(&joined);

    buf_release(&status);
    s->rtc_sent_us = s->env->now_us;
    return f;
}

void session_send_change(struct client_session *s)
{
    session_send(s, write_joined(s, "change", NULL));
}

static void greet_with(struct client_session *s, struct frame *f)
{
    if (f != NULL)
        session_push(s, f, true);
    else
        session_send(s, NULL);
}

/* Everything a newcomer is told, in the order that clients rely on (1.7). */
static void greet(struct client_session *s)
{
    struct live_group *g = session_group(s);
    struct frame *joined = write_joined(s, "join", s->resume);

    greet_with(s, joined);
    frame_unref(joined);
    history_expire(&g->history, live_group_history_age_us(g), s->env->now_us);
    for (unsigned i = 0; i < g->history.n; i++)
        greet_with(s, g->history.entries[i].frame);
    if (s->member.add_frame == NULL)
        s->member.add_frame = message_write_user("add", &s->member);
    greet_with(s, s->member.add_frame);
    for (struct member *m = g->first; m != NULL; m = m->next) {
        if (m == &s->member)
            continue;
        if (m->add_frame == NULL)
            m->add_frame = message_write_user("add", m);
        greet_with(s, m->add_frame);
    }
}

/* ---- admission ---- */

/* The member whose place a new connection takes: it knows that one's secret (R27). */
static struct client_session *find_resumed(const struct live_group *g, const char *resume)
{
    size_t len = strlen(resume);

    if (g == NULL || len == 0)
        return NULL;
    for (struct member *m = g->first; m != NULL; m = m->next) {
        struct client_session *old = m->kind == MEMBER_CLIENT ? session_of_member(m) : NULL;

        if (old != NULL && strlen(old->resume) == len &&
            gnutls_memcmp(old->resume, resume, len) == 0)
            return old;
    }
    return NULL;
}

static enum admission admit(struct join_attempt *j, struct live_group *g, bool is_resuming)
{
    struct client_session *s = j->session;
    const struct limits *limits = env_limits(s->env);
    const struct group_desc *desc = g != NULL ? g->desc : j->desc;
    const struct admission_case c = {
        .is_op = permissions_has(&j->identity.permissions, PERMISSION_OP),
        .is_resuming = is_resuming,
        .is_banned = g != NULL && moderation_is_banned(g, j->identity.username, s->member.address,
                                                       s->env->now_us),
        .is_locked = g != NULL ? g->lock != NULL : desc->autolock,
        .has_not_before = desc->has_not_before,
        .has_expires = desc->has_expires,
        .not_before_us = desc->not_before_us,
        .expires_us = desc->expires_us,
        .wall_us = s->env->wall_us,
        .autokick = desc->autokick,
        .has_operator = g != NULL && g->n_operators > 0,
        .max_clients = desc->max_clients,
        .members_max = limits->members_per_group,
        .n_members = g != NULL ? g->n_members : 0,
        .n_members_server = s->env->registry->n_members,
        .server_members_max = limits->members,
        .id_len = strlen(s->member.id),
        .id_is_taken = g != NULL && live_group_find(g, s->member.id) != NULL,
    };

    return admission_decide(&c);
}

/* Operators learn who stands before a closed door (R18), but not of each knock. */
static void tell_operators(struct join_attempt *j, struct live_group *g, const char *text)
{
    struct signal_env *env = j->session->env;
    struct buf b = {0};
    struct said said = {.type = "usermessage", .kind = "info", .privileged = true};
    struct frame *f = NULL;

    if (g == NULL || g->n_operators == 0 ||
        (g->told_us != 0 && env->now_us - g->told_us < TELL_OPERATORS_US))
        return;
    g->told_us = env->now_us;
    buf_printf(&b, "%s was turned away: %s",
               *j->identity.username != '\0' ? j->identity.username : "Somebody", text);
    said.text = buf_str(&b);
    if (buf_check(&b) == 0)
        f = message_write_said(&said);
    if (f != NULL)
        live_group_send(g, f, NULL, true);
    frame_unref(f);
    buf_release(&b);
}

static void refuse(struct join_attempt *j, struct live_group *g, enum admission a)
{
    const char *text = admission_text(a);

    if (a == REFUSE_LOCKED && g != NULL && *g->lock != '\0')
        text = g->lock;
    if (a == REFUSE_LOCKED || a == REFUSE_FULL || a == REFUSE_CLOSED || a == REFUSE_NOT_OPEN_YET)
        tell_operators(j, g, admission_text(a));
    fail(j, admission_error(a), text);
}

/* @return 0 or an error; the member is as before on failure */
static int become_member(struct join_attempt *j, struct live_group *g)
{
    struct client_session *s = j->session;
    struct member *m = &s->member;
    char resume[TOKEN_NAME_SIZE];
    int r = token_new_name(resume);

    if (r < 0)
        return r;
    r = member_set_base(m, &j->identity.permissions);
    if (r < 0)
        return r;
    m->is_user_of_file = j->identity.is_user_of_file;
    m->joined_us = s->env->wall_us;
    m->data = j->data;
    j->data = NULL;
    r = live_group_add(g, m, s->env->now_us);
    if (r < 0) {
        member_clear(m);
        return r;
    }
    snprintf(s->resume, sizeof s->resume, "%s", resume);
    timer_cancel(&s->deadline);
    s->n_unjoined_messages = 0;
    census_joined(&s->env->census, s->census);
    s->env->counters.joins++;
    if (s->env->registry->n_members > s->env->counters.members_peak)
        s->env->counters.members_peak = s->env->registry->n_members;
    return 0;
}

static void enter(struct join_attempt *j)
{
    struct client_session *s = j->session, *old;
    struct signal_env *env = s->env;
    const struct registry_caps caps = {(size_t)env_limits(env)->groups,
                                       (size_t)env_limits(env)->subgroups_per_group};
    struct live_group *g = registry_find(env->registry, j->group);
    struct log_ctx ctx = {.room = "signal", .group = j->group, .client = s->member.id};
    enum admission a;
    int r;

    if (g != NULL)
        moderation_check_operators(g);
    old = find_resumed(g, j->resume);
    a = admit(j, g, old != NULL);
    if (a != ADMIT) {
        refuse(j, g, a);
        return;
    }
    if (old != NULL) {
        g->is_replacing = true;
        session_end(old, CLOSE_NORMAL, "replaced by a new connection");
        g->is_replacing = false;
    }
    r = registry_open(env->registry, j->group, &j->found, &caps, env->now_us, env->wall_us, &g);
    if (r == 0)
        r = become_member(j, g);
    if (r < 0) {
        if (r == ERR_EXISTS)
            fail(j, admission_error(REFUSE_DUPLICATE_ID), admission_text(REFUSE_DUPLICATE_ID));
        else if (r == ERR_BUSY)
            fail(j, "server-full", "the server has reached its limit of groups");
        else
            fail(j, "internal", "internal server error");
        return;
    }
    log_info(&ctx, "joined, %zu in the group", g->n_members);
    greet(s);
    live_group_announce(g, &s->member);
    finish(s);
}

/* ---- credentials ---- */

static void authenticated(void *arg, enum refusal refusal, struct identity *identity)
{
    struct join_attempt *j = arg;
    char *username;

    switch (refusal) {
    case REFUSAL_NONE:
        break;
    case REFUSAL_NOT_AUTHORISED:
        fail_later(j, "not-authorised", "not authorised");
        return;
    case REFUSAL_NEED_USERNAME:
        fail(j, "need-username", "username required");
        return;
    case REFUSAL_DUPLICATE_USERNAME:
        fail(j, "duplicate-username", "not authorised: this username is taken");
        return;
    case REFUSAL_BUSY:
        fail(j, "busy", "the server is busy, please try again");
        return;
    case REFUSAL_INTERNAL:
        fail(j, "internal", "internal server error");
        return;
    }
    username = strdup(identity->username);
    if (username == NULL) {
        fail(j, "internal", "internal server error");
        return;
    }
    throttle_success(failures_of(j));
    free(j->session->member.username);
    j->session->member.username = username;
    j->identity = *identity;
    *identity = (struct identity){0};
    enter(j);
}

/* ---- the group ---- */

static void redirect(struct join_attempt *j)
{
    struct client_session *s = j->session;
    const struct joined joined = {.kind = "redirect",
                                  .group = j->group,
                                  .username = s->member.username,
                                  .value = j->desc->redirect};

    session_send(s, message_write_joined(&joined));
    finish(s);
}

static void no_group(struct join_attempt *j, int result)
{
    if (result == ERR_NOT_FOUND)
        fail(j, "no-such-group", "group does not exist");
    else if (result == ERR_BUSY || result == ERR_UNAVAILABLE)
        fail(j, "busy", "the server is busy, please try again");
    else
        fail(j, "internal", "internal server error");
}

/* What holds for the group: the description in memory if it comes from the same file. */
static int take_definition(struct join_attempt *j, const struct definition *found)
{
    struct live_group *g = registry_find(j->session->env->registry, j->group);

    if (g != NULL && g->file_desc == found->file_desc && g->is_inherited == found->is_inherited) {
        j->desc = group_desc_ref(g->desc);
    } else if (found->is_inherited) {
        if (group_desc_subgroup(&j->desc, found->file_desc) < 0)
            return ERR_NO_MEMORY;
    } else {
        j->desc = group_desc_ref(found->file_desc);
    }
    j->file_desc = group_desc_ref(found->file_desc);
    j->found = *found;
    return 0;
}

static void group_found(struct definition_lookup *lookup, int result)
{
    struct join_attempt *j =
        (struct join_attempt *)((char *)lookup - offsetof(struct join_attempt, lookup));
    struct credentials credentials;

    if (result == 0)
        result = take_definition(j, &lookup->found);
    if (result < 0) {
        no_group(j, result);
        return;
    }
    if (j->desc->redirect != NULL && *j->desc->redirect != '\0') {
        redirect(j);
        return;
    }
    credentials = (struct credentials){.group = j->group,
                                       .desc = j->desc,
                                       .username = j->username,
                                       .password = buf_str(&j->password),
                                       .token = buf_str(&j->token)};
    authenticate(j->session->env, &credentials, authenticated, j, &j->authentication);
}

/* ---- the beginning ---- */

static struct join_attempt *attempt_new(struct client_session *s, const struct message *m)
{
    struct join_attempt *j = calloc(1, sizeof *j);

    if (j == NULL)
        return NULL;
    j->session = s;
    j->group = strdup(m->group);
    j->username = m->username != NULL ? strdup(m->username) : NULL;
    j->resume = strdup(m->resume);
    j->data =
        m->data != NULL && json_object_object_length(m->data) > 0 ? json_object_get(m->data) : NULL;
    buf_add_str(&j->password, m->password);
    buf_add_str(&j->token, m->token);
    if (j->group == NULL || j->resume == NULL || (m->username != NULL && j->username == NULL) ||
        buf_check(&j->password) < 0 || buf_check(&j->token) < 0) {
        attempt_free(j);
        return NULL;
    }
    return j;
}

static bool data_is_too_large(const struct client_session *s, struct json_object *data)
{
    size_t len = 0;

    if (data == NULL)
        return false;
    json_object_to_json_string_length(data, JSON_C_TO_STRING_PLAIN, &len);
    return (int64_t)len > env_limits(s->env)->data_bytes;
}

static void start(struct client_session *s, const struct message *m)
{
    struct join_attempt *j;
    struct throttle_rule rule = join_rule(s->env);

    if (group_name_check(span_str(m->group), NULL) < 0) {
        send_fail(s, m->group, "illegal-group-name", "illegal group name");
        return;
    }
    if (data_is_too_large(s, m->data)) {
        send_fail(s, m->group, "too-large", "the user data is too large");
        return;
    }
    j = attempt_new(s, m);
    if (j == NULL) {
        send_fail(s, m->group, "internal", "internal server error");
        return;
    }
    s->join = j;
    session_hold(s, HOLD_JOIN);
    if (throttle_wait_us(failures_of(j), &rule, s->env->now_us) > 0) {
        fail(j, "throttled", "too many attempts, please try again later");
        return;
    }
    j->lookup.done = group_found;
    definitions_lookup(s->env->registry->definitions, &j->lookup, j->group);
}

static void leave(struct client_session *s, const struct message *m)
{
    const struct live_group *g = session_group(s);
    struct joined joined = {.kind = "leave", .username = s->member.username};
    struct frame *f;

    if (g == NULL || strcmp(g->name, m->group) != 0) {
        session_error(s, "you are not joined");
        return;
    }
    joined.group = m->group;
    f = message_write_joined(&joined);
    session_leave(s);
    session_send(s, f);
    timer_wheel_set(s->env->timers, &s->deadline,
                    s->env->now_us + env_limits(s->env)->join_s * US_PER_S);
}

void join_handle(struct client_session *s, const struct message *m)
{
    if (strcmp(m->kind, "leave") == 0)
        leave(s, m);
    else if (strcmp(m->kind, "join") != 0)
        session_violation(s, "unknown kind");
    else if (session_group(s) != NULL)
        session_violation(s, "cannot join multiple groups");
    else
        start(s, m);
}
