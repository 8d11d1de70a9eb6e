#include "admin-cgi/recordings/recording_sweep.h"

#include <unistd.h>

#include "admin-cgi/recordings/recording_trash.h"
#include "common/log.h"
#include "common/now.h"

static const struct log_ctx ctx = {.room = "recordings"};

static void sweep_folder(const struct recording_sweep *s, struct arena *a, int folder,
                         const char *group)
{
    struct recording *list = NULL;
    int64_t days = s->kept_days(s->arg, group);
    size_t n = 0;

    if (days <= 0)
        return;
    if (recording_folder_list(folder, a, &list, &n) < 0)
        return;
    for (size_t i = 0; i < n; i++) {
        struct error e = {0};

        if (recording_from_us(&list[i]) >= s->now_us - days * US_PER_DAY ||
            recording_state_of(folder, &list[i], s->now_us) != RECORDING_DONE)
            continue;
        if (recording_trash_put(folder, list[i].name, s->now_us, &e) < 0) {
            log_warn(&ctx, "%s/%s is older than recordings are kept: %s", group, list[i].name,
                     e.text);
            continue;
        }
        s->told(s->arg, group, list[i].name);
    }
}

void recording_sweep(const char *root, const struct recording_sweep *s)
{
    struct arena groups = {0};
    const char **names = NULL;
    size_t n = 0;
    int r = recording_groups(root, &groups, &names, &n);

    for (size_t i = 0; r == 0 && i < n; i++) {
        int folder = recording_folder_open(root, names[i]);
        struct arena a = {0};

        if (folder < 0)
            continue;
        sweep_folder(s, &a, folder, names[i]);
        close(folder);
        arena_release(&a);
    }
    arena_release(&groups);
}
