#include "mediad/signal/entrance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/server_origin.h"
#include "mediad/group/moderation.h"
#include "mediad/signal/message_write.h"

#define PENALTY_US (200 * US_PER_MS)
#define NAME_PROBLEM_SIZE 256
#define LOOKUPS_MAX 4 /* for one attempt, of a file that changes all the time */
#define TELL_OPERATORS_US (5 * US_PER_S)

int entrance_init(struct entrance *e, const struct entrance_ops *ops, struct signal_env *env,
                  struct member *member, const struct entrance_claim *claim)
{
    *e = (struct entrance){.ops = ops, .env = env, .member = member, .is_known = claim->known};
    if (claim->known)
        e->known = *claim->known;
    e->group = strdup(claim->group);
    e->username = claim->username ? strdup(claim->username) : NULL;
    buf_add_str(&e->password, claim->password);
    buf_add_str(&e->token, claim->token);
    if (e->group && (!claim->username || e->username) && buf_check(&e->password) == 0 &&
        buf_check(&e->token) == 0)
        return 0;
    entrance_release(e);
    return ERR_NO_MEMORY;
}

void entrance_release(struct entrance *e)
{
    definition_lookup_cancel(&e->lookup);
    authentication_cancel(e->authentication);
    timer_cancel(&e->penalty);
    free(e->group);
    free(e->username);
    buf_wipe(&e->password);
    buf_wipe(&e->token);
    group_desc_unref(e->desc);
    group_desc_unref(e->file_desc);
    identity_release(&e->identity);
    *e = (struct entrance){0};
}

/* ---- refusals ---- */

static void fail(struct entrance *e, const char *error, const char *text)
{
    e->env->counters.joins_refused++;
    e->ops->refused(e, error, text);
}

static void penalty_over(struct timer *timer, int64_t now_us)
{
    struct entrance *e = CONTAINER_OF(timer, struct entrance, penalty);

    (void)now_us;
    fail(e, e->error, e->text);
}

/* The failures of this address at this group: by them somebody who guesses passwords waits a moment
 * for each answer, and longer after many. */
static struct throttle_counter *failures_of(struct entrance *e)
{
    struct buf key = {0};
    char address[64];
    struct throttle_counter *counter;

    throttle_address_key(e->member->address, address);
    buf_printf(&key, "%s %s", address, e->group);
    counter = throttle_table_get(e->env->join_failures, buf_span(&key), e->env->now_us);
    buf_release(&key);
    return counter;
}

static struct throttle_rule join_rule(const struct signal_env *env)
{
    struct throttle_rule rule = throttle_join;

    rule.free_failures = (uint32_t)env_limits(env)->join_failures_per_min;
    return rule;
}

