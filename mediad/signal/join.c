#include "mediad/signal/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/group_name.h"
#include "mediad/signal/entrance.h"
#include "mediad/signal/greeting.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/places.h"
#include "mediad/signal/session_inbox.h"
#include "mediad/signal/session_internal.h"
#include "mediad/signal/session_life.h"
#include "mediad/signal/session_output.h"

struct join_attempt {
    struct entrance entrance;
    struct client_session *session;
    char *resume;
    bool has_features;
    unsigned features;
    struct json_object *data;
};

static struct join_attempt *attempt_of(struct entrance *e)
{
    return CONTAINER_OF(e, struct join_attempt, entrance);
}

static void attempt_free(struct join_attempt *j)
{
    if (!j)
        return;
    entrance_release(&j->entrance);
    free(j->resume);
    json_object_put(j->data);
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

    session_send(s, message_write_joined(&joined));
}

/* Before anything was asked of the group. */
static void refuse_at_once(struct client_session *s, const struct message *m, const char *error,
                           const char *text)
{
    s->env->counters.joins_refused++;
    send_fail(s, m->group, error, text);
}

/* The session's attempt has ended, well or not: messages that waited are handled. */
static void finish(struct client_session *s)
{
    cancel(s);
    session_release(s, HOLD_JOIN);
}

static void refused(struct entrance *e, const char *error, const char *text)
{
    struct client_session *s = attempt_of(e)->session;

    send_fail(s, e->group, error, text);
    finish(s);
}

static void redirected(struct entrance *e, const char *target)
{
    struct client_session *s = attempt_of(e)->session;
    const struct joined joined = {
        .kind = "redirect", .group = e->group, .username = s->member.username, .value = target};

    session_send(s, message_write_joined(&joined));
    finish(s);
}

/* ---- in ---- */

/* The member whose place a new connection takes: it knows that one's secret. */
static struct member *find_member(const struct live_group *g, const char *resume)
{
    if (!g)
        return NULL;
    LIST_EACH (struct member, m, &g->members, in_group) {
        struct client_session *old = m->kind == MEMBER_CLIENT ? session_of_member(m) : NULL;

        if (old && old->place && place_is_secret(old->place, resume))
            return m;
    }
    return NULL;
}

static struct member *find_resumed(struct entrance *e, const struct live_group *g)
{
    return find_member(g, attempt_of(e)->resume);
}

/* The place that was kept for it: the secret's and the name's. */
static struct place *find_kept(struct entrance *e)
{
    struct place *p = places_find(&e->env->places, e->group, attempt_of(e)->resume);

    return p && strcmp(p->username, e->identity.username) == 0 ? p : NULL;
}

static bool has_place(struct entrance *e)
{
    return find_kept(e);
}

static void replace(struct entrance *e, struct member *old)
{
    struct join_attempt *j = attempt_of(e);

    if (!j->has_features)
        j->features = old->features;
    session_leave(session_of_member(old), LEAVING_REPLACED);
    session_end(session_of_member(old), CLOSE_NORMAL, "replaced by a new connection");
}

static void entered(struct entrance *e)
{
    struct join_attempt *j = attempt_of(e);
    struct client_session *s = j->session;
    struct member *m = &s->member;
    struct place *kept = find_kept(e);

    if (kept && !j->has_features)
        j->features = kept->features;
    if (kept)
        places_forget(&s->env->places, kept);
    s->place = place_new(e->group, m->username, buf_str(&e->token), &e->identity.known);
    m->features = j->features;
    m->data = j->data;
    j->data = NULL;
    timer_cancel(&s->deadline);
    s->n_unjoined_messages = 0;
    census_joined(&s->env->census, &s->census, s->env->now_us);
    session_greet(s);
    live_group_announce(m->group, m);
    finish(s);
}

static const struct entrance_ops entrance_ops = {.refused = refused,
                                                 .redirected = redirected,
                                                 .entered = entered,
                                                 .has_place = has_place,
                                                 .find_replaced = find_resumed,
                                                 .replace = replace};

/* ---- the beginning ---- */

/* A client that sends neither a password nor a token, but the secret (`resume`) of a place or of a
 * session whose connection was lost, joins as the member that had it. */
static struct entrance_claim claim_of(const struct client_session *s, const struct message *m)
{
    struct entrance_claim claim = {
        .group = m->group, .username = m->username, .password = m->password, .token = m->token};
    const struct place *place = NULL;
    struct member *old = NULL;

    if (*m->password == '\0' && *m->token == '\0' && *m->resume != '\0') {
        place = places_find(&s->env->places, m->group, m->resume);
        old = place ? NULL : find_member(registry_find(s->env->registry, m->group), m->resume);
    }
    if (old)
        place = session_of_member(old)->place;
    if (place) {
        claim.username = place->username;
        claim.token = place->token;
        claim.known = &place->known;
    }
    return claim;
}

static struct join_attempt *attempt_new(struct client_session *s, const struct message *m)
{
    struct join_attempt *j = calloc(1, sizeof *j);
    const struct entrance_claim claim = claim_of(s, m);

    if (!j)
        return NULL;
    j->session = s;
    j->resume = strdup(m->resume);
    j->has_features = m->has_features;
    j->features = m->features;
    j->data = m->data && json_object_object_length(m->data) > 0 ? json_object_get(m->data) : NULL;
    if (!j->resume || entrance_init(&j->entrance, &entrance_ops, s->env, &s->member, &claim) < 0) {
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
    if (group_name_check(span_str(m->group), NULL) < 0) {
        refuse_at_once(s, m, "illegal-group-name", "illegal group name");
        return;
    }
    if (data_is_too_large(s, m->data)) {
        refuse_at_once(s, m, "too-large", "the user data is too large");
        return;
    }
    s->join = attempt_new(s, m);
    if (!s->join) {
        refuse_at_once(s, m, "internal", "internal server error");
        return;
    }
    session_hold(s, HOLD_JOIN);
    entrance_begin(&s->join->entrance);
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
