#include "admin-cgi/group_move.h"

#include "admin-cgi/app.h"
#include "admin-cgi/recordings/recording_move.h"
#include "admin-cgi/store/store_rename.h"
#include "common/log.h"
#include "common/token_store_write.h"

int group_move_finish(struct app *app, struct error *e)
{
    struct arena a = {0};
    struct rename_todo *todo = NULL;
    size_t n = 0;
    int r = store_rename_todo(app->db, &a, &todo, &n, e);

    for (size_t i = 0; r == 0 && i < n; i++) {
        r = token_store_move_group(app->tokens, todo[i].from, todo[i].to, e);
        if (r == 0)
            r = recording_group_move(app->paths.recordings, todo[i].from, todo[i].to, e);
        if (r == 0)
            r = store_rename_done(app->db, &todo[i], e);
        if (r < 0)
            log_warn(&(struct log_ctx){.room = "groups"},
                     "what %s had does not all follow it to %s yet: %s", todo[i].from, todo[i].to,
                     e->text);
    }
    arena_release(&a);
    return r;
}
