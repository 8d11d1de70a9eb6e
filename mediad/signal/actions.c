#include "mediad/signal/actions.h"

#include <string.h>

#include "common/json_fields.h"
#include "common/macros.h"
#include "common/now.h"
#include "mediad/group/moderation.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/recorder.h"
#include "mediad/signal/session_internal.h"
#include "mediad/signal/session_output.h"
#include "mediad/signal/tokens.h"

#define BAN_MAX_S (7 * 24 * 3600)

/* ---- useraction ---- */

static struct member *find_dest(struct client_session *s, const struct message *m)
{
    struct member *dest = live_group_find(session_group(s), m->dest);

    if (!dest)
        session_error_about(s, "unknown-user", m->dest, "user unknown");
    return dest;
}

static void set_permissions(struct client_session *s, const struct message *m, unsigned add,
                            unsigned take)
{
    struct member *dest = find_dest(s, m);

    if (!dest)
        return;
    if (dest->kind == MEMBER_RECORDER) {
        session_error_about(s, "not-a-client", m->dest, "this is not a real user");
        return;
    }
    if (moderation_permissions(dest, add, take, &s->member) < 0)
        session_error(s, "internal server error");
}

static void grant_op(struct client_session *s, const struct message *m)
{
    set_permissions(s, m, moderation_operator_bits(session_group(s)), 0);
}

static void revoke_op(struct client_session *s, const struct message *m)
{
    const struct member *dest = live_group_find(session_group(s), m->dest);
    unsigned bits = PERMISSION_OP | PERMISSION_RECORD | PERMISSION_TOKEN;

    /* A member that could invite before it was an operator keeps that right. */
    if (dest && (dest->base.bits & PERMISSION_TOKEN) && !(dest->base.bits & PERMISSION_OP))
        bits &= ~(unsigned)PERMISSION_TOKEN;
    set_permissions(s, m, 0, bits);
}

static void grant_present(struct client_session *s, const struct message *m)
{
    set_permissions(s, m, PERMISSION_PRESENT, 0);
}

static void revoke_present(struct client_session *s, const struct message *m)
{
    set_permissions(s, m, 0, PERMISSION_PRESENT);
}

static void grant_message(struct client_session *s, const struct message *m)
{
    set_permissions(s, m, PERMISSION_MESSAGE, 0);
}

static void revoke_message(struct client_session *s, const struct message *m)
{
    set_permissions(s, m, 0, PERMISSION_MESSAGE);
}

static void identify(struct client_session *s, const struct message *m)
{
    struct member *dest = find_dest(s, m);
    struct buf warning = {0};
    struct json_object *value;

    if (!dest)
        return;
    value = json_object_new_object();
    if (!value) {
        session_error(s, "internal server error");
        return;
    }
    json_object_object_add(value, "id", json_object_new_string(dest->id));
    if (*dest->username != '\0')
        json_object_object_add(value, "username", json_object_new_string(dest->username));
    if (dest->address)
        json_object_object_add(value, "address", json_object_new_string(dest->address));
    const struct chat_message chat = {
        .type = "usermessage", .kind = "userinfo", .privileged = true, .value = value};

    session_send(s, message_write_chat(&chat));
    json_object_put(value);
    if (dest->kind != MEMBER_CLIENT)
        return;
    buf_printf(&warning, "Your IP address has been communicated to user %s.", s->member.username);
    if (buf_check(&warning) == 0)
        session_warning(session_of_member(dest), buf_str(&warning));
    buf_release(&warning);
}

/* A kick may carry a ban: {"message": TEXT, "ban": SECONDS} in place of the text. */
static bool read_kick(struct client_session *s, struct json_object *value, const char **text,
                      int64_t *ban_s)
{
    struct error e = {0};
    struct json_fields f = {.object = value, .prefix = "value", .e = &e};

    *text = "";
    *ban_s = 0;
    if (json_object_is_type(value, json_type_string))
        *text = json_object_get_string(value);
    if (!json_object_is_type(value, json_type_object))
        return true;
    json_fields_string(&f, "message", text);
    json_fields_int(&f, "ban", 1, BAN_MAX_S, ban_s);
    if (f.result == 0)
        return true;
    session_error_in(s, "bad value in kick", &e);
    return false;
}

