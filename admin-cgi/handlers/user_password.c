#include "admin-cgi/handlers/user_password.h"

#include "admin-cgi/shared.h"
#include "common/now.h"
#include "common/password_make.h"

#define SLOT_WAIT_US (5 * US_PER_S)

int user_password_hash(struct app *app, struct span plain, struct password *out, struct error *e)
{
    int slot = shared_hash_begin(app->shared, app->worker, SLOT_WAIT_US);
    int r;

    if (slot < 0)
        return error_set(e, ERR_BUSY, NULL, "too many passwords are being set; try again");
    shared_add(app->shared, COUNTER_HASHES);
    r = password_make(out, plain, NULL, e);
    shared_hash_end(app->shared, slot);
    return r;
}
