#include "admin-cgi/handlers/api_recordings.h"

#include <stdio.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/api_common.h"
#include "admin-cgi/handlers/live_command.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/recording_change.h"
#include "admin-cgi/handlers/recording_view.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/store/store_group.h"
#include "common/json_build.h"
#include "common/now.h"

/* Text that is absent or empty is left out. */
static bool set_text(struct json_object *o, const char *name, const char *text)
{
    return !text || !*text || json_build_set(o, name, json_object_new_string(text));
}

static bool set_number(struct json_object *o, const char *name, int64_t value)
{
    return json_build_set(o, name, json_object_new_int64(value));
}

static struct json_object *track_of(const struct recording_track *t)
{
    struct json_object *o = json_object_new_object();
    bool good = o && set_text(o, "kind", t->is_video ? "video" : "audio") &&
                set_text(o, "codec", t->codec) && (!t->width || set_number(o, "width", t->width)) &&
                (!t->height || set_number(o, "height", t->height));

    if (good)
        return o;
    json_object_put(o);
    return NULL;
}

static bool set_tracks(struct json_object *o, const struct recording_about *about)
{
    struct json_object *list = about->n_tracks ? json_object_new_array() : NULL;

    for (size_t i = 0; list && i < about->n_tracks; i++) {
        if (!json_build_append(list, track_of(&about->tracks[i]))) {
            json_object_put(list);
            return false;
        }
    }
    return !about->n_tracks || json_build_set(o, "tracks", list);
}

/* To the millisecond, as it is written beside the recording. */
static bool set_seconds(struct json_object *o, const char *name, int64_t us)
{
    double seconds = (double)us / US_PER_S;
    char text[32];

    snprintf(text, sizeof text, "%.3f", seconds);
    return json_build_set(o, name, json_object_new_double_s(seconds, text));
}

static bool set_facts(struct json_object *o, const struct recording_facts *r)
{
    static const char *const states[] = {[RECORDING_DONE] = "done",
                                         [RECORDING_RUNNING] = "running",
                                         [RECORDING_UNFINISHED] = "unfinished"};
    const struct recording_about *about = &r->about;
    char started[TIME_RFC3339_SIZE];

    return set_text(o, "name", r->file->name) && set_number(o, "size", r->file->size_bytes) &&
           set_text(o, "state", states[r->state]) &&
           set_text(o, "started", time_format_rfc3339(r->from_us, started)) &&
           (about->duration_us < 0 || set_seconds(o, "duration", about->duration_us)) &&
           set_text(o, "username", r->username) && set_text(o, "label", about->label) &&
           (!about->is_repaired || json_build_set(o, "repaired", json_object_new_boolean(true))) &&
           set_tracks(o, about);
}

static int list_folder(struct request *req, struct json_object *out, int folder, const char *group)
{
    struct recording *list = NULL;
    size_t n = 0;
    int r = recording_folder_list(folder, req->arena, &list, &n);

    for (size_t i = 0; r == 0 && i < n; i++) {
        struct json_object *row = json_object_new_object();
        struct recording_facts facts;

        recording_facts_of(&facts, req->arena, folder, group, &list[i], req->now_us);
        if (row && !set_facts(row, &facts)) {
            json_object_put(row);
            row = NULL;
        }
        if (!json_build_append(out, row))
            r = ERR_NO_MEMORY;
    }
    return r;
}

/* A group that was deleted leaves its recordings; one that never recorded has none. */
static bool is_there(struct request *req, struct response *res, struct app *app, int folder)
{
    struct group_record group;
    struct error e = {0};
    int r = folder >= 0 ? 0
                        : store_group_find(app->db, req->arena, request_capture(req, "group"),
                                           req->now_us, &group, &e);

    if (r == 0 || r == ERR_WRONG_STATE)
        return true;
    api_fail(res, r, &e);
    return false;
}

void api_recording_list(struct request *req, struct response *res, struct app *app)
{
    const char *group = request_capture(req, "group");
    int folder = recording_folder_open(app->paths.recordings, group);
    struct json_object *list;
    int r = 0;

    if (!is_there(req, res, app, folder))
        return;
    list = json_object_new_array();
    if (!list)
        r = ERR_NO_MEMORY;
    else if (folder >= 0)
        r = list_folder(req, list, folder, group);
    if (folder >= 0)
        close(folder);
    if (r < 0) {
        api_fail(res, r, NULL);
    } else {
        response_json(res, 200, list);
        response_cache(res, "no-cache");
    }
    json_object_put(list);
}

void api_recording_delete(struct request *req, struct response *res, struct app *app)
{
    struct error e = {0};
    int r = recording_change_do(req, app, recording_change_find("delete"),
                                request_capture(req, "group"), request_capture(req, "file"), &e);

    /* In a path, what is no name of a recording is one that is not there. */
    api_changed(res, r == ERR_INVALID ? ERR_NOT_FOUND : r, false, &e);
}

/* ---- a group that is recorded now ---- */

void api_recording_get(struct request *req, struct response *res, struct app *app)
{
    struct json_object *live = group_view_live_now(app);
    struct json_object *group = live_sample_group(live, request_capture(req, "group"));
    struct json_object *recording = json_object_object_get(group, "recording");
    struct error e = {0};

    if (!live) {
        error_set(&e, ERR_UNAVAILABLE, NULL, "the media server does not answer");
        api_fail(res, ERR_UNAVAILABLE, &e);
    } else if (!recording) {
        response_text(res, 404, "this group is not recorded now\n");
    } else {
        response_json(res, 200, recording);
        response_cache(res, "no-cache");
    }
    json_object_put(live);
}

/* As the button of the console's live page does it. */
static void act(struct request *req, struct response *res, struct app *app, const char *action,
                const char *audited)
{
    const char *group = request_capture(req, "group");
    struct actor actor = api_actor(req);
    struct error e = {0};
    int r = live_command(req, app, group, action, NULL, NULL, &e);

    live_command_audit(app, &actor, audited, group, NULL, r);
    api_changed(res, r, false, &e);
}

void api_recording_put(struct request *req, struct response *res, struct app *app)
{
    act(req, res, app, "record", "live.record");
}

void api_recording_stop(struct request *req, struct response *res, struct app *app)
{
    act(req, res, app, "unrecord", "live.unrecord");
}
