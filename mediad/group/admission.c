#include "mediad/group/admission.h"

static enum admission ordinary_member(const struct admission_case *c)
{
    if (c->is_banned)
        return REFUSE_BANNED;
    if (c->is_locked && !c->has_place)
        return REFUSE_LOCKED;
    if (c->has_not_before && c->wall_us < c->not_before_us)
        return REFUSE_NOT_OPEN_YET;
    if (c->has_expires && c->wall_us > c->expires_us)
        return REFUSE_CLOSED;
    if (c->autokick && !c->has_operator)
        return REFUSE_NO_OPERATOR;
    if (c->max_clients > 0 && (int64_t)c->n_members >= c->max_clients)
        return REFUSE_FULL;
    return ADMIT;
}

enum admission admission_decide(const struct admission_case *c)
{
    if (c->is_draining && !c->is_resuming && !c->has_place)
        return REFUSE_DRAINING;
    if (!c->is_op && !c->is_resuming) {
        enum admission a = ordinary_member(c);

        if (a != ADMIT)
            return a;
    }
    if (c->id_len == 0 || c->id_len > CLIENT_ID_MAX)
        return REFUSE_ID;
    if (c->id_is_taken && !c->is_resuming)
        return REFUSE_DUPLICATE_ID;
    if (!c->is_resuming && ((int64_t)c->n_members >= c->members_max ||
                            (int64_t)c->n_members_server >= c->server_members_max))
        return REFUSE_SERVER_FULL;
    return ADMIT;
}

static const struct {
    const char *error, *text;
} refusals[] = {
    [REFUSE_DRAINING] = {"maintenance", "this server is about to be maintained and lets nobody in; "
                                        "please come back later"},
    [REFUSE_BANNED] = {"banned", "you have been banned from this group"},
    [REFUSE_LOCKED] = {"locked", "this group is locked"},
    [REFUSE_NOT_OPEN_YET] = {"not-open-yet", "this group is not open yet"},
    [REFUSE_CLOSED] = {"closed", "this group is closed"},
    [REFUSE_NO_OPERATOR] = {"no-operator", "there are no operators in this group"},
    [REFUSE_FULL] = {"full", "too many users"},
    [REFUSE_ID] = {"illegal-id", "the client id is empty or too long"},
    [REFUSE_DUPLICATE_ID] = {"duplicate-id", "this client id is already in the group"},
    [REFUSE_SERVER_FULL] = {"server-full", "the server has reached its limit of users"},
};

const char *admission_error(enum admission a)
{
    return refusals[a].error;
}

const char *admission_text(enum admission a)
{
    return refusals[a].text;
}
