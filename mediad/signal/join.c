#include "mediad/signal/join.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/now.h"
#include "common/server_origin.h"
#include "common/token.h"
#include "mediad/group/admission.h"
#include "mediad/group/moderation.h"
#include "mediad/signal/authenticate.h"
#include "mediad/signal/greeting.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/session_inbox.h"
#include "mediad/signal/session_internal.h"
#include "mediad/signal/session_life.h"
#include "mediad/signal/session_output.h"

#define PENALTY_US (200 * US_PER_MS)
#define NAME_PROBLEM_SIZE 256
#define LOOKUPS_MAX 4 /* for one join, of a file that changes all the time */
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
    bool has_features;
    unsigned features;
    struct json_object *data;
    /* the definition that was found; references */
    struct group_desc *desc, *file_desc;
    struct definition found;
    unsigned n_lookups;
    struct identity identity;
};

static void attempt_free(struct join_attempt *j)
{
    if (!j)
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

static void cancel(struct client_session *s)
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

/* The session's attempt has ended, well or not: messages that waited are handled. */
static void finish(struct client_session *s)
{
    cancel(s);
    session_release(s, HOLD_JOIN);
}

/* Answer with `joined/fail`, and end the attempt. */
static void fail(struct join_attempt *j, const char *error, const char *text)
{
    struct client_session *s = j->session;

    send_fail(s, j->group, error, text);
    finish(s);
}

static void penalty_over(struct timer *timer, int64_t now_us)
{
    struct join_attempt *j = CONTAINER_OF(timer, struct join_attempt, penalty);

    (void)now_us;
    fail(j, j->error, j->text);
}

/* A client that guesses waits a moment for each answer, and longer after many. */
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

static const struct {
    const char *error, *text;
} refusals[] = {
    [REFUSAL_NOT_AUTHORISED] = {"not-authorised", "not authorised"},
    [REFUSAL_NEED_USERNAME] = {"need-username", "username required"},
    [REFUSAL_DUPLICATE_USERNAME] = {"duplicate-username", "not authorised: this username is taken"},
    [REFUSAL_BAD_USERNAME] = {"not-authorised", "not authorised: this cannot be a name"},
    [REFUSAL_BUSY] = {"busy", "the server is busy, please try again"},
    [REFUSAL_INTERNAL] = {"internal", "internal server error"},
};

static void refuse(struct join_attempt *j, enum refusal refusal)
{
    fail(j, refusals[refusal].error, refusals[refusal].text);
}

/* The rule that a name breaks, whoever it may belong to. @return false: none */
static bool name_problem(const char *username, char *text, size_t size)
{
    struct error e = {0};

    if (!username || user_name_check(span_str(username), &e) == 0)
        return false;
    snprintf(text, size, "%s: %s", refusals[REFUSAL_BAD_USERNAME].text, e.text);
    return true;
}

/* ---- the door: name and permissions are known ---- */

/* The member whose place a new connection takes: it knows that one's secret. */
static struct client_session *find_resumed(const struct live_group *g, const char *resume)
{
    size_t len = strlen(resume);

    if (!g || len == 0)
        return NULL;
    LIST_EACH (struct member, m, &g->members, in_group) {
        struct client_session *old = m->kind == MEMBER_CLIENT ? session_of_member(m) : NULL;

        if (old && strlen(old->resume) == len && gnutls_memcmp(old->resume, resume, len) == 0)
            return old;
    }
    return NULL;
}

static enum admission admit(struct join_attempt *j, struct live_group *g, bool is_resuming)
{
    struct client_session *s = j->session;
    const struct limits *limits = env_limits(s->env);
    const struct group_desc *desc = g ? g->desc : j->desc;
    const struct admission_case c = {
        .is_op = permissions_has(&j->identity.permissions, PERMISSION_OP),
        .is_resuming = is_resuming,
        .is_banned =
            g && bans_include(&g->bans, j->identity.username, s->member.address, s->env->now_us),
        .is_locked = g ? g->lock != NULL : desc->autolock,
        .has_not_before = desc->has_not_before,
        .has_expires = desc->has_expires,
        .not_before_us = desc->not_before_us,
        .expires_us = desc->expires_us,
        .wall_us = s->env->wall_us,
        .autokick = desc->autokick,
        .has_operator = g && g->n_operators > 0,
        .max_clients = desc->max_clients,
        .members_max = limits->members_per_group,
        .n_members = g ? g->n_members : 0,
        .n_members_server = s->env->registry->n_members,
        .server_members_max = limits->members,
        .id_len = strlen(s->member.id),
        .id_is_taken = g && live_group_find(g, s->member.id),
    };

    return admission_decide(&c);
}

/* Operators learn who stands before a closed door, but not of each knock. */
static void tell_operators(struct join_attempt *j, struct live_group *g, const char *text)
{
    struct signal_env *env = j->session->env;
    struct buf b = {0};
    struct chat_message notice = {.type = "usermessage", .kind = "info", .privileged = true};
    struct frame *f = NULL;

    if (!g || g->n_operators == 0 ||
        (g->told_us != 0 && env->now_us - g->told_us < TELL_OPERATORS_US))
        return;
    g->told_us = env->now_us;
    buf_printf(&b, "%s was turned away: %s",
               *j->identity.username != '\0' ? j->identity.username : "Somebody", text);
    notice.text = buf_str(&b);
    if (buf_check(&b) == 0)
        f = message_write_chat(&notice);
    if (f)
        live_group_send(g, f, NULL, true);
    frame_unref(f);
    buf_release(&b);
}

static void turn_away(struct join_attempt *j, struct live_group *g, enum admission a)
{
    const char *text = admission_text(a);

    if (a == REFUSE_LOCKED && g && *g->lock != '\0')
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
    m->login = j->identity.login;
    m->features = j->features;
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
    census_joined(&s->env->census, &s->census, s->env->now_us);
    s->env->counters.joins++;
    if (s->env->registry->n_members > s->env->counters.members_peak)
        s->env->counters.members_peak = s->env->registry->n_members;
    return 0;
}

/* In, perhaps in place of an earlier connection: until the newcomer is there the group is not taken
 * for one that has lost its operator. */
static int come_in(struct join_attempt *j, struct client_session *old, struct live_group **g)
{
    struct signal_env *env = j->session->env;
    const struct registry_caps caps = {(size_t)env_limits(env)->groups,
                                       (size_t)env_limits(env)->subgroups_per_group};
    int r;

    r = registry_open(env->registry, j->group, &j->found, &caps, env->now_us, env->wall_us, g);
    if (r < 0)
        return r;
    if (old) {
        if (!j->has_features)
            j->features = old->member.features;
        session_leave(old, LEAVING_REPLACED);
        session_end(old, CLOSE_NORMAL, "replaced by a new connection");
    }
    return become_member(j, *g);
}

static void fail_to_come_in(struct join_attempt *j, int r)
{
    if (r == ERR_EXISTS)
        fail(j, admission_error(REFUSE_DUPLICATE_ID), admission_text(REFUSE_DUPLICATE_ID));
    else if (r == ERR_BUSY)
        fail(j, "server-full", "the server has reached its limit of groups");
    else
        fail(j, "internal", "internal server error");
}

static void enter(struct join_attempt *j)
{
    struct client_session *s = j->session, *old;
    struct live_group *g = registry_find(s->env->registry, j->group);
    struct log_ctx ctx = {.room = "signal", .group = j->group, .client = s->member.id};
    bool takes_place;
    enum admission a;
    int r;

    if (g)
        moderation_check_operators(g);
    old = find_resumed(g, j->resume);
    takes_place = old;
    a = admit(j, g, takes_place);
    if (a != ADMIT) {
        turn_away(j, g, a);
        return;
    }
    r = come_in(j, old, &g);
    if (r == 0) {
        log_info(&ctx, "joined, %zu in the group", g->n_members);
        session_greet(s);
        live_group_announce(g, &s->member);
        finish(s);
    } else {
        fail_to_come_in(j, r);
    }
    /* The place may have been an operator's, and the newcomer none. Last: it may put out anybody.
     */
    if (takes_place)
        moderation_check_operators(g);
}

/* ---- credentials ---- */

static void look_up(struct join_attempt *j);

/* While a password was hashed the file may have changed: then what was proved is of no more use. */
static bool is_outdated(const struct join_attempt *j)
{
    struct definition present;

    return definitions_peek(j->session->env->registry->definitions, j->group, &present) < 0 ||
           present.file_desc != j->file_desc || present.is_inherited != j->found.is_inherited;
}

static void authenticated(void *arg, enum refusal refusal, struct identity *identity)
{
    struct join_attempt *j = arg;
    char *username = refusal == REFUSAL_NONE ? strdup(identity->username) : NULL;
    char text[NAME_PROBLEM_SIZE];

    if (refusal == REFUSAL_NOT_AUTHORISED) {
        fail_later(j, refusals[refusal].error, refusals[refusal].text);
        return;
    }
    if (refusal == REFUSAL_BAD_USERNAME && name_problem(j->username, text, sizeof text)) {
        fail(j, refusals[refusal].error, text);
        return;
    }
    if (!username) {
        refuse(j, refusal != REFUSAL_NONE ? refusal : REFUSAL_INTERNAL);
        return;
    }
    if (is_outdated(j)) {
        free(username);
        look_up(j);
        return;
    }
    /* Only a password of one's own clears the count: else who guesses one would come in as a guest
     * now and then. */
    if (identity->login == LOGIN_USER)
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
    struct joined joined = {.kind = "redirect", .group = j->group, .username = s->member.username};
    struct buf target = {0};

    server_config_link(&target, server_config_file_get(s->env->config, NULL), j->desc->redirect);
    joined.value = buf_str(&target);
    session_send(s, message_write_joined(&joined));
    buf_release(&target);
    finish(s);
}

static void no_group(struct join_attempt *j, int result)
{
    if (result == ERR_NOT_FOUND)
        fail(j, "no-such-group", "group does not exist");
    else if (result == ERR_BUSY || result == ERR_UNAVAILABLE)
        refuse(j, REFUSAL_BUSY);
    else
        refuse(j, REFUSAL_INTERNAL);
}

/* Keep the description that holds for the group: the one in memory if it comes from the same file.
 */
static int hold_definition(struct join_attempt *j, const struct definition *found)
{
    struct live_group *g = registry_find(j->session->env->registry, j->group);

    if (g && g->file_desc == found->file_desc && g->is_inherited == found->is_inherited) {
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
    struct join_attempt *j = CONTAINER_OF(lookup, struct join_attempt, lookup);
    struct credentials credentials;

    if (result == 0)
        result = hold_definition(j, &lookup->found);
    if (result < 0) {
        no_group(j, result);
        return;
    }
    if (j->desc->redirect && *j->desc->redirect != '\0') {
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

static void look_up(struct join_attempt *j)
{
    group_desc_unref(j->desc);
    group_desc_unref(j->file_desc);
    j->desc = j->file_desc = NULL;
    if (j->n_lookups++ == LOOKUPS_MAX) {
        refuse(j, REFUSAL_BUSY);
        return;
    }
    j->lookup.done = group_found;
    definitions_lookup(j->session->env->registry->definitions, &j->lookup, j->group);
}

/* ---- the beginning ---- */

static struct join_attempt *attempt_new(struct client_session *s, const struct message *m)
{
    struct join_attempt *j = calloc(1, sizeof *j);

    if (!j)
        return NULL;
    j->session = s;
    j->group = strdup(m->group);
    j->username = m->username ? strdup(m->username) : NULL;
    j->resume = strdup(m->resume);
    j->has_features = m->has_features;
    j->features = m->features;
    j->data = m->data && json_object_object_length(m->data) > 0 ? json_object_get(m->data) : NULL;
    buf_add_str(&j->password, m->password);
    buf_add_str(&j->token, m->token);
    if (!j->group || !j->resume || (m->username && !j->username) || buf_check(&j->password) < 0 ||
        buf_check(&j->token) < 0) {
        attempt_free(j);
        return NULL;
    }
    return j;
}

static bool data_is_too_large(const struct client_session *s, struct json_object *data)
{
    size_t len = 0;

    if (!data)
        return false;
    json_object_to_json_string_length(data, JSON_C_TO_STRING_PLAIN, &len);
    return (int64_t)len > env_limits(s->env)->data_bytes;
}

static void start(struct client_session *s, const struct message *m)
{
    struct join_attempt *j;
    struct throttle_rule rule = join_rule(s->env);
    char text[NAME_PROBLEM_SIZE];

    if (group_name_check(span_str(m->group), NULL) < 0) {
        send_fail(s, m->group, "illegal-group-name", "illegal group name");
        return;
    }
    /* A token may have a name of its own, in place of this one. */
    if (m->token[0] == '\0' && name_problem(m->username, text, sizeof text)) {
        send_fail(s, m->group, refusals[REFUSAL_BAD_USERNAME].error, text);
        return;
    }
    if (data_is_too_large(s, m->data)) {
        send_fail(s, m->group, "too-large", "the user data is too large");
        return;
    }
    j = attempt_new(s, m);
    if (!j) {
        send_fail(s, m->group, refusals[REFUSAL_INTERNAL].error, refusals[REFUSAL_INTERNAL].text);
        return;
    }
    s->join = j;
    session_hold(s, HOLD_JOIN);
    if (throttle_wait_us(failures_of(j), &rule, s->env->now_us) > 0) {
        fail(j, "throttled", "too many attempts, please try again later");
        return;
    }
    look_up(j);
}

static void leave(struct client_session *s, const struct message *m)
{
    const struct live_group *g = session_group(s);
    struct joined joined = {.kind = "leave", .username = s->member.username};
    struct frame *f;

    if (!g || strcmp(g->name, m->group) != 0) {
        session_error(s, "you are not joined");
        return;
    }
    joined.group = m->group;
    f = message_write_joined(&joined);
    session_leave(s, LEAVING_ALONE);
    session_send(s, f);
    session_set_deadline(s, env_limits(s->env)->join_s);
}

void join_handle(struct client_session *s, const struct message *m)
{
    if (strcmp(m->kind, "leave") == 0)
        leave(s, m);
    else if (strcmp(m->kind, "join") != 0)
        session_violation(s, "unknown kind");
    else if (session_group(s))
        session_violation(s, "cannot join multiple groups");
    else
        start(s, m);
}

const struct session_part join_part = {.end = cancel};
