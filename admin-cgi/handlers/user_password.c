#include "admin-cgi/handlers/user_password.h"

#include "admin-cgi/shared.h"
#include "admin-cgi/site/group_limits.h"
#include "common/now.h"
#include "common/password_make.h"

#define SLOT_WAIT_US (5 * US_PER_S)

int user_password_hash(struct app *app, const struct actor *actor, struct span plain,
                       struct password *out, struct error *e)
{
    int r = group_limits_check_password(app->db, actor, plain, e);
    int slot;

    if (r < 0)
        return r;
    slot = shared_hash_begin(app->shared, app->worker, SLOT_WAIT_US);
    if (slot < 0)
        return error_set(e, ERR_BUSY, NULL, "too many passwords are being set; try again");
    shared_add(app->shared, COUNTER_HASHES);
    r = password_make(out, plain, NULL, e);
    shared_hash_end(app->shared, slot);
    return r;
}
