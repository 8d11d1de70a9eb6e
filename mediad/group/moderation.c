#include "mediad/group/moderation.h"

#include <stdlib.h>
#include <string.h>

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

void moderation_permissions_changed(struct member *m, unsigned before)
{
    struct live_group *g = m->group;
    struct group_event own = {.kind = EVENT_PERMISSIONS};
    struct group_event change = {.kind = EVENT_USER_CHANGE, .subject = m};

    if (before & PERMISSION_OP)
        g->n_operators--;
    if (m->permissions.bits & PERMISSION_OP)
        g->n_operators++;
    m->ops->hear(m, &own);
    m->ops->permissions_changed(m, before);
    live_group_tell(g, &change, NULL);
}

int moderation_permissions(struct member *m, unsigned add, unsigned take)
{
    struct live_group *g = m->group;
    unsigned before = m->permissions.bits;
    int r = member_adjust(m, add, take);

    if (r < 0)
        return r;
    moderation_permissions_changed(m, before);
    moderation_check_operators(g);
    return 0;
}

void moderation_kick(struct member *m, const struct kick *kick)
{
    m->ops->kicked(m, kick);
}

void moderation_kick_all(struct live_group *g, const struct kick *kick)
{
    g->is_emptying = true;
    while (g->first)
        moderation_kick(g->first, kick);
    g->is_emptying = false;
}

void moderation_check_operators(struct live_group *g)
{
    struct kick kick = {.text = admission_text(REFUSE_NO_OPERATOR)};

    if (g->n_operators > 0 || g->is_emptying || g->is_replacing)
        return;
    /* Out of memory leaves it open until the next look; nobody can be told either. */
    if (g->desc->autolock && !g->lock && moderation_lock(g, admission_text(REFUSE_LOCKED)) < 0)
        return;
    if (g->desc->autokick)
        moderation_kick_all(g, &kick);
}

static void ban_free(struct ban *ban)
{
    if (!ban)
        return;
    free(ban->username);
    free(ban->address);
    free(ban);
}

static bool is_banned_by(const struct ban *ban, const char *username, const char *address)
{
    return strcmp(ban->username, username) == 0 && strcmp(ban->address, address) == 0;
}

int moderation_ban(struct live_group *g, const char *username, const char *address,
                   int64_t until_us)
{
    struct ban *ban;
    size_t n = 0;

    for (ban = g->bans; ban; ban = ban->next, n++) {
        if (is_banned_by(ban, username, address)) {
            ban->until_us = until_us;
            return 0;
        }
    }
    if (n >= BANS_MAX)
        return ERR_BUSY;
    ban = calloc(1, sizeof *ban);
    if (!ban)
        return ERR_NO_MEMORY;
    ban->username = strdup(username);
    ban->address = strdup(address);
    if (!ban->username || !ban->address) {
        ban_free(ban);
        return ERR_NO_MEMORY;
    }
    ban->until_us = until_us;
    ban->next = g->bans;
    g->bans = ban;
    return 0;
}

void moderation_forget_bans(struct live_group *g, int64_t now_us)
{
    struct ban **link = &g->bans;

    while (*link) {
        struct ban *ban = *link;

        if (ban->until_us > now_us) {
            link = &ban->next;
            continue;
        }
        *link = ban->next;
        ban_free(ban);
    }
}

bool moderation_is_banned(struct live_group *g, const char *username, const char *address,
                          int64_t now_us)
{
    moderation_forget_bans(g, now_us);
    for (const struct ban *ban = g->bans; ban; ban = ban->next) {
        if (is_banned_by(ban, username, address))
            return true;
    }
    return false;
}
