#include "mediad/http/control_media_trial.h"

#include "common/json_build.h"
#include "common/log.h"
#include "mediad/http/control_answer.h"
#include "mediad/http/control_body.h"
#include "mediad/http/exchange.h"
#include "mediad/http/http_state.h"
#include "mediad/signal/media_trial.h"

/* Strings are borrowed from root, and "" when absent. */
struct wish {
    struct json_object *root;
    const char *offer, *by;
};

static int parse(struct wish *w, struct exchange *x, struct error *e)
{
    struct json_fields f = control_body(x, &w->root, e);

    json_fields_string(&f, "offer", &w->offer);
    return control_body_by(&f, &w->by);
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
    int r = parse(&w, x, &e);

    if (r < 0) {
        control_body_refuse(x, &e);
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