static void ban(struct client_session *s, const struct member *dest, int64_t seconds)
{
    int r = bans_add(&session_group(s)->bans, dest->username, dest->address,
                     s->env->now_us + seconds * US_PER_S);

    if (r < 0)
        session_error(s, r == ERR_BUSY ? "too many bans in this group" : "internal server error");
}

static void kick(struct client_session *s, const struct message *m)
{
    struct member *dest = find_dest(s, m);
    struct kick kick = {.by_id = s->member.id, .by_username = s->member.username};
    int64_t ban_s;

    if (!dest || !read_kick(s, m->value, &kick.text, &ban_s))
        return;
    if (ban_s > 0 && dest->address)
        ban(s, dest, ban_s);
    moderation_kick(dest, &kick);
}

static void set_user_data(struct client_session *s, const struct message *m)
{
    struct group_event event = {.kind = EVENT_USER_CHANGE, .subject = &s->member};
    int r;

    if (strcmp(m->dest, s->member.id) != 0) {
        session_not_permitted(s);
        return;
    }
    if (!json_object_is_type(m->value, json_type_object)) {
        session_error(s, "Bad value in setdata");
        return;
    }
    r = data_merge(&s->member.data, m->value, (size_t)env_limits(s->env)->data_bytes);
    if (r < 0) {
        session_error_about(s, "too-large", NULL,
                            r == ERR_TOO_LARGE ? "the user data is too large"
                                               : "internal server error");
        return;
    }
    member_touch(&s->member);
    live_group_tell(session_group(s), &event, NULL);
}

struct action {
    const char *kind;
    unsigned permission; /* 0: checked by the handler */
    void (*handle)(struct client_session *s, const struct message *m);
};

static const struct action user_actions[] = {
    {"op", PERMISSION_OP, grant_op},
    {"unop", PERMISSION_OP, revoke_op},
    {"present", PERMISSION_OP, grant_present},
    {"unpresent", PERMISSION_OP, revoke_present},
    {"unshutup", PERMISSION_OP, grant_message},
    {"shutup", PERMISSION_OP, revoke_message},
    {"identify", PERMISSION_OP, identify},
    {"kick", PERMISSION_OP, kick},
    {"setdata", 0, set_user_data},
};

static void act(struct client_session *s, const struct message *m, const struct action *actions,
                size_t n, const char *unknown)
{
    if (!session_needs_group(s))
        return;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(m->kind, actions[i].kind) != 0)
            continue;
        if (actions[i].permission == 0 || session_needs(s, actions[i].permission))
            actions[i].handle(s, m);
        return;
    }
    session_error(s, unknown);
}

void useraction_handle(struct client_session *s, const struct message *m)
{
    act(s, m, user_actions, LENGTH(user_actions), "unknown user action");
}

/* ---- groupaction ---- */

static const char *string_member(struct json_object *object, const char *name)
{
    struct json_object *item = NULL;

    if (!json_object_object_get_ex(object, name, &item) ||
        !json_object_is_type(item, json_type_string))
        return NULL;
    return json_object_get_string(item);
}

static void clear_chat(struct client_session *s, const struct message *m)
{
    const char *id = NULL, *user_id = NULL;
    const struct chat_message chat = {
        .type = "usermessage", .kind = "clearchat", .privileged = true, .value = m->value};
    struct frame *f;

    if (m->value) {
        if (!json_object_is_type(m->value, json_type_object)) {
            session_error(s, "bad value in clearchat");
            return;
        }
        id = string_member(m->value, "id");
        user_id = string_member(m->value, "userId");
        if (id && !user_id) {
            session_error(s, "bad value in clearchat");
            return;
        }
    }
    history_clear(&session_group(s)->history, user_id, id);
    f = message_write_chat(&chat);
    if (!f) {
        session_error(s, "internal server error");
        return;
    }
    live_group_send(session_group(s), f, NULL, false);
    frame_unref(f);
}