static void fail_later(struct entrance *e, const char *error, const char *text)
{
    struct throttle_rule rule = join_rule(e->env);

    throttle_failure(failures_of(e), &rule, e->env->now_us);
    e->error = error;
    e->text = text;
    e->penalty.fire = penalty_over;
    timer_wheel_set(e->env->timers, &e->penalty, e->env->now_us + PENALTY_US);
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

static void refuse(struct entrance *e, enum refusal refusal)
{
    fail(e, refusals[refusal].error, refusals[refusal].text);
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

enum admission entrance_judge(struct signal_env *env, struct live_group *g,
                              const struct group_desc *file_desc, const struct newcomer *n)
{
    const struct limits *limits = env_limits(env);
    const struct group_desc *desc = g ? g->desc : file_desc;
    const struct admission_case c = {
        .is_draining = env->is_draining,
        .is_op = permissions_has(&n->identity->permissions, PERMISSION_OP),
        .is_resuming = n->is_resuming,
        .has_place = n->has_place,
        .is_banned = g && bans_include(&g->bans, n->identity->username, n->address, env->now_us),
        .is_locked = g ? g->lock != NULL : desc->autolock,
        .has_not_before = desc->has_not_before,
        .has_expires = desc->has_expires,
        .not_before_us = desc->not_before_us,
        .expires_us = desc->expires_us,
        .wall_us = env->wall_us,
        .autokick = desc->autokick,
        .has_operator = g && g->n_operators > 0,
        .max_clients = desc->max_clients,
        .members_max = limits->members_per_group,
        .n_members = g ? g->n_members + g->n_viewers : 0,
        .n_members_server = env->registry->n_members,
        .server_members_max = limits->members,
        .id_len = strlen(n->id),
        .id_is_taken = g && live_group_find(g, n->id),
    };

    return admission_decide(&c);
}

static enum admission admit(struct entrance *e, struct live_group *g, bool is_resuming,
                            bool has_place)
{
    const struct newcomer n = {.identity = &e->identity,
                               .id = e->member->id,
                               .address = e->member->address,
                               .is_resuming = is_resuming,
                               .has_place = has_place};

    return entrance_judge(e->env, g, e->desc, &n);
}

/* Operators learn who stands before a closed door, but not of each knock. */
static void tell_operators(struct entrance *e, struct live_group *g, const char *text)
{
    struct signal_env *env = e->env;
    struct buf b = {0};
    struct chat_message notice = {.type = "usermessage", .kind = "info", .privileged = true};
    struct frame *f = NULL;

    if (!g || g->n_operators == 0 ||
        (g->told_us != 0 && env->now_us - g->told_us < TELL_OPERATORS_US))
        return;
    g->told_us = env->now_us;
    buf_printf(&b, "%s was turned away: %s",
               *e->identity.username != '\0' ? e->identity.username : "Somebody", text);
    notice.text = buf_str(&b);
    if (buf_check(&b) == 0)
        f = message_write_chat(&notice);
    if (f)
        live_group_send(g, f, NULL, true);
    frame_unref(f);
    buf_release(&b);
}

static void turn_away(struct entrance *e, struct live_group *g, enum admission a)
{
    const char *text = admission_text(a);

    if (a == REFUSE_DRAINING && e->env->drain_text[0])
        text = e->env->drain_text;
    if (a == REFUSE_LOCKED && g && *g->lock != '\0')
        text = g->lock;
    if (a == REFUSE_LOCKED || a == REFUSE_FULL || a == REFUSE_CLOSED || a == REFUSE_NOT_OPEN_YET)
        tell_operators(e, g, admission_text(a));
    fail(e, admission_error(a), text);
}

/* @return 0 or an error; the member is as before on failure */
static int become_member(struct entrance *e, struct live_group *g)
{
    struct signal_env *env = e->env;
    struct member *m = e->member;
    int r = member_set_base(m, &e->identity.permissions);

    if (r < 0)
        return r;
    m->login = e->identity.known.login;
    m->joined_us = env->wall_us;
    r = live_group_add(g, m, env->now_us);
    if (r < 0) {
        member_clear(m);
        return r;
    }
    env->counters.joins++;
    if (env->registry->n_members > env->counters.members_peak)
        env->counters.members_peak = env->registry->n_members;
    return 0;
}

/* In, perhaps in place of an earlier member: until the newcomer is there the group is not taken for
 * one that has lost its operator. */
static int come_in(struct entrance *e, struct member *old, struct live_group **g)
{
    struct signal_env *env = e->env;
    const struct registry_caps caps = {(size_t)env_limits(env)->groups,
                                       (size_t)env_limits(env)->subgroups_per_group};
    int r = registry_open(env->registry, e->group, &e->found, &caps, env->now_us, env->wall_us, g);

    if (r < 0)
        return r;
    if (old)
        e->ops->replace(e, old);
    return become_member(e, *g);
}

static void fail_to_come_in(struct entrance *e, int r)
{
    if (r == ERR_EXISTS)
        fail(e, admission_error(REFUSE_DUPLICATE_ID), admission_text(REFUSE_DUPLICATE_ID));
    else if (r == ERR_BUSY)
        fail(e, "server-full", "the server has reached its limit of groups");
    else
        fail(e, "internal", "internal server error");
}

static void enter(struct entrance *e)
{
    struct live_group *g = registry_find(e->env->registry, e->group);
    struct log_ctx ctx = {.room = "signal", .group = e->group, .client = e->member->id};
    struct member *old;
    bool takes_place, has_place;
    enum admission a;
    int r;

    if (g)
        moderation_check_operators(g);
    old = e->ops->find_replaced ? e->ops->find_replaced(e, g) : NULL;
    takes_place = old;
    has_place = e->ops->has_place && e->ops->has_place(e);
    if (e->is_known && !takes_place && !has_place) {
        /* another has taken it meanwhile, or the member was put out */
        refuse(e, REFUSAL_NOT_AUTHORISED);
        return;
    }
    a = admit(e, g, takes_place, has_place);
    if (a != ADMIT) {
        turn_away(e, g, a);
        return;
    }
    if (!permissions_has(&e->identity.permissions, e->needs)) {
        fail(e, "not-permitted", "not authorised: this user has not the permission for it");
        return;
    }
    r = come_in(e, old, &g);
    if (r == 0) {
        log_info(&ctx, "joined, %zu in the group", g->n_members);
        e->ops->entered(e);
    } else {
        fail_to_come_in(e, r);
    }
    /* The place may have been an operator's, and the newcomer none. Last: it may put out anybody.
     */
    if (takes_place)
        moderation_check_operators(g);
}

/* ---- credentials ---- */

static void look_up(struct entrance *e);

/* While a password was hashed the file may have changed: then what was proved is of no more use. */
static bool is_outdated(const struct entrance *e)
{
    struct definition present;

    return definitions_peek(e->env->registry->definitions, e->group, &present) < 0 ||
           present.file_desc != e->file_desc || present.is_inherited != e->found.is_inherited;
}

static void authenticated(void *arg, enum refusal refusal, struct identity *identity)
{
    struct entrance *e = arg;
    char *username = refusal == REFUSAL_NONE ? strdup(identity->username) : NULL;
    char text[NAME_PROBLEM_SIZE];

    if (refusal == REFUSAL_NOT_AUTHORISED) {
        fail_later(e, refusals[refusal].error, refusals[refusal].text);
        return;
    }
    if (refusal == REFUSAL_BAD_USERNAME && name_problem(e->username, text, sizeof text)) {
        fail(e, refusals[refusal].error, text);
        return;
    }
    if (!username) {
        refuse(e, refusal != REFUSAL_NONE ? refusal : REFUSAL_INTERNAL);
        return;
    }
    if (is_outdated(e)) {
        free(username);
        look_up(e);
        return;
    }
    /* Only a password of one's own clears the count: else who guesses one would come in as a guest
     * now and then. */
    if (identity->known.login == LOGIN_USER && !e->is_known)
        throttle_success(failures_of(e));
    free(e->member->username);
    e->member->username = username;
    e->identity = *identity;
    *identity = (struct identity){0};
    e->identity.known.proved_us = e->is_known ? e->known.proved_us : e->env->wall_us;
    enter(e);
}

/* ---- the group ---- */

static void redirect(struct entrance *e)
{
    struct buf target = {0};

    server_config_link(&target, server_config_file_get(e->env->config, NULL), e->desc->redirect);
    e->ops->redirected(e, buf_str(&target));
    buf_release(&target);
}

static void no_group(struct entrance *e, int result)
{
    if (result == ERR_NOT_FOUND)
        fail(e, "no-such-group", "group does not exist");
    else if (result == ERR_BUSY || result == ERR_UNAVAILABLE)
        refuse(e, REFUSAL_BUSY);
    else
        refuse(e, REFUSAL_INTERNAL);
}

/* Keep the description that holds for the group: the one in memory if it comes from the same file.
 */
static int hold_definition(struct entrance *e, const struct definition *found)
{
    struct live_group *g = registry_find(e->env->registry, e->group);

    if (g && g->file_desc == found->file_desc && g->is_inherited == found->is_inherited) {
        e->desc = group_desc_ref(g->desc);
    } else if (found->is_inherited) {
        if (group_desc_subgroup(&e->desc, found->file_desc) < 0)
            return ERR_NO_MEMORY;
    } else {
        e->desc = group_desc_ref(found->file_desc);
    }
    e->file_desc = group_desc_ref(found->file_desc);
    e->found = *found;
    return 0;
}

static void group_found(struct definition_lookup *lookup, int result)
{
    struct entrance *e = CONTAINER_OF(lookup, struct entrance, lookup);
    struct credentials credentials;

    if (result == 0)
        result = hold_definition(e, &lookup->found);
    if (result < 0) {
        no_group(e, result);
        return;
    }
    if (e->desc->redirect && *e->desc->redirect != '\0') {
        redirect(e);
        return;
    }
    credentials = (struct credentials){.group = e->group,
                                       .desc = e->desc,
                                       .username = e->username,
                                       .password = buf_str(&e->password),
                                       .token = buf_str(&e->token),
                                       .known = e->is_known ? &e->known : NULL};
    authenticate(e->env, &credentials, authenticated, e, &e->authentication);
}

static void look_up(struct entrance *e)
{
    group_desc_unref(e->desc);
    group_desc_unref(e->file_desc);
    e->desc = e->file_desc = NULL;
    if (e->n_lookups++ == LOOKUPS_MAX) {
        refuse(e, REFUSAL_BUSY);
        return;
    }
    e->lookup.done = group_found;
    definitions_lookup(e->env->registry->definitions, &e->lookup, e->group);
}

void entrance_begin(struct entrance *e)
{
    struct throttle_rule rule = join_rule(e->env);
    char text[NAME_PROBLEM_SIZE];

    /* A token may have a name of its own, in place of this one. */
    if (e->token.len == 0 && name_problem(e->username, text, sizeof text)) {
        fail(e, refusals[REFUSAL_BAD_USERNAME].error, text);
        return;
    }
    if (throttle_wait_us(failures_of(e), &rule, e->env->now_us) > 0) {
        fail(e, "throttled", "too many attempts, please try again later");
        return;
    }
    look_up(e);
}
