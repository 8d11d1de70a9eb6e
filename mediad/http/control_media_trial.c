#include "mediad/http/control_media_trial.h"

#include "common/json_build.h"
#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/log.h"
#include "mediad/http/control_answer.h"
#include "mediad/http/exchange.h"
#include "mediad/http/http_state.h"
#include "mediad/signal/media_trial.h"

/* Strings are borrowed from root, and "" when absent. */
struct wish {
    struct json_object *root;
    const char *offer, *by;
};

static int parse(struct wish *w, struct span text, struct error *e)
{
    int r = json_scan_parse(&w->root, text, &json_limits_file, e);
    struct json_fields f = {.e = e};

    if (r == 0 && !json_object_is_type(w->root, json_type_object))
        return error_set(e, ERR_INVALID, NULL, "not an object");
    if (r < 0)
        return r;
    f.object = w->root;
    json_fields_string(&f, "offer", &w->offer);
    json_fields_string(&f, "by", &w->by);
    if (f.result == 0 && *w->by == '\0')
        return json_fields_fail(&f, ERR_INVALID, "by", "the acting account is missing");
    return f.result;
}

static unsigned status_of(int code)
{
    return code == ERR_BUSY || code == ERR_NO_MEMORY || code == ERR_CRYPTO ? 503 : 400;
}

static void answer(struct exchange *x, const struct buf *sdp)
{
    struct json_object *json = json_object_new_object();

    if (buf_check(sdp) < 0 || !json ||
        !json_build_set(json, "answer",
                        json_object_new_string_len((const char *)sdp->data, (int)sdp->len))) {
        json_object_put(json);
        json = NULL;
    }
    control_answer(x, 200, json);
}

void control_media_trial(struct exchange *x)
{
    const struct log_ctx ctx = {.room = "control"};
    struct wish w = {.offer = "", .by = ""};
    struct buf sdp = {0};
    struct error e = {0};
    char text[sizeof e.place + sizeof e.text + 4];
    int r = parse(&w, buf_span(&x->body), &e);

    if (r < 0) {
        control_refuse(x, 400, "bad-request", error_describe(&e, text, sizeof text));
    } else if ((r = media_trial_begin(x->server->env, span_str(w.offer), &sdp, &e)) < 0) {
        control_refuse(x, status_of(r), status_of(r) == 503 ? "busy" : "bad-request",
                       error_describe(&e, text, sizeof text));
    } else {
        log_info(&ctx, "%s tries whether a browser's datagrams come", w.by);
        answer(x, &sdp);
    }
    buf_release(&sdp);
    json_object_put(w.root);
}
