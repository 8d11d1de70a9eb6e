#include "admin-cgi/handlers/token_audit.h"

#include "admin-cgi/app.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_audit.h"
#include "common/log.h"

void token_audit(struct request *req, struct app *app, enum actor_kind by, const char *action,
                 const char *group, const char *token)
{
    static const struct log_ctx ctx = {.room = "tokens"};
    struct actor actor = actor_of(req, by);
    struct audit_entry entry = {.action = action, .object_kind = "token", .result = "ok"};
    struct error e = {0};

    entry.object = arena_printf(req->arena, "%s %.4s...", group, token);
    if (store_audit_add(app->db, &actor, &entry, &e) < 0)
        log_warn(&ctx, "a token's change is not in the audit log: %s", e.text);
}
