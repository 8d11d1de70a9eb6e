#include "mediad/group/moderation.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "mediad/group/admission.h"

int moderation_lock(struct live_group *g, const char *text)
{
    struct group_event event = {.kind = EVENT_GROUP_CHANGED};
    char *copy = NULL;

    if (text && (copy = strdup(text)) == NULL)
        return ERR_NO_MEMORY;
    free(g->lock);
    g->lock = copy;
    live_group_tell(g, &event, NULL);
    return 0;
}

/* A member's permissions have changed: it hears, and then the whole group does. */
static void tell_of_permissions(struct member *m, unsigned before, const struct member *by)
{
    struct live_group *g = m->group;
    struct group_event own = {.kind = EVENT_PERMISSIONS, .by = by};
    struct group_event change = {.kind = EVENT_USER_CHANGE, .subject = m};

    if (before & PERMISSION_OP)
        g->n_operators--;
    if (m->permissions.bits & PERMISSION_OP)
        g->n_operators++;
    m->ops->hear(m, &own);
    m->ops->permissions_changed(m, before);
    live_group_tell(g, &change, NULL);
}

int moderation_permissions(struct member *m, unsigned add, unsigned take, const struct member *by)
{
    struct live_group *g = m->group;
    unsigned before = m->permissions.bits;
    int r = member_adjust(m, add, take);

    if (r < 0)
        return r;
    tell_of_permissions(m, before, by);
    moderation_check_operators(g);
    return 0;
}

unsigned moderation_operator_bits(const struct live_group *g)
{
    unsigned bits = PERMISSION_OP | PERMISSION_TOKEN;

    if (g->desc->allow_recording)
        bits |= PERMISSION_RECORD;
    return bits;
}

void moderation_kick(struct member *m, const struct kick *kick)
{
    m->ops->kicked(m, kick);
}

void moderation_kick_all(struct live_group *g, const struct kick *kick)
{
    struct kick each = *kick;
    struct member *m;

    each.leaving = LEAVING_WITH_ALL;
    while ((m = LIST_FIRST(&g->members, struct member, in_group)) != NULL ||
           (m = LIST_FIRST(&g->viewers, struct member, in_group)) != NULL)
        moderation_kick(m, &each);
}

static void stop_recording(struct live_group *g)
{
    const struct kick kick = {.text = ""};

    if (g->recorder)
        moderation_kick(g->recorder, &kick);
}

void moderation_leave(struct member *m, enum leaving leaving, int64_t now_us)
{
    struct live_group *g = m->group;

    if (live_group_remove(m, leaving, now_us))
        moderation_check_operators(g);
}

void moderation_check_operators(struct live_group *g)
{
    struct kick kick = {.text = admission_text(REFUSE_NO_OPERATOR)};

    if (g->n_members == 0)
        stop_recording(g);
    if (g->n_operators > 0)
        return;
    /* Out of memory leaves it open until the next look; nobody can be told either. */
    if (g->desc->autolock && !g->lock && moderation_lock(g, admission_text(REFUSE_LOCKED)) < 0)
        return;
    if (g->desc->autokick)
        moderation_kick_all(g, &kick);
}

static struct member *find_keyless(const struct live_group *g)
{
    LIST_EACH (struct member, m, &g->members, in_group) {
        if (m->kind == MEMBER_RECORDER || m->kind == MEMBER_WHIP)
            return m;
    }
    return LIST_FIRST(&g->viewers, struct member, in_group);
}

void moderation_check_encryption(struct live_group *g)
{
    const struct kick kick = {.text = "this meeting is encrypted end to end now."};
    struct member *m;

    if (!live_group_is_encrypted(g))
        return;
    while ((m = find_keyless(g)) != NULL)
        moderation_kick(m, &kick);
}

/* ---- a new description ---- */

/* The entry of the file whose permissions a member has who logged in with a password; NULL: there
 * is none any more. */
static const struct group_user *user_of(const struct group_desc *desc, const struct member *m)
{
    const struct group_user *user;

    if (m->login == LOGIN_WILDCARD)
        return desc->wildcard;
    user = group_desc_user(desc, span_str(m->username));
    /* A user who was removed from the file counts as a guest where guests need no password: no
     * other password of the guests' was ever asked of them. */
    if (!user && desc->wildcard && desc->wildcard->password.type == PASSWORD_WILDCARD)
        user = desc->wildcard;
    return user;
}

static void update_member(struct live_group *g, struct member *m)
{
    const struct group_user *user = user_of(g->desc, m);
    struct permissions base = {0};
    unsigned before = m->permissions.bits;

    /* A user who was removed stays until an administrator ends it (SIG-12), but may nothing more.
     */
    if (user && permission_spec_expand(&base, &user->permissions, g->desc->allow_recording,
                                       g->desc->unrestricted_tokens) < 0)
        return;
    if (member_set_base(m, &base) == 0 && m->permissions.bits != before)
        tell_of_permissions(m, before, NULL);
    permissions_release(&base);
}

void moderation_set_desc(struct live_group *g, struct group_desc *desc,
                         struct group_desc *file_desc, bool is_inherited)
{
    struct group_event event = {.kind = EVENT_GROUP_CHANGED};
    struct log_ctx ctx = {.room = "group", .group = g->name};

    group_desc_ref(desc);
    group_desc_ref(file_desc);
    group_desc_unref(g->desc);
    group_desc_unref(g->file_desc);
    g->desc = desc;
    g->file_desc = file_desc;
    g->is_inherited = is_inherited;
    log_info(&ctx, "new description");
    LIST_EACH (struct member, m, &g->members, in_group) {
        if (m->login != LOGIN_TOKEN)
            update_member(g, m);
    }
    live_group_tell(g, &event, NULL);
    if (!desc->allow_recording)
        stop_recording(g);
    moderation_check_encryption(g);
    moderation_check_operators(g);
}
