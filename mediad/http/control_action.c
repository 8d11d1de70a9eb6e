#include "mediad/http/control_action.h"

#include <string.h>

#include "common/log.h"
#include "common/macros.h"
#include "mediad/group/moderation.h"
#include "mediad/http/control_answer.h"
#include "mediad/http/control_body.h"
#include "mediad/http/exchange.h"
#include "mediad/http/http_state.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/recorder.h"

/* What a POST says. Strings are borrowed from root and "" when absent. */
struct action {
    struct json_object *root;
    const char *group, *action, *client, *text, *by;
    struct signal_env *env;
    struct error *e; /* takes a sentence where the code alone says too little */
};

static bool parse(struct exchange *x, struct action *out)
{
    struct error e = {0};
    struct action a = {.group = "", .action = "", .client = "", .text = "", .by = ""};
    struct json_fields f = control_body(x, &a.root, &e);

    json_fields_string(&f, "group", &a.group);
    json_fields_string(&f, "action", &a.action);
    json_fields_string(&f, "client", &a.client);
    json_fields_string(&f, "text", &a.text);
    json_fields_string(&f, "by", &a.by);
    if (f.result < 0) {
        control_body_refuse(x, &e);
        json_object_put(a.root);
        return false;
    }
    *out = a;
    return true;
}

/* ---- actions on the group ---- */

static int lock(struct live_group *g, struct member *m, const struct action *a)
{
    (void)m;
    return moderation_lock(g, a->text);
}

static int unlock(struct live_group *g, struct member *m, const struct action *a)
{
    (void)m;
    (void)a;
    return moderation_lock(g, NULL);
}

static int send_to_all(struct live_group *g, const struct chat_message *chat)
{
    struct frame *f = message_write_chat(chat);

    if (!f)
        return ERR_NO_MEMORY;
    live_group_send(g, f, NULL, false);
    frame_unref(f);
    return 0;
}

/* Whom an action concerns hear whose it was. @param m NULL: everybody */
static int tell(struct live_group *g, struct member *m, const struct action *a, const char *text)
{
    const struct chat_message chat = {.type = "usermessage",
                                      .kind = "info",
                                      .dest = m ? m->id : NULL,
                                      .username = a->by,
                                      .privileged = true,
                                      .text = text};

    if (!m)
        return send_to_all(g, &chat);
    if (m->kind != MEMBER_CLIENT)
        return 0; /* programs that publish read nothing */
    member_tell(m, message_write_chat(&chat));
    return 0;
}

static int message(struct live_group *g, struct member *m, const struct action *a)
{
    return tell(g, m, a, a->text);
}

static int clear_chat(struct live_group *g, struct member *m, const struct action *a)
{
    const struct chat_message chat = {
        .type = "usermessage", .kind = "clearchat", .privileged = true};

    (void)m;
    (void)a;
    history_clear(&g->history, NULL, NULL);
    return send_to_all(g, &chat);
}

/* ---- actions on one member, or for kick on all ---- */

static int kick(struct live_group *g, struct member *m, const struct action *a)
{
    const struct kick kick = {.text = a->text, .by_username = a->by};

    if (m) {
        moderation_kick(m, &kick);
    } else {
        places_forget_group(&a->env->places, g->name, NULL);
        moderation_kick_all(g, &kick);
    }
    return 0;
}

static int op(struct live_group *g, struct member *m, const struct action *a)
{
    (void)a;
    return moderation_permissions(m, moderation_operator_bits(g), 0, NULL);
}

static int unop(struct live_group *g, struct member *m, const struct action *a)
{
    (void)g;
    (void)a;
    return moderation_permissions(m, 0, PERMISSION_OP | PERMISSION_TOKEN | PERMISSION_RECORD, NULL);
}

static int present(struct live_group *g, struct member *m, const struct action *a)
{
    (void)g;
    (void)a;
    return moderation_permissions(m, PERMISSION_PRESENT, 0, NULL);
}

static int unpresent(struct live_group *g, struct member *m, const struct action *a)
{
    (void)g;
    (void)a;
    return moderation_permissions(m, 0, PERMISSION_PRESENT, NULL);
}

/* Clients mute themselves when they are told; for the others mediad does it. */
static int mute(struct live_group *g, struct member *m, const struct action *a)
{
    const struct chat_message chat = {.type = "usermessage",
                                      .kind = "mute",
                                      .dest = m->id,
                                      .username = a->by,
                                      .privileged = true};

    (void)g;
    if (m->ops->mute)
        m->ops->mute(m, true);
    else
        member_tell(m, message_write_chat(&chat));
    return 0;
}

/* Everybody goes, and nobody comes back in until it is unlocked. */
static int close_group(struct live_group *g, struct member *m, const struct action *a)
{
    int r = moderation_lock(g, a->text);

    return r < 0 ? r : kick(g, m, a);
}

static int unshutup(struct live_group *g, struct member *m, const struct action *a)
{
    (void)g;
    (void)a;
    return moderation_permissions(m, PERMISSION_MESSAGE, 0, NULL);
}

