#include "admin-cgi/handlers/backup_form.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_form.h"
#include "common/group_name.h"

void backup_form_check_scope(struct form_view *v, const struct form *form, const char *choose)
{
    const char *scope = form_text(form, "scope");
    struct error e = {0};

    if (strcmp(scope, "group") == 0) {
        if (group_name_check(span_str(form_text(form, "group")), &e) < 0)
            form_view_refused(v, "group", "Group: {reason}.", &e);
    } else if (strcmp(scope, "everything") != 0 && strcmp(scope, "groups") != 0) {
        form_view_problem(v, "scope", "%s", choose);
    }
}

int backup_form_order(struct app *app, const struct form *form, const struct actor *actor,
                      enum job_kind kind, const char *file, struct error *e)
{
    const struct job job = {.id = actor->now_us,
                            .kind = kind,
                            .scope = form_text(form, "scope"),
                            .group = form_text(form, "group"),
                            .file = file,
                            .by = actor->name,
                            .account_id = actor->account_id};
    int r = store_form_begin(app->db, actor, e);

    if (r < 0)
        return r;
    r = job_create(app->paths.data, &job, span_str(form_text(form, "passphrase")), e);
    return db_finish(app->db, true, r, e);
}
