#include "admin-cgi/handlers/token_audit.h"

#include "admin-cgi/app.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_audit.h"
#include "common/log.h"
#include "common/token.h"

static const struct log_ctx ctx = {.room = "tokens"};

static struct audit_entry entry_of(struct request *req, const char *action, const char *group,
                                   const char *token)
{
    return (struct audit_entry){
        .action = action,
        .object_kind = "token",
        .object = arena_printf(req->arena, "%s %.4s...", *group ? group : "(whole server)", token),
        .result = "ok"};
}

void token_audit(struct request *req, struct app *app, enum actor_kind by, const char *action,
                 const char *group, const char *token)
{
    struct actor actor = actor_of(req, by);
    struct audit_entry entry = entry_of(req, action, group, token);
    struct error e = {0};

    if (store_audit_add(app->db, &actor, &entry, &e) < 0)
        log_warn(&ctx, "a token's change is not in the audit log: %s", e.text);
}

void token_audit_all(struct request *req, struct app *app, const char *action,
                     const struct token *const *tokens, size_t n)
{
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct audit_entry *entries = arena_array(req->arena, n, sizeof *entries);
    struct error e = {0};
    int r = entries ? 0 : ERR_NO_MEMORY;

    for (size_t i = 0; entries && i < n; i++)
        entries[i] = entry_of(req, action, tokens[i]->group, tokens[i]->token);
    if (r == 0)
        r = store_audit_add_all(app->db, &actor, entries, n, &e);
    if (r < 0)
        log_warn(&ctx, "changes of tokens are not in the audit log: %s",
                 e.code ? e.text : err_text(r));
}
