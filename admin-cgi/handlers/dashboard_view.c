#include "admin-cgi/handlers/dashboard_view.h"

#include "admin-cgi/app.h"
#include "admin-cgi/store/metrics_db.h"

struct dashboard dashboard_of(struct request *req, struct app *app, struct json_object *page)
{
    struct dashboard d = {.req = req, .app = app, .page = page};
    struct scope *scopes;

    d.metrics = metrics_db_reader(app->metrics);
    d.whole = principal_may(&req->who, "", CAP_VIEW);
    if (d.whole)
        return d;
    scopes = arena_array(req->arena, req->who.n_scopes + 1, sizeof *scopes);
    for (size_t i = 0; scopes && i < req->who.n_scopes; i++) {
        if (req->who.scopes[i].caps & CAP_VIEW)
            scopes[d.n_scopes++] = req->who.scopes[i];
    }
    d.scopes = scopes;
    if (!scopes)
        d.metrics = NULL;
    return d;
}
