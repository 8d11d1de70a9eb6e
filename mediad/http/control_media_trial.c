#include "mediad/http/control_media_trial.h"

#include "common/json_build.h"
#include "common/log.h"
#include "mediad/http/control_answer.h"
#include "mediad/http/control_body.h"
#include "mediad/http/exchange.h"
#include "mediad/http/http_state.h"
#include "mediad/signal/media_trial.h"

static const struct log_ctx ctx = {.room = "control"};

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

/* Takes the JSON, of which `is_made` says whether it is whole. */
static void answer(struct exchange *x, struct json_object *json, bool is_made)
{
    if (!is_made) {
        json_object_put(json);
        json = NULL;
    }
    control_answer(x, 200, json);
}

static void answer_begun(struct exchange *x, uint64_t id, const struct buf *sdp)
{
    struct json_object *json = json_object_new_object();
    bool is_made =
        buf_check(sdp) == 0 && json &&
        json_build_set(json, "id", json_object_new_int64((int64_t)id)) &&
        json_build_set(json, "answer",
                       json_object_new_string_len((const char *)sdp->data, (int)sdp->len));

    answer(x, json, is_made);
}

void control_media_trial(struct exchange *x)
{
    struct wish w = {.offer = "", .by = ""};
    struct buf sdp = {0};
    struct error e = {0};
    char text[sizeof e.place + sizeof e.text + 4];
    uint64_t id = 0;
    int r = parse(&w, x, &e);

    if (r < 0) {
        control_body_refuse(x, &e);
    } else if ((r = media_trial_begin(x->server->env, span_str(w.offer), &id, &sdp, &e)) < 0) {
        control_refuse(x, status_of(r), status_of(r) == 503 ? "busy" : "bad-request",
                       error_describe(&e, text, sizeof text));
    } else {
        log_info(&ctx, "%s tries whether a browser's media comes", w.by);
        answer_begun(x, id, &sdp);
    }
    buf_release(&sdp);
    json_object_put(w.root);
}

/* ---- what came ---- */

static bool add_kind(struct json_object *json, const char *name, const struct up_received *came)
{
    struct json_object *kind = json_object_new_object();

    return json_build_set(json, name, kind) &&
           json_build_set(kind, "packets", json_object_new_int64(came->packets)) &&
           json_build_set(kind, "lost", json_object_new_int64(came->lost)) &&
           json_build_set(kind, "bitrate", json_object_new_int64(came->bps));
}

void control_media_trial_end(struct exchange *x)
{
    struct json_object *root = NULL, *json;
    struct media_trial_result came;
    struct error e = {0};
    struct json_fields f = control_body(x, &root, &e);
    int64_t id = 0;

    json_fields_int(&f, "id", 1, INT64_MAX, &id);
    if (f.result < 0) {
        control_body_refuse(x, &e);
    } else if (media_trial_end(x->server->env, (uint64_t)id, &came) < 0) {
        control_refuse(x, 404, "not-found", "this connection has ended");
    } else {
        json = json_object_new_object();
        answer(x, json,
               json && add_kind(json, "audio", &came.audio) &&
                   add_kind(json, "video", &came.video));
    }
    json_object_put(root);
}
