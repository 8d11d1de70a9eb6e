#include "admin-cgi/handlers/api_common.h"

#include "admin-cgi/store/store_group.h"
#include "common/json_scan.h"
#include "common/log.h"

static const struct log_ctx ctx = {.room = "api"};

void api_fail(struct response *res, int code, const struct error *e)
{
    struct error general = {0};
    int status;

    if (!e || !e->code) {
        error_set(&general, code, NULL, "%s", err_text(code));
        e = &general;
    }
    /* 429 is for those who ask too often; another writer is nobody's fault. */
    status = code == ERR_BUSY ? 503 : err_http_status(code);
    if (status >= 500)
        log_warn(&ctx, "%s: %s", err_name(code), e->text);
    response_error(res, status, e);
}

bool api_group_read(struct request *req, struct response *res, int code,
                    const struct group_record *group, const struct error *e)
{
    struct error problem = {0};

    if (code == ERR_WRONG_STATE || (code == 0 && group->file.status == FILE_BROKEN)) {
        error_set(&problem, ERR_SYNTAX,
                  arena_printf(req->arena, "line %u column %u", group->file.problem_line,
                               group->file.problem_column),
                  "%.150s", group->file.problem);
        response_error(res, 500, &problem);
        return false;
    }
    if (code < 0)
        api_fail(res, code, e);
    return code == 0;
}

void api_changed(struct response *res, int code, bool created, const struct error *e)
{
    if (code < 0)
        api_fail(res, code, e);
    else
        response_no_body(res, created ? 201 : 204);
}

bool api_want_type(struct request *req, struct response *res, const char *type)
{
    if (request_is_type(req, type))
        return true;
    response_text(res, 415, "the body is of another type than is taken here\n");
    response_header(res, "Accept", type);
    return false;
}

bool api_json(struct request *req, struct response *res, const char *type, struct json_object **out)
{
    struct json_object *json = NULL;
    struct error e = {0};
    int r;

    if (!api_want_type(req, res, type))
        return false;
    r = json_scan_parse(&json, req->body, &json_limits_file, &e);
    if (r == 0 && json && !arena_json(req->arena, json))
        r = ERR_NO_MEMORY;
    if (r < 0) {
        api_fail(res, r, &e);
        return false;
    }
    *out = json;
    return true;
}

bool api_read_condition(struct request *req, struct response *res, const char *etag)
{
    const struct precondition c = precondition_of(req);
    int status = precondition_status(&c, etag, true);

    if (status == 412) {
        response_text(res, 412, "the object is not in the state you named\n");
        return false;
    }
    response_etag(res, etag);
    if (status == 304)
        response_no_body(res, 304);
    return status == 0;
}

bool api_writable(struct response *res, struct app *app)
{
    if (app_config(app)->writable_groups)
        return true;
    response_text(res, 403, "groups are read-only here: writableGroups is not set\n");
    return false;
}

struct actor api_actor(const struct request *req)
{
    return actor_of(req, ACTOR_API);
}