static void lock(struct client_session *s, const struct message *m)
{
    const char *text = "";

    if (json_object_is_type(m->value, json_type_string))
        text = json_object_get_string(m->value);
    if ((int64_t)strlen(text) > env_limits(s->env)->chat_bytes)
        session_error_about(s, "too-large", NULL, "this text is too long");
    else if (moderation_lock(session_group(s), text) < 0)
        session_error(s, "internal server error");
}

static void unlock(struct client_session *s, const struct message *m)
{
    (void)m;
    if (moderation_lock(session_group(s), NULL) < 0)
        session_error(s, "internal server error");
}

static void list_subgroups(struct client_session *s, const struct message *m)
{
    const char *name = session_group(s)->name;
    struct buf text = {0};

    (void)m;
    LIST_EACH (const struct live_group, g, &s->env->registry->groups, in_registry) {
        if (g->is_inherited && g->n_members > 0 &&
            group_name_is_below(span_str(g->name), span_str(name)))
            buf_printf(&text, "%s (%zu %s)\n", g->name, g->n_members,
                       g->n_members == 1 ? "client" : "clients");
    }
    const struct chat_message chat = {.type = "chat",
                                      .dest = s->member.id,
                                      .username = "Server",
                                      .text = buf_str(&text),
                                      .time_us = s->env->wall_us};

    if (buf_check(&text) == 0)
        session_send(s, message_write_chat(&chat));
    else
        session_error(s, "internal server error");
    buf_release(&text);
}

static void set_group_data(struct client_session *s, const struct message *m)
{
    struct live_group *g = session_group(s);
    struct group_event event = {.kind = EVENT_GROUP_CHANGED};
    int r;

    if (!json_object_is_type(m->value, json_type_object)) {
        session_error(s, "Bad value in setdata");
        return;
    }
    r = data_merge(&g->data, m->value, (size_t)env_limits(s->env)->data_bytes);
    if (r < 0) {
        session_error_about(s, "too-large", NULL,
                            r == ERR_TOO_LARGE ? "the group data is too large"
                                               : "internal server error");
        return;
    }
    live_group_tell(g, &event, NULL);
    moderation_check_encryption(g);
}

static void record(struct client_session *s, const struct message *m)
{
    struct error e = {0};
    int r = group_recorder_start(s->env, session_group(s), s->member.username, &e);

    (void)m;
    if (r == ERR_UNAVAILABLE || r == ERR_UNSUPPORTED)
        session_error_about(s, "unavailable", NULL, e.text);
    else if (r < 0)
        session_error(s, e.text);
}

static void unrecord(struct client_session *s, const struct message *m)
{
    (void)m;
    group_recorder_stop(session_group(s), s->member.username);
}

static void make_token(struct client_session *s, const struct message *m)
{
    token_make(s, m->value);
}

static void edit_token(struct client_session *s, const struct message *m)
{
    token_edit(s, m->value);
}

static void delete_token(struct client_session *s, const struct message *m)
{
    token_delete_one(s, m->value);
}

static void list_tokens(struct client_session *s, const struct message *m)
{
    (void)m;
    token_list(s);
}

static const struct action group_actions[] = {
    {"clearchat", PERMISSION_OP, clear_chat},
    {"lock", PERMISSION_OP, lock},
    {"unlock", PERMISSION_OP, unlock},
    {"subgroups", PERMISSION_OP, list_subgroups},
    {"setdata", PERMISSION_OP, set_group_data},
    {"record", PERMISSION_RECORD, record},
    {"unrecord", PERMISSION_RECORD, unrecord},
    {"maketoken", 0, make_token},
    {"edittoken", 0, edit_token},
    {"deletetoken", 0, delete_token},
    {"listtokens", 0, list_tokens},
};

void groupaction_handle(struct client_session *s, const struct message *m)
{
    act(s, m, group_actions, LENGTH(group_actions), "unknown group action");
}