static int shutup(struct live_group *g, struct member *m, const struct action *a)
{
    (void)g;
    (void)a;
    return moderation_permissions(m, 0, PERMISSION_MESSAGE, NULL);
}

/* ---- recording ---- */

static int record(struct live_group *g, struct member *m, const struct action *a)
{
    (void)m;
    return group_recorder_start(a->env, g, a->by, a->e);
}

static int unrecord(struct live_group *g, struct member *m, const struct action *a)
{
    (void)m;
    group_recorder_stop(g, a->by);
    return 0;
}

enum target { TARGET_GROUP, TARGET_EITHER, TARGET_CLIENT };

static const struct {
    const char *name;
    enum target target;
    int (*act)(struct live_group *g, struct member *m, const struct action *a);
    const char *told; /* to those concerned, with whose doing it is; NULL: they hear of it anyway */
} actions[] = {
    {"lock", TARGET_GROUP, lock, "The group is locked now."},
    {"unlock", TARGET_GROUP, unlock, "The group is open now."},
    {"message", TARGET_EITHER, message, NULL},
    {"clearchat", TARGET_GROUP, clear_chat, "The chat was cleared."},
    {"record", TARGET_GROUP, record, NULL},
    {"unrecord", TARGET_GROUP, unrecord, NULL},
    {"kick", TARGET_EITHER, kick, NULL},
    {"close", TARGET_GROUP, close_group, NULL},
    {"mute", TARGET_CLIENT, mute, NULL},
    {"op", TARGET_CLIENT, op, "You are an operator now."},
    {"unop", TARGET_CLIENT, unop, "You are no operator any more."},
    {"present", TARGET_CLIENT, present, "You may present now."},
    {"unpresent", TARGET_CLIENT, unpresent, "You may not present any more."},
    {"shutup", TARGET_CLIENT, shutup, "You may not chat any more."},
    {"unshutup", TARGET_CLIENT, unshutup, "You may chat now."},
};

/* What the group is against is no fault of the server's. */
static unsigned status_of(int r)
{
    return r == ERR_EXISTS || r == ERR_UNSUPPORTED || r == ERR_NOT_FOUND ? 409 : 503;
}

static void act(struct exchange *x, const struct action *a)
{
    struct live_group *g = registry_find(x->server->env->registry, a->group);
    struct member *m = g ? live_group_find(g, a->client) : NULL;
    struct log_ctx ctx = {.room = "control", .group = a->group};
    size_t i = 0;
    int r;

    while (i < LENGTH(actions) && strcmp(actions[i].name, a->action) != 0)
        i++;
    if (i == LENGTH(actions)) {
        control_refuse(x, 400, "unknown-action", "this version does not know this action");
        return;
    }
    if (*a->by == '\0') {
        control_refuse(x, 400, "bad-request", "by: the acting account is missing");
        return;
    }
    if (!g) {
        control_refuse(x, 404, "no-such-group", "nobody is in this group");
        return;
    }
    if (!m && (actions[i].target == TARGET_CLIENT ||
               (actions[i].target == TARGET_EITHER && *a->client != '\0'))) {
        control_refuse(x, 404, "no-such-client", "this client is not in the group");
        return;
    }
    if (m && m->kind == MEMBER_RECORDER && actions[i].target == TARGET_CLIENT) {
        control_refuse(x, 400, "bad-request", "client: this is the recorder");
        return;
    }
    log_info(&ctx, "%s of %s by %s", a->action, *a->client != '\0' ? a->client : "all", a->by);
    r = actions[i].act(g, m, a);
    if (r == 0 && actions[i].told)
        r = tell(g, m, a, actions[i].told);
    if (r < 0)
        control_refuse(x, status_of(r), err_name(r), a->e->code < 0 ? a->e->text : err_text(r));
    else
        control_answer(x, 200, json_object_new_object());
}

void control_action(struct exchange *x)
{
    struct error e = {0};
    struct action a;

    if (!parse(x, &a))
        return;
    a.env = x->server->env;
    a.e = &e;
    act(x, &a);
    json_object_put(a.root);
}

/* {"kind": "group-changed" | "group-deleted", "name": GROUP}: only hastens what would be noticed.
 */
void control_notice(struct exchange *x)
{
    struct json_object *root = NULL;
    struct error e = {0};
    struct json_fields f = control_body(x, &root, &e);
    const char *kind = "", *name = "";

    json_fields_string(&f, "kind", &kind);
    json_fields_string(&f, "name", &name);
    if (f.result == 0 && group_name_check(span_str(name), &e) < 0)
        (void)json_fields_fail(&f, ERR_INVALID, "name", "this is no name of a group");
    if (f.result < 0) {
        control_body_refuse(x, &e);
    } else if (strcmp(kind, "group-changed") != 0 && strcmp(kind, "group-deleted") != 0) {
        control_refuse(x, 400, "unknown-kind", "this version does not know this kind");
    } else {
        definitions_refresh(x->server->env->registry->definitions, name);
        control_answer(x, 200, json_object_new_object());
    }
    json_object_put(root);
}
