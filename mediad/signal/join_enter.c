/* The last step of a join: the door of the group, for somebody whose name and permissions are known
 * (signalling.md 3.6). */
#include <gnutls/crypto.h>
#include <string.h>

#include "common/log.h"
#include "common/now.h"
#include "common/token.h"
#include "mediad/group/admission.h"
#include "mediad/group/moderation.h"
#include "mediad/signal/join_attempt.h"

#define TELL_OPERATORS_US (5 * US_PER_S)

/* The member whose place a new connection takes: it knows that one's secret (R27). */
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

/* Operators learn who stands before a closed door (R18), but not of each knock. */
static void tell_operators(struct join_attempt *j, struct live_group *g, const char *text)
{
    struct signal_env *env = j->session->env;
    struct buf b = {0};
    struct said said = {.type = "usermessage", .kind = "info", .privileged = true};
    struct frame *f = NULL;

    if (!g || g->n_operators == 0 ||
        (g->told_us != 0 && env->now_us - g->told_us < TELL_OPERATORS_US))
        return;
    g->told_us = env->now_us;
    buf_printf(&b, "%s was turned away: %s",
               *j->identity.username != '\0' ? j->identity.username : "Somebody", text);
    said.text = buf_str(&b);
    if (buf_check(&b) == 0)
        f = message_write_said(&said);
    if (f)
        live_group_send(g, f, NULL, true);
    frame_unref(f);
    buf_release(&b);
}

static void refuse(struct join_attempt *j, struct live_group *g, enum admission a)
{
    const char *text = admission_text(a);

    if (a == REFUSE_LOCKED && g && *g->lock != '\0')
        text = g->lock;
    if (a == REFUSE_LOCKED || a == REFUSE_FULL || a == REFUSE_CLOSED || a == REFUSE_NOT_OPEN_YET)
        tell_operators(j, g, admission_text(a));
    join_fail(j, admission_error(a), text);
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
        session_leave(old, LEAVING_REPLACED);
        session_end(old, CLOSE_NORMAL, "replaced by a new connection");
    }
    return become_member(j, *g);
}

static void fail_to_come_in(struct join_attempt *j, int r)
{
    if (r == ERR_EXISTS)
        join_fail(j, admission_error(REFUSE_DUPLICATE_ID), admission_text(REFUSE_DUPLICATE_ID));
    else if (r == ERR_BUSY)
        join_fail(j, "server-full", "the server has reached its limit of groups");
    else
        join_fail(j, "internal", "internal server error");
}

void join_enter(struct join_attempt *j)
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
        refuse(j, g, a);
        return;
    }
    r = come_in(j, old, &g);
    if (r == 0) {
        log_info(&ctx, "joined, %zu in the group", g->n_members);
        session_greet(s);
        live_group_announce(g, &s->member);
        join_finish(s);
    } else {
        fail_to_come_in(j, r);
    }
    /* The place may have been an operator's, and the newcomer none. Last: it may put out anybody.
     */
    if (takes_place)
        moderation_check_operators(g);
}
