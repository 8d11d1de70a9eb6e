#include "admin-cgi/handlers/recording_change.h"

#include <string.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/recordings/recording_trash.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_audit.h"
#include "common/log.h"
#include "common/macros.h"

static const struct log_ctx ctx = {.room = "recordings"};

static int restore(int folder, const char *name, int64_t now_us, struct error *e)
{
    (void)now_us;
    return recording_trash_restore(folder, name, e);
}

static int purge(int folder, const char *name, int64_t now_us, struct error *e)
{
    (void)now_us;
    return recording_trash_purge(folder, name, e);
}

static const struct recording_change changes[] = {
    {"delete", "recording.delete", TEXT("The recording is in the trash."), recording_trash_put},
    {"restore", "recording.restore", TEXT("The recording is back."), restore},
    {"purge", "recording.purge", TEXT("The recording is deleted for good."), purge},
};

const struct recording_change *recording_change_find(const char *word)
{
    for (size_t i = 0; i < LENGTH(changes); i++) {
        if (strcmp(changes[i].word, word) == 0)
            return &changes[i];
    }
    return NULL;
}

void recording_change_audit(struct request *req, struct app *app, const char *action,
                            const char *group, const char *name)
{
    struct actor actor = actor_of(req, req->who.session_id ? ACTOR_CONSOLE : ACTOR_API);
    struct error e = {0};

    if (store_audit_add_recording(app->db, &actor, action, group, name, &e) < 0)
        log_warn(&ctx, "a change of a recording is not in the audit log: %s", e.text);
}

int recording_change_do(struct request *req, struct app *app, const struct recording_change *change,
                        const char *group, const char *name, struct error *e)
{
    int folder, r;

    if (!recording_is_name(name))
        return error_set(e, ERR_INVALID, "filename", "this is no name of a recording");
    folder = recording_folder_open(app->paths.recordings, group);
    if (folder < 0)
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such recording");
    r = change->carry_out(folder, name, req->now_us, e);
    close(folder);
    if (r == 0)
        recording_change_audit(req, app, change->action, group, name);
    return r;
}
