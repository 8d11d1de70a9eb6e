#include "mediad/http/control_body.h"

#include "common/json_scan.h"
#include "mediad/http/control_answer.h"
#include "mediad/http/exchange.h"

struct json_fields control_body(struct exchange *x, struct json_object **root, struct error *e)
{
    struct json_fields f = {.e = e};

    f.result = json_scan_parse(root, buf_span(&x->body), &json_limits_file, e);
    if (f.result == 0 && !json_object_is_type(*root, json_type_object))
        f.result = error_set(e, ERR_INVALID, NULL, "not an object");
    f.object = *root;
    return f;
}

int control_body_by(struct json_fields *f, const char **by)
{
    json_fields_string(f, "by", by);
    if (f->result == 0 && **by == '\0')
        json_fields_fail(f, ERR_INVALID, "by", "the acting account is missing");
    return f->result;
}

void control_body_refuse(struct exchange *x, const struct error *e)
{
    char text[sizeof e->place + sizeof e->text + 4];

    control_refuse(x, 400, "bad-request", error_describe(e, text, sizeof text));
}
